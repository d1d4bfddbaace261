#include "agent/local/public_identity.h"

namespace ut::local {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void make_lower(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    text[i] = lower(text[i]);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string without_visual_separators(std::string_view number) {
  std::string kept;
  kept.reserve(number.size());
  for (const char c : number) {
    if (c != '-' && c != '.' && c != '(' && c != ')') {
      kept += c;
    }
  }
  return kept;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  if (!text.contains('%')) {
    return std::string(text);
  }
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) {
      return std::nullopt;
    }
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string canonical_identity(std::string_view identity) {
  auto decoded = percent_decoded(identity);
  std::string text = decoded ? *std::move(decoded) : std::string(identity);
  const auto colon = text.find(':');
  if (colon == std::string::npos) {
    return text;
  }
  std::string scheme = text.substr(0, colon);
  make_lower(scheme, 0, scheme.size());
  if (scheme == "sip" || scheme == "sips") {
    make_lower(text, 0, colon);
    // A user may hold no '@' (RFC 3261 clause 25.1), so the last one before the parameters ends it.
    const auto at = text.rfind('@');
    make_lower(text, at == std::string::npos ? colon : at, text.size());
    return text;
  }
  if (scheme == "tel") {
    make_lower(text, 0, text.size());
    const auto semicolon = std::min(text.find(';'), text.size());
    const std::string_view whole(text);
    return "tel:" + without_visual_separators(whole.substr(4, semicolon - 4)) +
           std::string(whole.substr(semicolon));
  }
  return text;
}

}  // namespace ut::local
