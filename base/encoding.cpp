#include "base/encoding.h"

#include <array>

namespace ut {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr std::size_t base64_size(std::size_t octets) {
  return (octets + 2) / 3 * 4;
}

// Writes base64_size(octets.size()) characters through `put`.
template <class Put>
void write_base64(ByteView octets, Put put) {
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t rest = octets.size() - i;
    std::uint32_t group = static_cast<std::uint32_t>(octets[i]) << 16;
    if (rest > 1) {
      group |= static_cast<std::uint32_t>(octets[i + 1]) << 8;
    }
    if (rest > 2) {
      group |= octets[i + 2];
    }
    put(kBase64Digits[group >> 18]);
    put(kBase64Digits[(group >> 12) & 63]);
    put(rest > 1 ? kBase64Digits[(group >> 6) & 63] : '=');
    put(rest > 2 ? kBase64Digits[group & 63] : '=');
  }
}

}  // namespace

void write_hex(ByteView octets, std::span<char> to) {
  auto out = to.begin();
  for (const std::uint8_t octet : octets) {
    *out++ = kHexDigits[octet >> 4];
    *out++ = kHexDigits[octet & 15];
  }
}

std::string to_hex(ByteView octets) {
  std::string text(octets.size() * 2, '\0');
  write_hex(octets, text);
  return text;
}

SecretBytes to_hex_secret(ByteView octets) {
  SecretBytes text(octets.size() * 2);
  const auto out = text.expose_mutable();
  write_hex(octets, {reinterpret_cast<char*>(out.data()), out.size()});
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Bytes octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    octets.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return octets;
}

std::string to_base64(ByteView octets) {
  std::string text;
  text.reserve(base64_size(octets.size()));
  write_base64(octets, [&](char c) { text += c; });
  return text;
}

SecretBytes to_base64_secret(ByteView octets) {
  SecretBytes text(base64_size(octets.size()));
  auto out = text.expose_mutable();
  std::size_t at = 0;
  write_base64(octets, [&](char c) { out[at++] = static_cast<std::uint8_t>(c); });
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  static constexpr auto kValues = base64_values();
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  Bytes octets;
  octets.reserve(text.size() / 4 * 3);
  const auto value_at = [text](std::size_t at) {
    return static_cast<std::int32_t>(kValues[static_cast<unsigned char>(text[at])]);
  };
  std::size_t i = 0;
  for (; i + 4 < text.size(); i += 4) {
    const std::int32_t group =
        value_at(i) << 18 | value_at(i + 1) << 12 | value_at(i + 2) << 6 | value_at(i + 3);
    if (group < 0) {  // one of them is -1
      return std::nullopt;
    }
    octets.insert(octets.end(), {static_cast<std::uint8_t>(group >> 16),
                                 static_cast<std::uint8_t>((group >> 8) & 0xff),
                                 static_cast<std::uint8_t>(group & 0xff)});
  }
  if (i < text.size()) {
    const std::size_t padding = text[i + 2] == '=' ? 2U : (text[i + 3] == '=' ? 1U : 0U);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4 - padding; ++k) {
      const int value = kValues[static_cast<unsigned char>(text[i + k])];
      if (value < 0) {
        return std::nullopt;
      }
      group |= static_cast<std::uint32_t>(value) << (18 - 6 * k);
    }
    if (padding == 2 && text[i + 3] != '=') {
      return std::nullopt;
    }
    const std::uint32_t spare = padding == 2 ? 0xffff : padding == 1 ? 0xff : 0;
    if ((group & spare) != 0) {
      return std::nullopt;
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) {
      octets.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
    }
  }
  return octets;
}

}  // namespace ut
