// Faults on command: what the lab does wrong, how often, and at which NAF.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

enum class Fault : std::uint8_t {
  // HSS and BSF; the first two at a NAF with AKA too
  wrong_mac,
  sqn_jump,
  other_gba,
  bsf_bad_request,
  bsf_forbidden,
  bsf_not_found,
  bsf_server_error,
  bsf_busy,
  bsf_redirect,
  bsf_slow,
  bsf_drip,
  bsf_reset,
  bsf_empty_answer,
  bsf_lying_length,
  bsf_down,
  bsf_unchallenged,
  bsf_no_challenge,
  bsf_several_challenges,
  bsf_no_auth_int,
  bsf_wrong_algorithm,
  bsf_short_nonce,
  bsf_garbage_challenge,
  bsf_wrong_rspauth,
  bsf_missing_rspauth,
  bsf_media_type,
  bsf_empty_body,
  bsf_garbage_xml,
  bsf_doctype,
  bsf_wrong_namespace,
  bsf_expired_lifetime,
  bsf_long_lifetime,
  bsf_no_current_time,
  bsf_wrong_clock,
  bsf_tampered_body,
  bsf_opaque_b_tid,
  // NAF, above TLS
  wrong_realm,
  uicc_realm,
  always_401,
  forbidden,
  stale_nonce,
  forget_keys,
  unchallenged,
  wrong_rspauth,
  missing_rspauth,
  server_error,
  slow,
  reset_before_answer,
  reset_in_header,
  reset_in_body,
  close_after_answer,
  garbage_answer,
  // NAF, HTTP Digest AKA
  aka_nonce_short,
  aka_realm,
  aka_v1_only,
  // NAF, PKI portal
  portal_wrong_key,
  portal_wrong_name,
  portal_expired,
  portal_not_pem,
  portal_wrong_type,
  portal_weak,
  portal_short,
  // NAF, TLS
  reset_on_accept,
  tls_expired_certificate,
  tls_wrong_host_name,
  tls_self_signed,
  tls_rsa_1024,
  tls_sha1_signature,
  tls_dh_1024,
  tls_anonymous,
  tls_null_cipher,
  tls_1_1,
  tls_no_extended_master_secret,
  psk_certificate,
  certificate_not_asked,
  // NAF, PSK TLS
  psk_unknown_identity,
  psk_wrong_key,
  psk_no_hint,
  psk_other_hint,
  psk_foreign_hint,
  psk_several_hints,
};

struct FaultInfo {
  Fault fault;
  std::string_view name;
  bool at_naf;  // may be limited to one NAF
  std::string_view what;
};

// All faults, in the order of the enumeration.
std::span<const FaultInfo> all_faults();
std::string_view name(Fault fault);
std::optional<Fault> fault_named(std::string_view name);

struct ActiveFault {
  Fault fault;
  std::optional<unsigned> remaining{};    // nullopt: until it is cleared
  std::string naf{};                      // empty: every NAF
  std::chrono::milliseconds delay{1000};  // of bsf-slow, bsf-drip, bsf-503 and slow
};

class Faults {
 public:
  // Replaces the same fault at the same NAF. A count of zero clears it.
  void set(ActiveFault fault);
  void clear(Fault fault);
  void clear_all() { active_.clear(); }

  // The fault, if it is to happen now at this NAF; uses up one of its count.
  std::optional<ActiveFault> take(Fault fault, std::string_view naf = {});
  // Whether it would, without using it up.
  bool is_set(Fault fault, std::string_view naf = {}) const;

  const std::vector<ActiveFault>& active() const { return active_; }

 private:
  std::vector<ActiveFault> active_;
};

}  // namespace ut::lab
