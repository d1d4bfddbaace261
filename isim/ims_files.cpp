#include "isim/ims_files.h"

#include "isim/text_object.h"
#include "isim/tlv.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ut::isim {
namespace {

constexpr std::size_t kIpv4 = 4;
constexpr std::size_t kIpv6 = 16;

std::unexpected<Error> malformed(std::string_view file) {
  return fail(ErrorCode::card_file_malformed, file);
}

std::string ip_text(int family, ByteView octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, octets.data(), text.data(), text.size());
  return text.data();
}

Result<std::optional<std::string>> decode_text_record(ByteView record, std::string_view file) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  return decode_text_object(record, file);
}

}  // namespace

Result<std::optional<PCscfAddress>> decode_p_cscf_record(ByteView record) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  const auto object = read_tlv(record);
  if (!object || object->tag != 0x80 || object->value.empty() || !is_padding(record)) {
    return malformed("EF_P-CSCF");
  }
  const ByteView address = object->value.subspan(1);
  PCscfAddress result;
  result.type = static_cast<PCscfAddress::Type>(object->value.front());
  switch (result.type) {
    case PCscfAddress::Type::fqdn:
      result.address = as_text(address);
      if (!is_identity_text(result.address) || !is_domain_name(result.address)) {
        return malformed("EF_P-CSCF");
      }
      return result;
    case PCscfAddress::Type::ipv4:
      if (address.size() != kIpv4) {
        return malformed("EF_P-CSCF");
      }
      result.address = ip_text(AF_INET, address);
      return result;
    case PCscfAddress::Type::ipv6:
      if (address.size() != kIpv6) {
        return malformed("EF_P-CSCF");
      }
      result.address = ip_text(AF_INET6, address);
      return result;
  }
  return malformed("EF_P-CSCF");
}

Result<std::optional<std::string>> decode_uicciari_record(ByteView record) {
  return decode_text_record(record, "EF_UICCIARI");
}

Result<std::optional<std::string>> decode_webrtc_uri_record(ByteView record) {
  return decode_text_record(record, "EF_WebRTCURI");
}

Result<bool> decode_from_preferred(ByteView octets) {
  if (octets.empty()) {
    return malformed("EF_FromPreferred");
  }
  return (octets[0] & 0x01) != 0;
}

Result<ImsDataChannel> decode_imsdci(ByteView octets) {
  if (octets.empty() || octets[0] > static_cast<std::uint8_t>(ImsDataChannel::with_session)) {
    return malformed("EF_IMSDCI");
  }
  return static_cast<ImsDataChannel>(octets[0]);
}

Result<std::vector<std::string>> decode_languages(ByteView octets) {
  if (octets.size() % 2 != 0) {
    return malformed("language preference");
  }
  std::vector<std::string> languages;
  for (std::size_t at = 0; at < octets.size(); at += 2) {
    const ByteView code = octets.subspan(at, 2);
    if (is_padding(code)) {
      continue;
    }
    if (!std::ranges::all_of(code, [](std::uint8_t c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        })) {
      return malformed("language preference");
    }
    languages.emplace_back(as_text(code));
  }
  return languages;
}

}  // namespace ut::isim
