#include "tools/ut-lab/gba_keys.h"

#include "base/encoding.h"
#include "tools/ut-lab/crypto.h"

namespace ut::lab {
namespace {

// Pn || Ln (TS 33.220 annex B.2.0): the value first, then its length in two octets.
void append_parameter(Bytes& s, ByteView value) {
  append(s, value);
  s.push_back(static_cast<std::uint8_t>(value.size() >> 8));
  s.push_back(static_cast<std::uint8_t>(value.size()));
}

}  // namespace

Bytes naf_id(std::string_view fqdn, std::uint16_t cipher_suite) {
  Bytes id = to_bytes(as_bytes(fqdn));
  const std::uint8_t ua_protocol[] = {0x01, 0x00, 0x01,
                                      static_cast<std::uint8_t>(cipher_suite >> 8),
                                      static_cast<std::uint8_t>(cipher_suite)};
  append(id, ua_protocol);
  return id;
}

Bytes naf_id(std::string_view fqdn, const UaProtocolId& ua_protocol) {
  Bytes id = to_bytes(as_bytes(fqdn));
  append(id, ua_protocol);
  return id;
}

Bytes naf_id_of_psk_tls13(std::string_view fqdn) {
  Bytes id = to_bytes(as_bytes(fqdn));
  append(id, Bytes{0x01, 0x00, 0x00, 0x00, 0x07});
  return id;
}

SecretBytes ks_naf(ByteView ks, ByteView rand, std::string_view impi, ByteView naf_id) {
  Bytes s = {0x01};
  append_parameter(s, as_bytes("gba-me"));
  append_parameter(s, rand);
  append_parameter(s, as_bytes(impi));
  append_parameter(s, naf_id);
  return hmac(Hash::sha256, ks, s);
}

std::string tmpi(const SecurityAssociation& association, std::string_view bsf) {
  Bytes bsf_id = to_bytes(as_bytes(bsf));
  append(bsf_id, Bytes{0x01, 0x00, 0x00, 0x01, 0x00});
  const auto key = ks_naf(association.ks.expose(), association.rand, association.impi, bsf_id);
  return to_base64(key.expose().first(24)).append(kTmpiDomain);
}

void Associations::put(Association association) {
  std::erase_if(by_b_tid_,
                [&](const auto& entry) { return entry.second->impi == association->impi; });
  auto key = association->b_tid;
  by_b_tid_[std::move(key)] = std::move(association);
}

Association Associations::find(std::string_view b_tid) const {
  const auto found = by_b_tid_.find(b_tid);
  return found == by_b_tid_.end() ? nullptr : found->second;
}

void Associations::forget_all() {
  by_b_tid_.clear();
}

}  // namespace ut::lab
