#include "tools/ut-lab/faults.h"

#include <algorithm>
#include <array>

namespace ut::lab {
namespace {

constexpr std::array kFaults = {
    FaultInfo{Fault::wrong_mac, "wrong-mac", true, "AUTN carries a wrong MAC"},
    FaultInfo{Fault::sqn_jump, "sqn-jump", true,
              "AUTN carries SQN 0, which the card answers with AUTS"},
    FaultInfo{Fault::other_gba, "other-gba", false,
              "AUTN for a subscriber with GBA_U, AUTN* for one without"},
    FaultInfo{Fault::bsf_bad_request, "bsf-400", false, "the BSF answers 400"},
    FaultInfo{Fault::bsf_forbidden, "bsf-403", false, "the BSF answers 403"},
    FaultInfo{Fault::bsf_not_found, "bsf-404", false, "the BSF answers 404"},
    FaultInfo{Fault::bsf_server_error, "bsf-500", false, "the BSF answers 500"},
    FaultInfo{Fault::bsf_busy, "bsf-503", false,
              "the BSF answers 503 with Retry-After (delay_ms, in whole seconds)"},
    FaultInfo{Fault::bsf_redirect, "bsf-redirect", false, "the BSF redirects to bsf.evil.example"},
    FaultInfo{Fault::bsf_slow, "bsf-slow", false, "the BSF answers after a delay (delay_ms)"},
    FaultInfo{Fault::bsf_drip, "bsf-drip", false,
              "the BSF's answer comes octet by octet, each after a delay (delay_ms)"},
    FaultInfo{Fault::bsf_reset, "bsf-reset", false, "the BSF resets the connection"},
    FaultInfo{Fault::bsf_empty_answer, "bsf-empty-answer", false,
              "the BSF closes the connection without an answer"},
    FaultInfo{Fault::bsf_lying_length, "bsf-lying-length", false,
              "the BSF's Content-Length is greater than its body, then it closes"},
    FaultInfo{Fault::bsf_down, "bsf-down", false,
              "the BSF's port is closed until the fault is cleared"},
    FaultInfo{Fault::bsf_unchallenged, "bsf-unchallenged", false,
              "the BSF gives a B-TID without a challenge"},
    FaultInfo{Fault::bsf_no_challenge, "bsf-no-challenge", false,
              "the BSF's 401 has no WWW-Authenticate"},
    FaultInfo{Fault::bsf_several_challenges, "bsf-several-challenges", false,
              "legal: the BSF's 401 offers Basic, Digest MD5 and then AKA"},
    FaultInfo{Fault::bsf_no_auth_int, "bsf-no-auth-int", false,
              "the BSF's challenge offers qop auth only"},
    FaultInfo{Fault::bsf_wrong_algorithm, "bsf-wrong-algorithm", false,
              "the BSF's challenge names algorithm MD5"},
    FaultInfo{Fault::bsf_short_nonce, "bsf-short-nonce", false, "the BSF's nonce holds RAND only"},
    FaultInfo{Fault::bsf_garbage_challenge, "bsf-garbage-challenge", false,
              "the BSF's challenge breaks the grammar"},
    FaultInfo{Fault::bsf_wrong_rspauth, "bsf-wrong-rspauth", false, "the BSF's rspauth is wrong"},
    FaultInfo{Fault::bsf_missing_rspauth, "bsf-missing-rspauth", false,
              "the BSF's 200 has no Authentication-Info"},
    FaultInfo{Fault::bsf_media_type, "bsf-media-type", false,
              "the BSF's 200 says that it is text/html"},
    FaultInfo{Fault::bsf_empty_body, "bsf-empty-body", false,
              "the BSF's 200 has no body; rspauth covers it"},
    FaultInfo{Fault::bsf_garbage_xml, "bsf-garbage-xml", false,
              "BootstrappingInfo is not well-formed; rspauth covers it"},
    FaultInfo{Fault::bsf_doctype, "bsf-doctype", false,
              "BootstrappingInfo has a DTD with an entity; rspauth covers it"},
    FaultInfo{Fault::bsf_wrong_namespace, "bsf-wrong-namespace", false,
              "BootstrappingInfo is in another namespace; rspauth covers it"},
    FaultInfo{Fault::bsf_expired_lifetime, "bsf-expired-lifetime", false,
              "the lifetime is over already; rspauth covers it"},
    FaultInfo{Fault::bsf_long_lifetime, "bsf-long-lifetime", false,
              "legal: the key lives for a hundred years"},
    FaultInfo{Fault::bsf_no_current_time, "bsf-no-current-time", false,
              "legal: BootstrappingInfo does not tell the BSF's clock"},
    FaultInfo{Fault::bsf_wrong_clock, "bsf-wrong-clock", false,
              "legal: the BSF's clock is ten years behind; currenttime says so"},
    FaultInfo{Fault::bsf_tampered_body, "bsf-tampered-body", false,
              "the lifetime is changed after rspauth was computed"},
    FaultInfo{Fault::bsf_opaque_b_tid, "bsf-opaque-b-tid", false,
              "legal: the B-TID is not base64(RAND)"},
    FaultInfo{Fault::wrong_realm, "wrong-realm", true,
              "the challenge's realm names naf.evil.example"},
    FaultInfo{Fault::uicc_realm, "uicc-realm", true,
              "the challenge offers the UICC-based realm only"},
    FaultInfo{Fault::always_401, "always-401", true, "every request is answered with 401"},
    FaultInfo{Fault::forbidden, "403", true, "an authenticated request is answered with 403"},
    FaultInfo{Fault::stale_nonce, "stale-nonce", true,
              "the nonce of a right response counts as stale"},
    FaultInfo{Fault::forget_keys, "forget-keys", true,
              "the B-TID counts as unknown: bootstrapping renegotiation"},
    FaultInfo{Fault::unchallenged, "unchallenged", true,
              "the NAF serves a request without authentication"},
    FaultInfo{Fault::wrong_rspauth, "wrong-rspauth", true, "the NAF's rspauth is wrong"},
    FaultInfo{Fault::missing_rspauth, "missing-rspauth", true,
              "the NAF's answer has no Authentication-Info"},
    FaultInfo{Fault::server_error, "500", true, "the NAF answers 500"},
    FaultInfo{Fault::slow, "slow", true, "the NAF answers after a delay (delay_ms)"},
    FaultInfo{Fault::reset_before_answer, "reset-before-answer", true,
              "TCP reset after the request was read"},
    FaultInfo{Fault::reset_in_header, "reset-in-header", true,
              "TCP reset after half of the answer's header"},
    FaultInfo{Fault::reset_in_body, "reset-in-body", true,
              "TCP reset after the header and half of the body"},
    FaultInfo{Fault::close_after_answer, "close-after-answer", true,
              "the connection is closed after the answer without a word before"},
    FaultInfo{Fault::garbage_answer, "garbage-answer", true, "the answer is not HTTP"},
    FaultInfo{Fault::aka_nonce_short, "aka-nonce-short", true,
              "the nonces of the NAF's AKA challenges hold RAND only"},
    FaultInfo{Fault::aka_realm, "aka-realm", true,
              "the realm of the NAF's AKA challenges is evil.example"},
    FaultInfo{Fault::aka_v1_only, "aka-v1-only", true,
              "the NAF offers AKAv1-MD5, whatever its aka_algorithms are"},
    FaultInfo{Fault::portal_wrong_key, "portal-wrong-key", true,
              "the PKI portal certifies another key"},
    FaultInfo{Fault::portal_wrong_name, "portal-wrong-name", true,
              "the PKI portal's certificate is for somebody.else@evil.example"},
    FaultInfo{Fault::portal_expired, "portal-expired", true,
              "the PKI portal's certificate ended yesterday"},
    FaultInfo{Fault::portal_not_pem, "portal-not-pem", true,
              "the PKI portal's answer says that it is a certificate, which it is not"},
    FaultInfo{Fault::portal_wrong_type, "portal-wrong-type", true,
              "the PKI portal's answer says that it is text/html"},
    FaultInfo{Fault::portal_weak, "portal-weak", true,
              "the PKI portal's certificate is signed with SHA-1"},
    FaultInfo{Fault::portal_short, "portal-short", true,
              "legal: the PKI portal's certificate is valid for 5 seconds"},
    FaultInfo{Fault::reset_on_accept, "reset-on-accept", true,
              "TCP reset as soon as a connection is there"},
    FaultInfo{Fault::tls_expired_certificate, "tls-expired-certificate", true,
              "the certificate ended yesterday"},
    FaultInfo{Fault::tls_wrong_host_name, "tls-wrong-host-name", true,
              "the certificate is for naf.evil.example"},
    FaultInfo{Fault::tls_self_signed, "tls-self-signed", true,
              "the certificate is signed by its own key"},
    FaultInfo{Fault::tls_rsa_1024, "tls-rsa-1024", true, "the certificate's key is RSA 1024"},
    FaultInfo{Fault::tls_sha1_signature, "tls-sha1-signature", true,
              "the certificate is signed with SHA-1"},
    FaultInfo{Fault::tls_dh_1024, "tls-dh-1024", true, "DHE-RSA with a 1024-bit group"},
    FaultInfo{Fault::tls_anonymous, "tls-anonymous", true, "anonymous DH, no certificate"},
    FaultInfo{Fault::tls_null_cipher, "tls-null-cipher", true, "suites with NULL encryption only"},
    FaultInfo{Fault::tls_1_1, "tls-1.1", true, "TLS 1.1 only"},
    FaultInfo{Fault::tls_no_extended_master_secret, "tls-no-extended-master-secret", true,
              "TLS 1.2 without the extended master secret"},
    FaultInfo{Fault::psk_certificate, "psk-certificate", true,
              "a certificate instead of PSK, whatever the NAF's methods are"},
    FaultInfo{Fault::certificate_not_asked, "certificate-not-asked", true,
              "a NAF of client certificates asks for none and serves everybody"},
    FaultInfo{Fault::psk_unknown_identity, "psk-unknown-identity", true,
              "the B-TID of PSK TLS counts as unknown"},
    FaultInfo{Fault::psk_wrong_key, "psk-wrong-key", true, "PSK TLS with a key that is wrong"},
    FaultInfo{Fault::psk_no_hint, "psk-no-hint", true, "legal: PSK TLS 1.2 without a hint"},
    FaultInfo{Fault::psk_other_hint, "psk-other-hint", true,
              "the hint of PSK TLS 1.2 wants the UICC-based key only"},
    FaultInfo{Fault::psk_foreign_hint, "psk-foreign-hint", true,
              "the hint of PSK TLS 1.2 is none of GBA"},
    FaultInfo{Fault::psk_several_hints, "psk-several-hints", true,
              "legal: the hint of PSK TLS 1.2 is a list"},
};

bool applies(const ActiveFault& active, Fault fault, std::string_view naf) {
  return active.fault == fault && (active.naf.empty() || active.naf == naf);
}

}  // namespace

std::span<const FaultInfo> all_faults() {
  return kFaults;
}

std::string_view name(Fault fault) {
  return kFaults[static_cast<std::size_t>(fault)].name;
}

std::optional<Fault> fault_named(std::string_view name) {
  const auto found = std::ranges::find(kFaults, name, &FaultInfo::name);
  return found == kFaults.end() ? std::nullopt : std::optional(found->fault);
}

void Faults::set(ActiveFault fault) {
  std::erase_if(active_, [&](const ActiveFault& each) {
    return each.fault == fault.fault && each.naf == fault.naf;
  });
  if (fault.remaining != 0U) {
    active_.push_back(std::move(fault));
  }
}

void Faults::clear(Fault fault) {
  std::erase_if(active_, [&](const ActiveFault& each) { return each.fault == fault; });
}

std::optional<ActiveFault> Faults::take(Fault fault, std::string_view naf) {
  const auto found = std::ranges::find_if(
      active_, [&](const ActiveFault& each) { return applies(each, fault, naf); });
  if (found == active_.end()) {
    return std::nullopt;
  }
  const ActiveFault taken = *found;
  if (found->remaining && --*found->remaining == 0) {
    active_.erase(found);
  }
  return taken;
}

bool Faults::is_set(Fault fault, std::string_view naf) const {
  return std::ranges::any_of(active_,
                             [&](const ActiveFault& each) { return applies(each, fault, naf); });
}

}  // namespace ut::lab
