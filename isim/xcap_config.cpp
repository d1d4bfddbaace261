#include "isim/xcap_config.h"

#include "isim/tlv.h"
#include "isim/utf8.h"

#include <utility>

namespace ut::isim {
namespace {

constexpr std::uint32_t kDataObject = 0x80;
constexpr std::uint32_t kPolicy = 0xa0;
constexpr std::uint32_t kPart = 0xa1;

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_file_malformed, "EF_XCAPConfigData");
}

std::string* text_field(XcapConnection& connection, std::uint32_t tag) {
  switch (tag) {
    case 0x82:
      return &connection.application_name;
    case 0x83:
      return &connection.provider_id;
    case 0x84:
      return &connection.uri;
    case 0x85:
      return &connection.user_name;
    case 0x87:
      return &connection.authentication;
    case 0x88:
      return &connection.address_type;
    case 0x89:
      return &connection.address;
    case 0x8a:
      return &connection.pdp_authentication;
    case 0x8b:
      return &connection.pdp_name;
    default:
      return nullptr;
  }
}

Result<XcapConnection> decode_part(ByteView octets) {
  const auto objects = read_tlvs(octets);
  if (!objects) {
    return malformed();
  }
  XcapConnection connection;
  for (const Tlv& object : *objects) {
    if (std::string* text = text_field(connection, object.tag)) {
      if (!is_printable_utf8(as_text(object.value))) {
        return malformed();
      }
      *text = as_text(object.value);
    } else if (object.tag == 0x81) {
      connection.access = to_bytes(object.value);
    } else if (object.tag == 0x86) {
      connection.password = SecretBytes::copy_of(object.value);
    } else if (object.tag == 0x8c) {
      connection.pdp_secret = SecretBytes::copy_of(object.value);
    }
  }
  return connection;
}

}  // namespace

std::string XcapConfig::root() const {
  for (const XcapConnection& connection : connections) {
    if (!connection.uri.empty()) {
      return connection.uri;
    }
  }
  return {};
}

Result<XcapConfig> decode_xcap_config(ByteView object) {
  auto policy = read_tlv(object);
  if (policy && policy->tag == kDataObject) {
    ByteView inner = policy->value;
    policy = read_tlv(inner);
  }
  const auto objects = policy ? read_tlvs(policy->value) : std::vector<Tlv>();
  if (!policy || policy->tag != kPolicy || !objects) {
    return malformed();
  }
  XcapConfig config;
  for (const Tlv& member : *objects) {
    if (member.tag == 0x81) {
      config.access = to_bytes(member.value);
    } else if (member.tag == 0x82 && member.value.size() == 1) {
      config.announced = member.value[0];
    } else if (member.tag == kPart) {
      TRY(XcapConnection connection, decode_part(member.value));
      config.connections.push_back(std::move(connection));
    }
  }
  return config;
}

}  // namespace ut::isim
