#include "isim/part_decoders.h"

#include "isim/access_rules.h"
#include "isim/gba_files.h"
#include "isim/ims_files.h"
#include "isim/service_table.h"
#include "isim/text_object.h"
#include "isim/tlv.h"
#include "isim/uicc_files.h"
#include "isim/xcap_config.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ut::isim::part {
namespace {

std::unexpected<Error> malformed(std::string_view file) {
  return fail(ErrorCode::card_file_malformed, file);
}

// The value of a text, or an empty group where a record holds none.
Value text_or_nothing(const std::optional<std::string>& text) {
  return text ? text_value({}, *text) : group_value();
}

// Octets that the standard reserves, where a card has some.
void add_rest(Value& group, ByteView rest) {
  if (!rest.empty()) {
    add(group, octets_value("rest", rest));
  }
}

// Each available service as { code, meaning }.
Result<Value> services(ByteView part, std::string_view (*name_of)(std::size_t)) {
  TRY(const ServiceTable table, decode_ist(part));
  Value list = list_value();
  for (const std::size_t number : table.numbers()) {
    const std::string_view name = name_of(number);
    add(list, code_value({}, number, name.empty() ? "not known" : name));
  }
  return list;
}

Value naf_id_value(const NafId& naf_id) {
  Value group = group_value("naf_id");
  add(group, text_value("fqdn", naf_id.fqdn));
  add(group, octets_value("ua_security_protocol", naf_id.ua_protocol));
  return group;
}

void add_text(Value& group, std::string name, const std::string& text) {
  if (!text.empty()) {
    add(group, text_value(std::move(name), text));
  }
}

void add_octets(Value& group, std::string name, ByteView octets) {
  if (!octets.empty()) {
    add(group, octets_value(std::move(name), octets));
  }
}

void add_secret(Value& group, std::string name, const SecretBytes& secret) {
  if (!secret.empty()) {
    add(group, secret_value(std::move(name), secret.expose()));
  }
}

Value connection_value(const XcapConnection& connection) {
  Value group = group_value();
  add_octets(group, "access", connection.access);
  add_text(group, "application_name", connection.application_name);
  add_text(group, "provider_id", connection.provider_id);
  add_text(group, "uri", connection.uri);
  add_text(group, "authentication_user_name", connection.user_name);
  add_secret(group, "authentication_password", connection.password);
  add_text(group, "authentication_type", connection.authentication);
  add_text(group, "address_type", connection.address_type);
  add_text(group, "address", connection.address);
  add_text(group, "pdp_authentication_type", connection.pdp_authentication);
  add_text(group, "pdp_authentication_name", connection.pdp_name);
  add_secret(group, "pdp_authentication_secret", connection.pdp_secret);
  return group;
}

// TS 31.102 clause 4.2.18, TS 31.103 clause 4.2.5.
std::string_view operation_mode(std::uint8_t mode) {
  switch (mode) {
    case 0x00:
      return "normal operation";
    case 0x01:
      return "normal operation and specific facilities";
    case 0x02:
      return "maintenance (off line)";
    case 0x04:
      return "cell test";
    case 0x80:
      return "type approval";
    case 0x81:
      return "type approval and specific facilities";
    default:
      return "not known";
  }
}

// Octet 1 of a record of EF_SMS (TS 31.102 clause 4.2.25).
std::string_view sms_status(std::uint8_t status) {
  switch (status & 0x1f) {
    case 0x01:
      return "received and read";
    case 0x03:
      return "received, to be read";
    case 0x05:
      return "sent";
    case 0x07:
      return "to be sent";
    case 0x0d:
      return "sent, status report not requested";
    case 0x15:
      return "sent, status report requested but not received";
    case 0x1d:
      return "sent, status report received";
    default:
      return (status & 0x01) == 0 ? "free" : "not known";
  }
}

}  // namespace

Result<Value> dir(ByteView part) {
  TRY(const auto record, decode_dir_record(part));
  Value group = group_value();
  if (record) {
    add(group, octets_value("aid", record->aid));
    add_text(group, "label", record->label);
  }
  return group;
}

Result<Value> languages(ByteView part) {
  TRY(const auto codes, decode_languages(part));
  Value list = list_value();
  for (const std::string& code : codes) {
    add(list, text_value({}, code));
  }
  return list;
}

Result<Value> arr(ByteView part) {
  TRY(const auto rules, decode_arr_record(part));
  Value list = list_value();
  for (const AccessRule& rule : rules) {
    Value& group = add(list, group_value());
    Value& allowed = add(group, list_value("operations"));
    for (const std::string& operation : operations(rule)) {
      add(allowed, text_value({}, operation));
    }
    add(group, text_value("condition", in_words(rule.condition)));
  }
  return list;
}

Result<Value> iccid(ByteView part) {
  TRY(const std::string digits, decode_iccid(part));
  return text_value({}, digits);
}

// TS 102 221 clause 13.6: milliamperes, seconds, information bits.
Result<Value> umpc(ByteView part) {
  if (part.size() < 3) {
    return malformed("EF_UMPC");
  }
  Value group = group_value();
  add(group, number_value("maximum_current_ma", part[0]));
  add(group, number_value("time_s", part[1]));
  add(group, flag_value("suspension_supported", (part[2] & 0x02) != 0));
  add_rest(group, part.subspan(3));
  return group;
}

Result<Value> impi(ByteView part) {
  TRY(const std::string identity, decode_impi(part));
  return text_value({}, identity);
}

Result<Value> domain(ByteView part) {
  TRY(const std::string name, decode_domain(part));
  return text_value({}, name);
}

Result<Value> impu(ByteView part) {
  TRY(const auto identity, decode_impu_record(part));
  return text_or_nothing(identity);
}

Result<Value> ist(ByteView part) {
  return services(part, isim_service_name);
}

Result<Value> ust(ByteView part) {
  return services(part, usim_service_name);
}

Result<Value> ad(ByteView part) {
  TRY(const AdministrativeData data, decode_ad(part));
  Value group = group_value();
  add(group,
      code_value("operation_mode", data.operation_mode, operation_mode(data.operation_mode)));
  add(group, octets_value("additional_information", part.subspan(1, 2)));
  if (data.mnc_length) {
    add(group, number_value("mnc_length", *data.mnc_length));
  }
  add_rest(group, part.subspan(data.mnc_length ? 4 : 3));
  return group;
}

Result<Value> p_cscf(ByteView part) {
  TRY(const auto address, decode_p_cscf_record(part));
  Value group = group_value();
  if (address) {
    const auto type = [&]() -> std::string_view {
      switch (address->type) {
        case PCscfAddress::Type::fqdn:
          return "fqdn";
        case PCscfAddress::Type::ipv4:
          return "ipv4";
        case PCscfAddress::Type::ipv6:
          return "ipv6";
      }
      return "not known";
    }();
    add(group, text_value("type", type));
    add(group, text_value("address", address->address));
  }
  return group;
}

Result<Value> gbabp(ByteView part) {
  TRY(const auto bootstrapping, decode_gbabp(part));
  Value group = group_value();
  if (bootstrapping) {
    add_octets(group, "rand", bootstrapping->rand);
    add_text(group, "b_tid", bootstrapping->b_tid);
    add_text(group, "key_lifetime", bootstrapping->key_lifetime);
  }
  return group;
}

Result<Value> gbanl(ByteView part) {
  TRY(const auto entry, decode_gbanl_record(part));
  Value group = group_value();
  if (entry) {
    add(group, naf_id_value(entry->naf_id));
    add(group, text_value("b_tid", entry->b_tid));
  }
  return group;
}

Result<Value> nafkca(ByteView part) {
  TRY(const auto fqdn, decode_nafkca_record(part));
  return text_or_nothing(fqdn);
}

Result<Value> uicciari(ByteView part) {
  TRY(const auto iari, decode_uicciari_record(part));
  return text_or_nothing(iari);
}

Result<Value> webrtc_uri(ByteView part) {
  TRY(const auto uri, decode_webrtc_uri_record(part));
  return text_or_nothing(uri);
}

Result<Value> from_preferred(ByteView part) {
  TRY(const bool preferred, decode_from_preferred(part));
  Value group = group_value();
  add(group, flag_value("from_preferred", preferred));
  add_rest(group, part.subspan(1));
  return group;
}

// EF_IMSConfigData and EF_MuDMiDConfigData: 80 one octet for the encoding, 81 the data (TS 31.103
// clauses 4.2.18 and 4.2.21); what the encodings are is not decoded.
Result<Value> config_data(ByteView part) {
  const auto object = read_tlv(part);
  if (!object || !is_padding(part)) {
    return malformed("configuration data");
  }
  Value group = group_value();
  if (object->tag == 0x80 && object->value.size() == 1) {
    add(group, number_value("encoding", object->value[0]));
  } else if (object->tag == 0x81) {
    add(group, text_value("data", object->value));
  } else {
    return malformed("configuration data");
  }
  return group;
}

Result<Value> xcap_config(ByteView part) {
  TRY(const XcapConfig config, decode_xcap_config(part));
  Value group = group_value();
  add_octets(group, "access", config.access);
  if (config.announced) {
    add(group, number_value("number_of_parts", *config.announced));
  }
  Value& parts = add(group, list_value("parts"));
  for (const XcapConnection& connection : config.connections) {
    add(parts, connection_value(connection));
  }
  return group;
}

Result<Value> ac_gbauapi(ByteView part) {
  TRY(const auto access, decode_ac_gbauapi_record(part));
  Value group = group_value();
  if (access) {
    add(group, octets_value("aid", access->aid));
    add(group, naf_id_value(access->naf_id));
  }
  return group;
}

Result<Value> imsdci(ByteView part) {
  TRY(const ImsDataChannel indication, decode_imsdci(part));
  const auto meaning = [&]() -> std::string_view {
    switch (indication) {
      case ImsDataChannel::not_allowed:
        return "IMS data channel not allowed";
      case ImsDataChannel::after_session:
        return "IMS data channel allowed after the IMS session is set up";
      case ImsDataChannel::with_session:
        return "IMS data channel allowed together with the IMS session";
    }
    return "not known";
  }();
  Value group = code_value({}, part[0], meaning);
  add_rest(group, part.subspan(1));
  return group;
}

Result<Value> imsi(ByteView part) {
  TRY(const std::string digits, decode_imsi(part));
  return text_value({}, digits);
}

// TS 31.102 clause 4.2.12: display condition, then the name in the coding of TS 102 221 annex A;
// names in the GSM default alphabet whose octets are not ASCII are shown as octets.
Result<Value> spn(ByteView part) {
  if (part.empty()) {
    return malformed("EF_SPN");
  }
  ByteView name = part.subspan(1);
  while (!name.empty() && name.back() == 0xff) {
    name = name.first(name.size() - 1);
  }
  Value group = group_value();
  add(group, number_value("display_condition", part[0]));
  add(group, text_value("name", name));
  return group;
}

Result<Value> sms(ByteView part) {
  if (part.empty()) {
    return malformed("EF_SMS");
  }
  Value group = group_value();
  add(group, code_value("status", part[0], sms_status(part[0])));
  if ((part[0] & 0x01) != 0) {
    add(group, octets_value("message", part.subspan(1)));
  }
  return group;
}

// TS 31.102 clause 4.2.28.
Result<Value> smss(ByteView part) {
  if (part.size() < 2) {
    return malformed("EF_SMSS");
  }
  Value group = group_value();
  add(group, number_value("last_used_tp_mr", part[0]));
  add(group, flag_value("memory_capacity_exceeded", (part[1] & 0x01) == 0));
  add_rest(group, part.subspan(2));
  return group;
}

// TS 31.102 clause 4.2.32: record of EF_SMS, then the status report; 00: not used.
Result<Value> smsr(ByteView part) {
  if (part.empty()) {
    return malformed("EF_SMSR");
  }
  Value group = group_value();
  if (part[0] != 0 && part[0] != 0xff) {
    add(group, number_value("sms_record", part[0]));
    add(group, octets_value("status_report", part.subspan(1)));
  }
  return group;
}

}  // namespace ut::isim::part
