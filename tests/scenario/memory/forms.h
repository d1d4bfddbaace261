// How a secret may stand in memory or in a file: the forms that memory-scan looks for.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ut::scan {

struct Secret {
  std::string name;
  Bytes octets;
};

struct Form {
  std::string name;
  Bytes octets;
};

// Raw; hexadecimal digits of either case; base64 at each of the three places that a group of three
// octets leaves open, without the characters that neighbours decide. For 16 octets and more also
// what hash functions make of a key: xor 36 and xor 5C (HMAC's pads), and each of the raw and
// padded forms with the octets of each 32-bit word reversed (the message schedule of SHA-256 on
// x86); and of each form every piece of 64 bits, or 72 in base64, as half a key is a find, too.
inline std::vector<Form> forms_of(const Bytes& secret) {
  constexpr std::size_t kKey = 16;
  std::vector<Form> forms{{"raw", secret}};
  const auto hex = [&](const char* name, std::string_view digits) {
    Bytes text;
    for (const std::uint8_t octet : secret) {
      text.push_back(static_cast<std::uint8_t>(digits[octet >> 4]));
      text.push_back(static_cast<std::uint8_t>(digits[octet & 15]));
    }
    forms.push_back({name, std::move(text)});
  };
  hex("hex", "0123456789abcdef");
  hex("HEX", "0123456789ABCDEF");

  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::array<const char*, 3> kPlaces = {"base64", "base64+1", "base64+2"};
  for (std::size_t before = 0; before < kPlaces.size(); ++before) {
    Bytes padded(before, 0);
    append(padded, secret);
    Bytes text;
    // Whole characters that `secret` alone decides: from the first bit of it to the last.
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = padded.size() * 8 / 6;
    for (std::size_t at = first; at < end; ++at) {
      unsigned value = 0;
      for (std::size_t bit = at * 6; bit < at * 6 + 6; ++bit) {
        value = value << 1 | (padded[bit / 8] >> (7 - bit % 8) & 1U);
      }
      text.push_back(static_cast<std::uint8_t>(kAlphabet[value]));
    }
    forms.push_back({kPlaces[before], std::move(text)});
  }
  if (secret.size() < kKey || secret.size() % 4 != 0) {
    return forms;
  }

  const auto add = [&](const char* name, const char* swapped_name, std::uint8_t pad) {
    Bytes octets = secret;
    for (auto& octet : octets) {
      octet ^= pad;
    }
    Bytes swapped = octets;
    for (std::size_t word = 0; word < swapped.size(); word += 4) {
      std::swap(swapped[word], swapped[word + 3]);
      std::swap(swapped[word + 1], swapped[word + 2]);
    }
    if (pad != 0) {
      forms.push_back({name, std::move(octets)});
    }
    forms.push_back({swapped_name, std::move(swapped)});
  };
  add("raw", "words", 0);
  add("ipad", "ipad-words", 0x36);
  add("opad", "opad-words", 0x5c);
  const std::size_t whole = forms.size();
  for (std::size_t i = 0; i < whole; ++i) {
    const auto octets = forms[i].octets;
    const auto name = forms[i].name + "-part";
    const bool digits = name.starts_with("hex") || name.starts_with("HEX");
    const std::size_t size = digits ? 16 : name.starts_with("base64") ? 12 : 8;
    for (std::size_t at = 0; at + size <= octets.size(); at += size / 2) {
      forms.push_back({name, to_bytes(ByteView(octets).subspan(at, size))});
    }
  }
  return forms;
}

}  // namespace ut::scan
