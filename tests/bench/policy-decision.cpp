// Times what the policy of agent/local takes for one request: who calls, what the target means, and
// whether he may. Prints nanoseconds as JSON.
//
// The configuration is that of a terminal with twenty applications, of which the last one calls; it
// has three NAFs, four AUIDs, and the card three public identities.

#include "agent/local/policy.h"
#include "agent/local/public_identity.h"
#include "agent/local/target.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace ut::local;

constexpr std::size_t kApplications = 20;
constexpr int kDecisions = 200'000;
constexpr int kRounds = 7;  // the median counts

std::vector<Application> applications() {
  std::vector<Application> all(kApplications);
  uid_t uid = 1000;
  for (auto& application : all) {
    application.name = "application-" + std::to_string(uid);
    application.sockets = {"apps"};
    application.uids = {uid++};
    application.nafs = {"*.home2.net", "conference.home1.net", "xcap.home1.net"};
    application.methods = {"GET", "HEAD", "PUT", "DELETE"};
    application.auids = {"resource-lists", "rls-services", "xcap-caps", "pres-rules"};
    application.roots = {"/services", "/"};
    application.identities = {"sip:alice@home1.net"};
  }
  return all;
}

// Whether the request is allowed, as it is.
bool decide(const std::vector<Application>& all, const Caller& caller,
            const std::vector<std::string>& own) {
  const auto application = identify(all, caller, std::nullopt);
  const auto target =
      parse_target("/pres-rules/users/sip:alice@home1.net/index/~~/ruleset/rule%5B@id=%22a%22%5D",
                   "xcap.home1.net");
  return application && target && authorise(**application, {"PUT", *target, own.front()}, own);
}

double nanoseconds_of_one(const std::vector<Application>& all, const Caller& caller,
                          const std::vector<std::string>& own) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kDecisions; ++i) {
    if (!decide(all, caller, own)) {
      std::fputs("policy-decision: the request is denied\n", stderr);
      std::exit(1);
    }
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  return took.count() / kDecisions;
}

}  // namespace

int main() {
  const auto all = applications();
  const Caller caller{
      "apps",
      PeerCredentials{1000 + kApplications - 1, {1000, 100}, 4711, "/usr/bin/presence", {}}};
  const std::vector<std::string> own = {canonical_identity("sip:alice@home1.net"),
                                        canonical_identity("sip:alice.work@home1.net"),
                                        canonical_identity("tel:+15551234")};
  std::array<double, kRounds> rounds{};
  std::ranges::generate(rounds, [&] { return nanoseconds_of_one(all, caller, own); });
  std::ranges::sort(rounds);
  std::printf("{\"decision_ns\": %.0f}\n", rounds[kRounds / 2]);
}
