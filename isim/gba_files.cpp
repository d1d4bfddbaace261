#include "isim/gba_files.h"

#include "isim/length_value.h"
#include "isim/text_object.h"
#include "isim/tlv.h"

#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kUaProtocol = 5;

std::unexpected<Error> malformed(std::string_view file) {
  return fail(ErrorCode::card_file_malformed, file);
}

// The field at the start of `octets`; FF in place of a length and the end of the file are fields
// that were never written.
Result<ByteView> take_written(ByteView& octets) {
  if (octets.empty() || octets.front() == 0xff) {
    return ByteView();
  }
  const auto field = take_length_value(octets);
  if (!field) {
    return malformed("EF_GBABP");
  }
  return *field;
}

Result<std::string> text(ByteView field, std::string_view file) {
  if (!is_identity_text(as_text(field))) {
    return malformed(file);
  }
  return std::string(as_text(field));
}

Result<NafId> decode_naf_id(ByteView octets, std::string_view file) {
  if (octets.size() <= kUaProtocol) {
    return malformed(file);
  }
  NafId naf_id;
  TRY(naf_id.fqdn, text(octets.first(octets.size() - kUaProtocol), file));
  if (!is_domain_name(naf_id.fqdn)) {
    return malformed(file);
  }
  naf_id.ua_protocol = to_bytes(octets.last(kUaProtocol));
  return naf_id;
}

}  // namespace

Result<std::optional<GbaBootstrapping>> decode_gbabp(ByteView octets) {
  GbaBootstrapping result;
  TRY(const ByteView rand, take_written(octets));
  TRY(const ByteView b_tid, take_written(octets));
  TRY(const ByteView lifetime, take_written(octets));
  if (rand.empty() && b_tid.empty() && lifetime.empty()) {
    return std::nullopt;
  }
  if (!rand.empty() && rand.size() != Rand::size) {
    return malformed("EF_GBABP");
  }
  result.rand = to_bytes(rand);
  TRY(result.b_tid, text(b_tid, "EF_GBABP"));
  TRY(result.key_lifetime, text(lifetime, "EF_GBABP"));
  return result;
}

Result<std::optional<GbaNafEntry>> decode_gbanl_record(ByteView record) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  const auto naf_id = read_tlv(record);
  if (!naf_id || naf_id->tag != 0x80) {
    return malformed("EF_GBANL");
  }
  const auto b_tid = read_tlv(record);
  if (!b_tid || b_tid->tag != 0x81 || b_tid->value.empty() || !is_padding(record)) {
    return malformed("EF_GBANL");
  }
  GbaNafEntry entry;
  TRY(entry.naf_id, decode_naf_id(naf_id->value, "EF_GBANL"));
  TRY(entry.b_tid, text(b_tid->value, "EF_GBANL"));
  return entry;
}

Result<std::optional<std::string>> decode_nafkca_record(ByteView record) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  TRY(std::string fqdn, decode_text_object(record, "EF_NAFKCA"));
  if (!is_domain_name(fqdn)) {
    return malformed("EF_NAFKCA");
  }
  return fqdn;
}

Result<std::optional<GbaApiAccess>> decode_ac_gbauapi_record(ByteView record) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  const auto object = read_tlv(record);
  if (!object || object->tag != 0x80 || !is_padding(record)) {
    return malformed("EF_AC_GBAUAPI");
  }
  ByteView fields = object->value;
  const auto aid = take_length_value(fields);
  const auto naf_id = aid ? take_length_value(fields) : std::nullopt;
  if (!naf_id || !fields.empty() || aid->size() < 5 || aid->size() > 16) {
    return malformed("EF_AC_GBAUAPI");
  }
  GbaApiAccess access;
  access.aid = to_bytes(*aid);
  TRY(access.naf_id, decode_naf_id(*naf_id, "EF_AC_GBAUAPI"));
  return access;
}

}  // namespace ut::isim
