#include "agent/control/key_policy.h"

#include <algorithm>
#include <array>

namespace ut::control {
namespace {

using gba::UaProtocolId;

constexpr std::array kReserved = {
    UaProtocolId::http_digest(),
    UaProtocolId::psk_tls13(),
    UaProtocolId::tmpi(),
    UaProtocolId::subscriber_certificates(),
};

// 01 00 01: what the cipher suite follows.
constexpr auto kTls = UaProtocolId::tls(0);
constexpr std::size_t kTlsPrefix = 3;

bool covers(const KeyGrant& grant, std::string_view application, const gba::NafId& naf_id) {
  return grant.application == application &&
         std::ranges::find(grant.nafs, naf_id.fqdn()) != grant.nafs.end() &&
         std::ranges::find(grant.ua_protocol_ids, naf_id.ua()) != grant.ua_protocol_ids.end();
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

bool is_reserved(const UaProtocolId& id) {
  return std::ranges::find(kReserved, id) != kReserved.end() ||
         std::equal(id.octets().begin(), id.octets().begin() + kTlsPrefix, kTls.octets().begin());
}

Result<void> authorise_key(std::span<const KeyGrant> grants, std::string_view application,
                           const gba::NafId& naf_id) {
  if (is_reserved(naf_id.ua())) {
    return fail(ErrorCode::policy_key_reserved, "control.keys",
                "Ua protocol " + naf_id.ua().to_text());
  }
  const bool granted = std::ranges::any_of(
      grants, [&](const KeyGrant& grant) { return covers(grant, application, naf_id); });
  if (!granted) {
    return fail(ErrorCode::policy_key_denied, "control.keys",
                "NAF " + quoted(naf_id.fqdn()) + " with Ua protocol " + naf_id.ua().to_text() +
                    " is in no [[keys]] of application " + quoted(application));
  }
  return {};
}

std::vector<std::string> problems_of(const KeyGrant& grant) {
  std::vector<std::string> problems;
  if (grant.nafs.empty()) {
    problems.emplace_back("it names no NAF");
  }
  if (grant.ua_protocol_ids.empty()) {
    problems.emplace_back("it names no Ua protocol");
  }
  for (const auto& naf : grant.nafs) {
    const auto naf_id = gba::NafId::make(naf, UaProtocolId::http_digest());
    if (!naf_id || naf_id->fqdn() != naf || naf.find('.') == std::string::npos) {
      problems.push_back(quoted(naf) + " is not an FQDN in lower case");
    }
  }
  for (const auto& id : grant.ua_protocol_ids) {
    if (is_reserved(id)) {
      problems.push_back("keys of Ua protocol " + id.to_text() + " never leave the agent");
    }
  }
  return problems;
}

}  // namespace ut::control
