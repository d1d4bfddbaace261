#include "agent/ua/ua_counters.h"

namespace ut::ua {
namespace {

using metrics::Family;
using metrics::Kind;

constexpr Family kHandshakes{"ut_agent_tls_handshakes_total", Kind::counter,
                             "Channels to NAFs that were opened, by TLS version, what proved the "
                             "two ends to each other, and whether a session was resumed."};
constexpr Family kFailures{"ut_agent_channel_failures_total", Kind::counter,
                           "Channels to NAFs that could not be opened, by problem."};
constexpr Family kExchanges{"ut_agent_exchanges_total", Kind::counter,
                            "Requests of applications that were carried to a NAF, by outcome."};
constexpr Family kSent{"ut_agent_round_trips_total", Kind::counter,
                       "Requests sent to NAFs, those included that fetch a challenge."};
constexpr Family kChallenged{"ut_agent_challenges_total", Kind::counter,
                             "401 that NAFs answered with."};

std::string_view proof_of(const ChannelFacts& facts) {
  if (facts.plain_http) {
    return "none";
  }
  return facts.psk ? "psk" : facts.certificate ? "both-certificates" : "certificate";
}

}  // namespace

void UaCounters::opened(std::string_view naf, const ChannelFacts& facts) {
  ++handshakes_[{std::string(naf), facts.tls_version, proof_of(facts),
                 facts.resumed ? "resumed" : "full"}];
}

void UaCounters::not_opened(std::string_view naf, ErrorCode problem) {
  ++failures_[{std::string(naf), name(problem)}];
}

void UaCounters::exchanged(std::string_view naf, bool well) {
  auto found = exchanges_.find(naf);
  if (found == exchanges_.end()) {
    found = exchanges_.emplace(naf, Exchanges{}).first;
  }
  ++(well ? found->second.done : found->second.failed);
}

void UaCounters::measure(metrics::Page& page, std::string_view subscriber) const {
  for (const auto& [handshake, count] : handshakes_) {
    const auto& [naf, version, proof, kind] = handshake;
    page.add(kHandshakes,
             {{"subscriber", subscriber},
              {"naf", naf},
              {"version", version},
              {"proof", proof},
              {"kind", kind}},
             count);
  }
  for (const auto& [failure, count] : failures_) {
    page.add(kFailures,
             {{"subscriber", subscriber}, {"naf", failure.first}, {"problem", failure.second}},
             count);
  }
  for (const auto& [naf, exchanges] : exchanges_) {
    page.add(kExchanges, {{"subscriber", subscriber}, {"naf", naf}, {"outcome", "done"}},
             exchanges.done);
    page.add(kExchanges, {{"subscriber", subscriber}, {"naf", naf}, {"outcome", "failed"}},
             exchanges.failed);
  }
  page.add(kSent, {{"subscriber", subscriber}}, sent_);
  page.add(kChallenged, {{"subscriber", subscriber}}, challenged_);
}

}  // namespace ut::ua
