// What BSF, NAF and applications send.
#include "agent/control/key_policy.h"
#include "agent/control/key_request.h"
#include "agent/gba/auth_header.h"
#include "agent/gba/bootstrapping_info.h"
#include "agent/gba/digest.h"
#include "agent/gba/psk.h"
#include "agent/local/own_path.h"
#include "agent/local/request_parser.h"
#include "agent/local/target.h"
#include "tests/fuzz/targets.h"
#include "tls/profile.h"
#include "tls/server_flight.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::fuzz {
namespace {

// The body of the one request in `octets`, read in pieces of `piece`; nullopt: it was refused, or
// is not whole.
std::optional<std::string> read_request(std::string_view octets, std::size_t piece) {
  local::HeaderScanner scanner;
  const auto header = scanner.scan(octets);
  if (!header || *header == 0) {
    return std::nullopt;
  }
  std::string block(octets.substr(0, *header));
  octets.remove_prefix(*header);
  constexpr std::size_t kFields = 100;
  constexpr std::size_t kBody = 65536;
  local::TokenClaims claims;
  local::RequestParser parser(kFields, kBody, claims);
  if (!parser.read_header(block)) {
    return std::nullopt;
  }
  for (std::size_t seen = 0; !parser.done() && seen < octets.size();) {
    seen = std::min(seen + piece, octets.size());
    while (seen > 0 && !parser.done()) {
      const auto taken = parser.read_body(octets.substr(0, seen));
      if (!taken) {
        return std::nullopt;
      }
      if (*taken == 0) {
        break;
      }
      octets.remove_prefix(*taken);
      seen -= *taken;
    }
  }
  return parser.done() ? std::optional(parser.request().body) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> lines_of(ByteView input) {
  std::vector<std::string_view> lines;
  for (std::string_view rest = as_text(input); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

// Fields are separated by line feeds, which HTTP does not let into a field.
void auth_headers(ByteView input) {
  const auto fields = lines_of(input);
  static_cast<void>(gba::parse_challenges(fields));
  static_cast<void>(gba::parse_auth_parameters(fields));
  static_cast<void>(gba::parse_digest_challenges(fields));
  static_cast<void>(gba::parse_authentication_info(fields));
}

void bootstrapping_info(ByteView input) {
  const auto info = gba::parse_bootstrapping_info(input);
  if (info && (info->b_tid.empty() || info->b_tid.size() > gba::kMaxBTid)) {
    std::abort();
  }
}

// The first line is the target, the second Host.
void request_target(ByteView input) {
  const std::string_view text = as_text(input);
  const auto line_end = text.find('\n');
  std::optional<std::string_view> host;
  if (line_end != std::string_view::npos) {
    host = text.substr(line_end + 1);
  }
  const auto target = local::parse_target(text.substr(0, line_end), host);
  if (target && (target->naf.empty() || !target->origin_form.starts_with('/') ||
                 target->origin_form.find_first_of("\r\n ") != std::string::npos)) {
    std::abort();
  }
  // A request to the agent itself is never one to a NAF too.
  const auto own = local::own_path(text.substr(0, line_end), host);
  if (target && (!own || own->has_value())) {
    std::abort();
  }
}

// A request of an application; the first octet says how it is cut. Where it is cut must not matter,
// unless it is refused on the way.
void requests(ByteView input) {
  if (input.empty()) {
    return;
  }
  const std::string_view octets = as_text(input.subspan(1));
  const auto cut = read_request(octets, 1U + input.front() % 64U);
  const auto whole = read_request(octets, octets.size());
  if (cut != whole) {
    std::abort();
  }
}

// The body of POST /keys. Whatever it asks for, without a grant nothing is given.
void key_request(ByteView input) {
  const auto request = control::parse_key_request(as_text(input));
  if (request &&
      (gba::NafId::make(request->naf_id.fqdn(), request->naf_id.ua()) != request->naf_id ||
       control::authorise_key({}, "fuzz", request->naf_id))) {
    std::abort();
  }
}

namespace {

// The first octet says how the flight is cut; it must not matter. Gives the flight as read whole.
tls::ServerFlight read_flight(ByteView input, const tls::Profile& profile) {
  const std::size_t piece = 1U + input.front() % 64U;
  const bool offers_tls13 = (input.front() & 0x80) != 0;
  const ByteView octets = input.subspan(1);
  tls::ServerFlight whole(profile, offers_tls13);
  const bool taken = whole.take(octets).has_value();
  tls::ServerFlight cut(profile, offers_tls13);
  bool cut_taken = true;
  for (std::size_t at = 0; at < octets.size() && cut_taken; at += piece) {
    cut_taken = cut.take(octets.subspan(at, std::min(piece, octets.size() - at))).has_value();
  }
  if (taken != cut_taken || whole.done() != cut.done() ||
      whole.choice().suite != cut.choice().suite ||
      whole.choice().psk_hint != cut.choice().psk_hint) {
    std::abort();
  }
  return whole;
}

}  // namespace

void server_flight(ByteView input) {
  static const tls::Profile profile = tls::standard_profile();
  if (!input.empty()) {
    read_flight(input, profile);
  }
}

// The same where a pre-shared key is wanted, and the hint that was found. Whatever it says, a key
// of ours goes only with no name or with the one of our name space.
void psk_flight(ByteView input) {
  static const tls::Profile tls12 = tls::psk_profile(tls::Version::tls12);
  static const tls::Profile tls13 = tls::psk_profile(tls::Version::tls13);
  if (input.empty()) {
    return;
  }
  const auto late = read_flight(input, tls13);
  if (late.choice().version && late.done() && late.choice().key_exchange) {
    std::abort();
  }
  const auto flight = read_flight(input, tls12);
  const std::string hint = flight.choice().psk_hint;
  const auto verdict = gba::judge_psk_hint(hint);
  const bool has_name = hint.find_first_not_of(" \t;,") != std::string::npos;
  if ((verdict == gba::PskHint::none) == has_name ||
      (verdict == gba::PskHint::me_based && hint.find("3GPP-bootstrapping") == std::string::npos)) {
    std::abort();
  }
}

}  // namespace ut::fuzz
