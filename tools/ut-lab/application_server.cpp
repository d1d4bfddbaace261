#include "tools/ut-lab/application_server.h"

#include "base/encoding.h"
#include "tools/ut-lab/digest.h"
#include "tools/ut-lab/naf.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ut::lab {
namespace {

constexpr std::array<std::string_view, 9> kNotForwarded = {
    // Between terminal and proxy.
    "Authorization", kAssertedIdentity, kIntendedIdentity,
    // Of one connection (RFC 9110 section 7.6.1).
    "Connection", "Keep-Alive", "TE", "Transfer-Encoding", "Content-Length", "Expect"};

}  // namespace

ApplicationServer::ApplicationServer(std::string name, std::string xcap_root, Stats& stats)
    : name_(std::move(name)), store_(std::move(xcap_root)), stats_(stats) {}

Response ApplicationServer::answer(const Request& request, bool from_proxy) {
  auto& stats = stats_.application_servers[name_];
  ++stats.requests;
  const auto refuse = [&](std::string_view why) {
    ++stats.refused;
    return plain(403, why);
  };
  const auto* field = find_header(request.headers, kAssertedIdentity);
  if (field == nullptr) {
    return refuse("no asserted identity");
  }
  if (!from_proxy) {
    return refuse("an identity that is not asserted by the Authentication Proxy");
  }
  const auto identities = parse_identities(*field);
  if (!identities || count_headers(request.headers, kAssertedIdentity) != 1) {
    return refuse("the asserted identity is malformed");
  }
  ++stats.asserted_identities[identities->front()];
  return asks_for_echo(request) ? echo(request) : store_.answer(request, *identities);
}

Request forwarded(const Request& request, std::string_view asserted_identity,
                  std::string_view via) {
  Request sent{
      .method = request.method, .target = request.target, .headers = {}, .body = request.body};
  for (const auto& field : request.headers) {
    if (std::ranges::none_of(kNotForwarded, [&](std::string_view name) {
          return equal_ignoring_case(field.name, name);
        })) {
      sent.headers.push_back(field);
    }
  }
  sent.headers.push_back({std::string(kAssertedIdentity), quoted_string(asserted_identity)});
  sent.headers.push_back({"Via", "1.1 " + std::string(via)});
  return sent;
}

bool asks_for_echo(const Request& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?')) == "/lab/echo";
}

Response echo(const Request& request) {
  auto headers = nlohmann::json::array();
  for (const auto& field : request.headers) {
    // The Authorization value says nothing to a test and does not belong into a body.
    const bool hidden = equal_ignoring_case(field.name, "Authorization");
    headers.push_back({field.name, hidden ? "hidden" : field.value});
  }
  const nlohmann::json seen = {{"method", request.method},
                               {"target", request.target},
                               {"headers", headers},
                               {"body_base64", to_base64(as_bytes(request.body))}};
  return json(200, seen.dump());
}

}  // namespace ut::lab
