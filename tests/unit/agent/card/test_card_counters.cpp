// Commands, PINs and AUTHENTICATE counted by what the card said to them.
#include "agent/card/card_counters.h"

#include "base/encoding.h"
#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::card;

namespace {

void exchanged(CardCounters& counters, std::string_view command, std::string_view answer) {
  counters.exchanged(*from_hex(command), *from_hex(answer));
}

std::string text_of(const CardCounters& counters) {
  metrics::Page page;
  counters.measure(page, "default");
  return page.text();
}

bool has(const std::string& text, std::string_view line) {
  return text.find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("commands are counted by instruction and what the status word says", "[API-8]") {
  CardCounters counters;
  exchanged(counters, "00a40004023f00", "612f");
  exchanged(counters, "00a4040c07a0000000871004", "9000");
  exchanged(counters, "01a4040c07a0000000871004", "9130");
  exchanged(counters, "0088008110", "9862");
  exchanged(counters, "00ff000000", "6d00");
  exchanged(counters, "00", "");
  exchanged(counters, "00b0000000", "");
  const auto text = text_of(counters);
  const auto count = [&](std::string_view instruction, std::string_view status) {
    return "ut_agent_card_apdus_total{subscriber=\"default\",instruction=\"" +
           std::string(instruction) + "\",status=\"" + std::string(status) + "\"} ";
  };
  CHECK(has(text, count("SELECT", "more-data") + "1\n"));
  CHECK(has(text, count("SELECT", "normal") + "2\n"));
  CHECK(has(text, count("AUTHENTICATE", "refused") + "1\n"));
  CHECK(has(text, count("other", "refused") + "1\n"));
  CHECK(has(text, count("other", "none") + "1\n"));
  CHECK(has(text, count("READ BINARY", "none") + "1\n"));
}

TEST_CASE("a VERIFY without data is a question and no PIN", "[API-8][IS-4]") {
  CardCounters counters;
  CHECK_FALSE(has(text_of(counters), "ut_agent_card_pin_tries_left"));
  exchanged(counters, "00200001", "63c3");
  auto text = text_of(counters);
  CHECK(has(text, "ut_agent_card_pin_tries_left{subscriber=\"default\"} 3\n"));
  CHECK(has(text, "verifications_total{subscriber=\"default\",outcome=\"accepted\"} 0\n"));
  exchanged(counters, "002000010831323334ffffffff", "63c2");
  exchanged(counters, "002000010831323334ffffffff", "9000");
  text = text_of(counters);
  CHECK(has(text, "ut_agent_card_pin_tries_left{subscriber=\"default\"} 2\n"));
  CHECK(has(text, "verifications_total{subscriber=\"default\",outcome=\"accepted\"} 1\n"));
  CHECK(has(text, "verifications_total{subscriber=\"default\",outcome=\"refused\"} 1\n"));
}

TEST_CASE("outcomes of AUTHENTICATE are counted by context", "[API-8][IS-5]") {
  CHECK(outcome_of(Result<isim::AkaOutcome>(isim::AkaMacFailure{})) ==
        AuthenticationOutcome::mac_failure);
  CHECK(outcome_of(Result<isim::AkaOutcome>(isim::AkaSynchronisationFailure{})) ==
        AuthenticationOutcome::synchronisation_failure);
  CHECK(outcome_of(Result<isim::GbaBootstrappingOutcome>(isim::GbaBootstrapped{})) ==
        AuthenticationOutcome::success);
  CHECK(outcome_of(Result<isim::GbaDerivationOutcome>(isim::GbaNotBootstrapped{})) ==
        AuthenticationOutcome::not_bootstrapped);
  const Result<isim::AkaOutcome> failed = fail(ErrorCode::card_removed, "AUTHENTICATE");
  CHECK(outcome_of(failed) == AuthenticationOutcome::failed);
  CardCounters counters;
  counters.authenticated(Authentication::gba_derivation, AuthenticationOutcome::not_bootstrapped);
  const auto text = text_of(counters);
  CHECK(has(text, "context=\"gba-derivation\",outcome=\"not-bootstrapped\"} 1\n"));
  CHECK(has(text, "context=\"ims-aka\",outcome=\"success\"} 0\n"));
}
