#include "tests/support/catch.h"

#include "tools/ut-lab/naf.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace ut;
using namespace ut::lab;

namespace {

constexpr std::uint16_t kSuite = 0x1301;

// A NAF of an operator that has no subscriber and no key.
struct Bench {
  explicit Bench(NafConfig config)
      : naf(std::move(config), hss, associations, store, faults, stats, clock) {}

  Response ask(const std::string& user_agent, const std::optional<std::string>& psk_b_tid = {}) {
    return naf.answer({"GET", "/", {{"Host", "xcap.home1.net"}, {"User-Agent", user_agent}}, {}},
                      kSuite, psk_b_tid);
  }

  SystemRandom random{};
  SystemClock clock{};
  Hss hss{{}, random};
  Associations associations{clock};
  XcapStore store{""};
  Faults faults{};
  Stats stats{};
  Naf naf;
};

NafConfig config(bool digest, bool psk, bool aka) {
  NafConfig made{.name = "xcap.home1.net"};
  made.digest = digest;
  made.psk = psk;
  made.aka = aka;
  return made;
}

}  // namespace

TEST_CASE("who comes without identity is challenged where GBA is offered", "[UA-9][UA-1]") {
  CHECK(Bench(config(true, false, true)).ask("terminal 3gpp-gba").status == 401);
  Bench alone(config(false, false, true));
  const auto refused = alone.ask("terminal");
  CHECK(refused.status == 403);
  CHECK(find_header(refused.headers, "WWW-Authenticate") == nullptr);
  CHECK(alone.stats.findings.empty());
}

TEST_CASE("the product token is wanted wherever a bootstrapping may be", "[UA-9][UA-5]") {
  for (const auto& each : {config(true, false, true), config(false, true, true)}) {
    Bench bench(each);
    CHECK(bench.ask("terminal").status == 403);
    CHECK(bench.stats.findings.size() == 1);
  }
}

TEST_CASE("a B-TID of PSK TLS that ended is told by 401 beside AKA too", "[UA-9][UA-6]") {
  Bench bench(config(false, true, true));
  const auto answer = bench.ask("terminal 3gpp-gba", "unknown@bsf.home1.net");
  CHECK(answer.status == 401);
  CHECK(find_header(answer.headers, "WWW-Authenticate") != nullptr);
  CHECK(bench.ask("terminal 3gpp-gba").status == 403);
}

TEST_CASE("a client certificate needs nothing of GBA, but a subscriber", "[UA-7]") {
  NafConfig made{.name = "xcap.home1.net"};
  made.client_certificate = true;
  Bench bench(made);
  const auto ask = [&](const ClientCertificate& certificate, std::vector<HeaderField> more = {}) {
    more.push_back({"Host", "xcap.home1.net"});
    return bench.naf.answer({"GET", "/", std::move(more), {}}, kSuite, {}, certificate).status;
  };
  // The HSS of the bench knows nobody.
  CHECK(ask({.common_name = "user1_private@home1.net"}) == 403);
  CHECK(ask({.common_name = "user1_private@home1.net", .objection = "revoked"}) == 403);
  CHECK(bench.stats.findings.empty());
  CHECK(ask({}, {{"Authorization", "x"}}) == 403);
  CHECK(bench.stats.findings.size() == 1);
  auto& stats = bench.stats.nafs["xcap.home1.net"];
  CHECK((stats.authenticated == 0 && stats.certificate_authenticated == 0));
  CHECK(stats.without_authorization.empty());
  // Nobody asked for it, and everybody is served.
  CHECK(ask({.asked = false}) == 404);
  CHECK(stats.without_authorization == Counts{{"GET", 1}});
  // Without one the other methods go on.
  CHECK(bench.ask("terminal 3gpp-gba").status == 401);
  CHECK(bench.ask("terminal").status == 403);
}
