#include "agent/ua/method.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ut::ua {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"digest", "psk", "aka", "certificate",
                                                    "subscriber_certificate"};

// Alerts of a server that has no suite in common with the client (RFC 5246 section 7.2.2).
constexpr int kHandshakeFailure = 40;
constexpr int kInsufficientSecurity = 71;

bool has_nothing_in_common(const Error& error) {
  return error.code == ErrorCode::tls_handshake_failed &&
         error.foreign.kind == ForeignKind::tls_alert &&
         (error.foreign.value == kHandshakeFailure || error.foreign.value == kInsufficientSecurity);
}

void add(std::vector<Way>& plan, const Way& way) {
  if (std::ranges::find(plan, way) == plan.end()) {
    plan.push_back(way);
  }
}

}  // namespace

std::string_view name(Method method) {
  return kNames.at(static_cast<std::size_t>(method));
}

std::optional<Method> method_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  return found == kNames.end()
             ? std::nullopt
             : std::optional(static_cast<Method>(std::distance(kNames.begin(), found)));
}

Handshake handshake_of(Method method) {
  switch (method) {
    case Method::digest:
    case Method::aka:
      return Handshake::certificate;
    case Method::psk:
      return Handshake::psk;
    case Method::certificate:
      return Handshake::client_certificate;
    case Method::subscriber_certificate:
      return Handshake::subscriber_certificate;
  }
  return Handshake::certificate;
}

bool is_isim_based(Method method) {
  return method != Method::certificate;
}

std::string to_text(const Way& way) {
  switch (way.handshake) {
    case Handshake::certificate:
      return "certificate";
    case Handshake::psk:
      return std::string("psk ").append(tls::version_name(way.psk_version));
    case Handshake::client_certificate:
      return "client certificate, not ISIM based";
    case Handshake::subscriber_certificate:
      return "subscriber certificate";
  }
  return {};
}

bool AllowedWays::has(Method method) const {
  return std::ranges::find(methods, method) != methods.end();
}

bool AllowedWays::has_psk(tls::Version version) const {
  return has(Method::psk) && std::ranges::find(psk_versions, version) != psk_versions.end();
}

AfterFailure after_failure(const Way& way, const Error& error) {
  switch (way.handshake) {
    case Handshake::certificate:
      // What is wrong with a certificate is never a reason to do without one.
      return has_nothing_in_common(error) ? AfterFailure::without_handshake : AfterFailure::give_up;
    case Handshake::client_certificate:
    case Handshake::subscriber_certificate:
      return has_nothing_in_common(error) ||
                     error.code == ErrorCode::tls_client_certificate_not_asked
                 ? AfterFailure::without_handshake
                 : AfterFailure::give_up;
    case Handshake::psk:
      if (error.code == ErrorCode::tls_version_refused) {
        return AfterFailure::try_on;
      }
      return error.code == ErrorCode::tls_psk_not_chosen ||
                     error.code == ErrorCode::tls_psk_hint_unsupported
                 ? AfterFailure::without_handshake
                 : AfterFailure::give_up;
  }
  return AfterFailure::give_up;
}

std::vector<Way> WayMemory::plan(const NafAddress& naf, const AllowedWays& allowed,
                                 SteadyTime now) const {
  std::vector<Way> plan;
  const auto found = last_.find(naf);
  if (found != last_.end() && now < found->second.first + kRemembered) {
    plan.push_back(found->second.way);
  }
  for (const Method method : allowed.methods) {
    if (handshake_of(method) != Handshake::psk) {
      add(plan, {.handshake = handshake_of(method)});
      continue;
    }
    for (const tls::Version version : allowed.psk_versions) {
      add(plan, {Handshake::psk, version});
    }
  }
  return plan;
}

void WayMemory::worked(const NafAddress& naf, const Way& way, SteadyTime now,
                       std::vector<std::string> passed_over) {
  const bool psk = way.handshake == Handshake::psk;
  auto& known = last_.try_emplace(naf, Remembered{way, now}).first->second;
  if (psk) {
    known.has_done_psk = true;
    known.unknown_b_tid.clear();
  }
  if (known.way != way || now >= known.first + kRemembered) {
    known.way = way;
    known.first = now;
    known.passed_over.clear();
  }
  if (!passed_over.empty()) {
    known.passed_over = std::move(passed_over);
  }
}

Error WayMemory::judge_psk(const NafAddress& naf, Error error, const std::string& b_tid) {
  const auto found = last_.find(naf);
  if (error.code != ErrorCode::tls_psk_not_chosen || found == last_.end() ||
      !found->second.has_done_psk) {
    return error;
  }
  auto& known = found->second;
  if (!known.unknown_b_tid.empty() && known.unknown_b_tid != b_tid) {
    known.has_done_psk = false;
    return error;
  }
  known.unknown_b_tid = b_tid;
  error.code = ErrorCode::tls_psk_refused;
  return error;
}

}  // namespace ut::ua
