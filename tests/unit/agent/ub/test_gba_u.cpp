#include "agent/ub/gba_u.h"

#include "agent/gba/kdf.h"
#include "agent/gba/security_association.h"
#include "agent/gba/tmpi.h"
#include "agent/ub/messages.h"
#include "base/encoding.h"
#include "tests/unit/agent/ub/agent.h"

#include <initializer_list>
#include <limits>
#include <memory>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
using ports::Association;
using test::Agent;
using test::FakeBsf;

namespace {

constexpr auto kAka = AuthenticateContext::ims_aka;
constexpr auto kGba = AuthenticateContext::gba;
constexpr std::string_view kBsf = "bsf.home1.net";
constexpr std::size_t kFits = 1 + 16 + 1 + 24 + 1 + 13 + 1 + 20;  // base64(RAND)@kBsf, a lifetime

isim::Identity identity(bool offers) {
  isim::Identity identity;
  identity.services.octets = {static_cast<std::uint8_t>(offers ? 0x02 : 0x00)};
  return identity;
}

Result<ContextPlan> plan(GbaMode mode, bool offers, CardGba card = {.room = kFits}) {
  return plan_contexts(mode, identity(offers), card, kBsf);
}

using Contexts = std::vector<AuthenticateContext>;

// An agent with a card that offers GBA, in a network that wants it or not.
struct UiccAgent : Agent {
  explicit UiccAgent(GbaMode mode = GbaMode::automatic, bool wanted = true)
      : Agent({.gba_mode = mode}) {
    card.offer_gba();
    card.gba.wanted = wanted;
  }
  Result<gba::KsNaf> key(Association association, const gba::NafId& naf_id) {
    return test::run(io, manager.ks_naf(std::move(association), naf_id));
  }
  // Commands of the card that move its sequence number.
  unsigned authenticates() const { return card.authentications() + card.gba.bootstraps; }
};

gba::NafId naf(std::string_view host = "xcap.home1.net", std::uint16_t suite = 0x1301) {
  return *gba::NafId::make(host, gba::UaProtocolId::tls(suite));
}

isim::Rand rand_of(std::uint8_t number) {
  return *isim::Rand::from(Bytes(16, number));
}

// The key of the network for the run with this number.
std::string network_key(std::uint8_t number, const gba::NafId& naf_id) {
  const auto aka = test::fake_aka(rand_of(number));
  return to_hex(gba::derive_ks_naf(gba::make_ks(aka.ck, aka.ik), rand_of(number),
                                   "user1_private@home1.net", naf_id)
                    .expose());
}

std::string text(const Result<gba::KsNaf>& key) {
  return key ? to_hex(key->expose()) : to_text(key.error());
}

isim::GbaBootstrapping stored_by(std::uint8_t number, std::string lifetime) {
  return {.rand = Bytes(16, number),
          .b_tid = FakeBsf::b_tid(number),
          .key_lifetime = std::move(lifetime)};
}

}  // namespace

TEST_CASE("setting and service table choose the contexts of AUTHENTICATE", "[UB-7]") {
  CHECK(plan(GbaMode::automatic, false)->contexts == Contexts{kAka});
  CHECK(plan(GbaMode::automatic, true)->contexts == Contexts{kGba, kAka});
  CHECK(plan(GbaMode::me, false)->contexts == Contexts{kAka});
  CHECK(plan(GbaMode::me, true)->contexts == Contexts{kAka});
  CHECK(plan(GbaMode::u, true)->contexts == Contexts{kGba});
  CHECK(plan(GbaMode::u, false).error().code == ErrorCode::ub_gba_u_unsupported);
  // What the card was seen to refuse, its service table may promise.
  const CardGba refused{.room = kFits, .unsupported = true};
  CHECK(plan(GbaMode::automatic, true, refused)->contexts == Contexts{kAka});
  CHECK(plan(GbaMode::u, true, refused).error().code == ErrorCode::ub_gba_u_unsupported);
  // The context that the network used last comes first.
  CHECK(plan(GbaMode::automatic, true, {.room = kFits, .network = kAka})->contexts ==
        Contexts{kAka, kGba});
  CHECK(plan(GbaMode::automatic, true, {.room = kFits, .network = kGba})->contexts ==
        Contexts{kGba, kAka});
}

TEST_CASE("GBA_U needs room in EF_GBABP before a run begins", "[UB-7]") {
  CHECK(plan(GbaMode::u, true, {.room = kFits})->contexts == Contexts{kGba});
  CHECK(plan(GbaMode::u, true, {.room = kFits - 1}).error().code == ErrorCode::ub_gba_u_no_room);
  CHECK(plan(GbaMode::u, true, {.room = 0}).error().code == ErrorCode::ub_gba_u_no_room);
  // A B-TID that did not fit is remembered.
  CHECK(plan(GbaMode::u, true, {.room = kFits, .needed = kFits + 1}).error().code ==
        ErrorCode::ub_gba_u_no_room);
  const auto without = plan(GbaMode::automatic, true, {.room = kFits - 1});
  REQUIRE(without);
  CHECK(without->contexts == Contexts{kAka});
  CHECK(without->refused.code == ErrorCode::ub_gba_u_no_room);
}

TEST_CASE("a wrong MAC is explained by the contexts that were tried", "[UB-6][UB-7]") {
  CHECK(plan(GbaMode::automatic, true)->refused.code ==
        ErrorCode::ub_network_authentication_failed);
  CHECK(plan(GbaMode::automatic, false)->refused.code ==
        ErrorCode::ub_network_authentication_failed);
  CHECK(plan(GbaMode::u, true)->refused.code == ErrorCode::ub_gba_me_wanted);
  CHECK(plan(GbaMode::me, true)->refused.code == ErrorCode::ub_gba_u_wanted);
  CHECK(plan(GbaMode::me, true, {.room = 0})->refused.code == ErrorCode::ub_gba_u_wanted);
  CHECK(plan(GbaMode::me, false)->refused.code == ErrorCode::ub_network_authentication_failed);
}

TEST_CASE("EF_GBABP gives an association only when all of it is right", "[UB-7][KEY-3]") {
  const UtcTime now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  const auto read = [&](const isim::GbaBootstrapping& stored) {
    return read_card_association(stored, std::chrono::days(7), now);
  };
  const auto right = stored_by(5, "2026-03-01T01:00:00Z");
  REQUIRE(read(right));
  CHECK(read(right) == CardAssociation{rand_of(5), FakeBsf::b_tid(5), 1h});
  CHECK_FALSE(read_card_association(std::nullopt, 1h, now));

  auto wrong = right;
  wrong.rand.pop_back();
  CHECK_FALSE(read(wrong));
  for (const std::string& b_tid : {std::string(), std::string("a b@bsf"), std::string("a\"@bsf"),
                                   std::string("a\n@bsf"), std::string(513, 'a')}) {
    wrong = right;
    wrong.b_tid = b_tid;
    CHECK_FALSE(read(wrong));
  }
  for (const auto* lifetime :
       {"", "2026", "2026-03-01T01:00:00", "2026-03-01T01:00:00+01:00", "2026-13-01T01:00:00Z",
        "2026-03-01T01:00:00Z ", "1772326800", "2026-03-01T00:00:00Z", "2026-02-28T23:59:59Z"}) {
    INFO(lifetime);
    wrong = right;
    wrong.key_lifetime = lifetime;
    CHECK_FALSE(read(wrong));
  }
  // A clock that is years behind, and a BSF that gives years.
  auto years = right;
  years.key_lifetime = "9999-12-31T23:59:59Z";
  CHECK(read(years)->remaining == std::chrono::days(7));
}

TEST_CASE("GBA_U leaves Ks on the card and B-TID and lifetime in EF_GBABP", "[UB-7]") {
  UiccAgent agent;
  const auto association = agent.obtain();
  REQUIRE(association);
  CHECK((*association)->on_card());
  CHECK_FALSE((*association)->taken_up());
  CHECK(agent.http.requests() == 2);
  CHECK(agent.card.gba.bootstraps == 1);
  CHECK(agent.card.authentications() == 0);
  CHECK(agent.card.gba.stored == stored_by(1, "2026-03-01T01:00:00Z"));
  CHECK(text(agent.key(*association, naf())) == network_key(1, naf()));
}

TEST_CASE("the card makes the key of a NAF once", "[UB-7][KEY-3]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  // Callers at the same time share one operation.
  std::vector<std::optional<Result<gba::KsNaf>>> keys(16);
  for (auto& key : keys) {
    boost::asio::co_spawn(
        agent.io, agent.manager.ks_naf(association, naf()),
        [&key](std::exception_ptr, Result<gba::KsNaf> got) { key.emplace(std::move(got)); });
  }
  agent.settle();
  for (const auto& key : keys) {
    REQUIRE(key.has_value());
    CHECK(text(*key) == network_key(1, naf()));
  }
  CHECK(agent.card.gba.derivations == 1);
  CHECK(text(agent.key(association, naf())) == network_key(1, naf()));
  CHECK(agent.card.gba.derivations == 1);
  // Another suite is another NAF_Id.
  const auto other = naf("xcap.home1.net", 0xc02f);
  CHECK(text(agent.key(association, other)) == network_key(1, other));
  CHECK(agent.card.gba.derivations == 2);
}

TEST_CASE("an error of the card in a derivation is told, and nothing is kept of it", "[UB-7]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  agent.card.gba.derive_error = Error{ErrorCode::card_transport, "DE"};
  CHECK(agent.key(association, naf()).error().code == ErrorCode::card_transport);
  CHECK(agent.manager.current() == association);
  agent.card.gba.derive_error.reset();
  CHECK(text(agent.key(association, naf())) == network_key(1, naf()));
}

TEST_CASE("the keys that the card made go with their association", "[UB-7][KEY-3]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  const auto before = locked_memory::in_use();
  REQUIRE(agent.key(association, naf()));
  CHECK(locked_memory::in_use() > before);

  SECTION("its lifetime ends") {
    agent.clock.advance(2h);
    CHECK(agent.manager.current() == nullptr);
  }
  SECTION("the card goes") {
    agent.card.swap(*test::run(agent.io, agent.card.subscriber())->identity);
  }
  SECTION("the user asks for it") {
    agent.manager.forget();
  }
  SECTION("the agent ends") {
    agent.manager.wipe();
  }
  CHECK(locked_memory::in_use() == before);
  CHECK(agent.key(association, naf()).error().code == ErrorCode::ub_gba_key_lost);
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("a renewed bootstrapping takes the keys of the old one with it", "[UB-7][KEY-3]") {
  UiccAgent agent;
  const auto first = agent.obtain().value();
  REQUIRE(agent.key(first, naf()));
  agent.clock.advance(1min);
  const auto second = agent.renegotiate(first).value();
  CHECK(second->b_tid() == FakeBsf::b_tid(2));
  CHECK(agent.card.gba.stored == stored_by(2, "2026-03-01T01:00:00Z"));
  CHECK(agent.key(first, naf()).error().code == ErrorCode::ub_gba_key_lost);
  CHECK(text(agent.key(second, naf())) == network_key(2, naf()));
}

TEST_CASE("another program's bootstrapping ends the association", "[UB-7][IS-6]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  agent.clock.advance(1min);
  agent.card.gba.ks = test::fake_aka(rand_of(0x77));
  agent.card.gba.stored = stored_by(0x77, "2026-03-01T01:00:00Z");
  CHECK(agent.key(association, naf()).error().code == ErrorCode::ub_gba_key_lost);
  CHECK(agent.manager.current() == nullptr);
  const auto next = agent.obtain();
  REQUIRE(next);
  CHECK(text(agent.key(*next, naf())) == network_key(2, naf()));
}

TEST_CASE("a card that loses each key at once is not bootstrapped in a loop", "[UB-7][UB-9]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  agent.card.gba.ks.reset();
  CHECK(agent.key(association, naf()).error().code == ErrorCode::ub_gba_key_lost);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  CHECK(agent.http.requests() == 2);
}

TEST_CASE("a card without GBA is bootstrapped in its IMS AKA context, unread", "[UB-7]") {
  UiccAgent agent(GbaMode::automatic, false);
  agent.card.offer_gba(false);
  const auto association = agent.obtain();
  REQUIRE(association);
  CHECK_FALSE((*association)->on_card());
  CHECK(agent.card.authentications() == 1);
  CHECK(agent.card.gba.reads + agent.card.gba.bootstraps + agent.card.gba.stores == 0);
}

TEST_CASE("a network that wants GBA_ME gets it, and is known by it from then on", "[UB-7]") {
  UiccAgent agent(GbaMode::automatic, false);
  const auto association = agent.obtain();
  REQUIRE(association);
  CHECK_FALSE((*association)->on_card());
  CHECK(agent.http.requests() == 2);
  CHECK(agent.card.gba.bootstraps == 1);
  CHECK(agent.card.authentications() == 1);
  CHECK(agent.card.gba.stores == 0);
  agent.clock.advance(1min);
  REQUIRE(agent.renegotiate(*association));
  CHECK(agent.card.gba.bootstraps == 1);
  CHECK(agent.card.authentications() == 2);

  SECTION("and is followed when it turns to GBA_U") {
    agent.card.gba.wanted = true;
    agent.clock.advance(1min);
    const auto turned = agent.renegotiate(agent.manager.current());
    REQUIRE(turned);
    CHECK((*turned)->on_card());
    CHECK(agent.card.authentications() == 3);
    CHECK(agent.card.gba.bootstraps == 2);
  }
  SECTION("but not the next card's network") {
    agent.card.swap(*test::run(agent.io, agent.card.subscriber())->identity);
    REQUIRE(agent.obtain());
    CHECK(agent.card.gba.bootstraps == 2);
  }
}

TEST_CASE("a wrong MAC in both contexts costs one request and two commands", "[UB-6][UB-7]") {
  UiccAgent agent(GbaMode::automatic, true);
  agent.card.gba.wanted = false;
  agent.card.push_mac_failure();
  CHECK(agent.error() == ErrorCode::ub_network_authentication_failed);
  CHECK(agent.http.requests() == 1);
  CHECK(agent.authenticates() == 2);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
}

TEST_CASE("mode me against AUTN* and mode u against AUTN end with errors of their own",
          "[UB-6][UB-7]") {
  const auto [mode, wanted, code] =
      GENERATE(std::tuple{GbaMode::me, true, ErrorCode::ub_gba_u_wanted},
               std::tuple{GbaMode::u, false, ErrorCode::ub_gba_me_wanted});
  UiccAgent agent(mode, wanted);
  CHECK(agent.error() == code);
  CHECK(agent.http.requests() == 1);
  CHECK(agent.authenticates() == 1);
  CHECK(agent.card.authentications() == (mode == GbaMode::me ? 1U : 0U));
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  CHECK(agent.http.requests() == 1);
  CHECK(agent.authenticates() == 1);
  CHECK(agent.card.gba.stores == 0);
}

TEST_CASE("mode u without a card that can asks the BSF for nothing", "[UB-7]") {
  UiccAgent agent(GbaMode::u);
  SECTION("no service") {
    agent.card.offer_gba(false);
    CHECK(agent.error() == ErrorCode::ub_gba_u_unsupported);
  }
  SECTION("no room") {
    agent.card.gba.room = kFits - 1;
    CHECK(agent.error() == ErrorCode::ub_gba_u_no_room);
  }
  SECTION("no file that may be read") {
    agent.card.gba.read_error = Error{ErrorCode::card_command_refused, "EF_GBABP"};
    CHECK(agent.error() == ErrorCode::ub_gba_u_no_room);
  }
  CHECK(agent.http.requests() == 0);
  CHECK(agent.authenticates() == 0);
}

TEST_CASE("where there is no room mode auto tries GBA_ME, and tells why it failed", "[UB-7]") {
  UiccAgent agent(GbaMode::automatic, false);
  agent.card.gba.room = kFits - 1;
  SECTION("the network agrees") {
    const auto association = agent.obtain();
    REQUIRE(association);
    CHECK_FALSE((*association)->on_card());
  }
  SECTION("the network wants GBA_U") {
    agent.card.gba.wanted = true;
    CHECK(agent.error() == ErrorCode::ub_gba_u_no_room);
    CHECK(agent.http.requests() == 1);
    CHECK(agent.error() == ErrorCode::ub_backing_off);
  }
  CHECK(agent.authenticates() == 1);
  CHECK(agent.card.gba.bootstraps == 0);
}

TEST_CASE("a card that refuses its GBA context is asked in it once", "[UB-7]") {
  UiccAgent agent(GbaMode::automatic, false);
  agent.card.gba.bootstrap_error = Error{ErrorCode::card_aka_unsupported, "AUTHENTICATE"};
  const auto association = agent.obtain();
  REQUIRE(association);
  CHECK_FALSE((*association)->on_card());
  CHECK(agent.http.requests() == 2);
  agent.clock.advance(1min);
  REQUIRE(agent.renegotiate(*association));
  CHECK(agent.card.gba.bootstraps == 1);

  UiccAgent strict(GbaMode::u);
  strict.card.gba.bootstrap_error = Error{ErrorCode::card_aka_unsupported, "AUTHENTICATE"};
  CHECK(strict.error() == ErrorCode::ub_gba_u_unsupported);
  CHECK(strict.card.authentications() == 0);
}

TEST_CASE("other errors of the card in its GBA context end the run unchanged", "[UB-7]") {
  UiccAgent agent;
  agent.card.gba.bootstrap_error = Error{ErrorCode::card_transport, "AUTHENTICATE"};
  CHECK(agent.error() == ErrorCode::card_transport);
  CHECK(agent.authenticates() == 1);
  UiccAgent locked;
  locked.card.gba.read_error = Error{ErrorCode::pin_required, "EF_GBABP"};
  CHECK(locked.error() == ErrorCode::pin_required);
  CHECK(locked.http.requests() == 0);
}

TEST_CASE("a synchronisation failure in the GBA context is resolved there, once", "[UB-5][UB-7]") {
  UiccAgent agent;
  agent.card.gba.synchronisation_failures = {isim::Auts{}};
  const auto association = agent.obtain();
  REQUIRE(association);
  CHECK((*association)->on_card());
  CHECK(agent.http.requests() == 3);
  CHECK(agent.card.gba.bootstraps == 2);
  CHECK(agent.card.authentications() == 0);

  UiccAgent for_ever;
  for_ever.card.gba.synchronisation_failures = {isim::Auts{}, isim::Auts{}, isim::Auts{}};
  CHECK(for_ever.error() == ErrorCode::ub_synchronisation_failed);
  CHECK(for_ever.http.requests() == 2);
  CHECK(for_ever.authenticates() == 2);
}

TEST_CASE("what the card does not store is no association", "[UB-7][UB-9]") {
  UiccAgent agent;
  SECTION("UPDATE BINARY fails") {
    agent.card.gba.store_error =
        Error{ErrorCode::card_command_refused, "UPDATE", {ForeignKind::status_word, 0x6581}};
    CHECK(agent.error() == ErrorCode::ub_gba_not_stored);
    CHECK(agent.card.gba.stored->b_tid.empty());
  }
  SECTION("the BSF's B-TID is longer than the room") {
    agent.card.gba.room = kFits;
    agent.bsf.b_tid_suffix = ".with.a.long.name";
    CHECK(agent.error() == ErrorCode::ub_gba_not_stored);
  }
  CHECK(agent.manager.current() == nullptr);
  CHECK(agent.http.requests() == 2);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  CHECK(agent.http.requests() == 2);
}

TEST_CASE("a B-TID that did not fit is not bootstrapped for again", "[UB-7]") {
  UiccAgent agent(GbaMode::u);
  agent.card.gba.room = kFits;
  agent.bsf.b_tid_suffix = ".with.a.long.name";
  CHECK(agent.error() == ErrorCode::ub_gba_not_stored);
  agent.clock.advance(1h);
  CHECK(agent.error() == ErrorCode::ub_gba_u_no_room);
  CHECK(agent.http.requests() == 2);
  CHECK(agent.authenticates() == 1);
}

TEST_CASE("nothing is written to a card before the BSF has proved itself", "[UB-3][UB-7]") {
  UiccAgent agent;
  agent.bsf.rspauth = false;
  CHECK(agent.error() == ErrorCode::ub_rspauth_missing);
  CHECK(agent.card.gba.stores == 0);
}

TEST_CASE("an agent that starts anew takes up what is on the card, without the BSF",
          "[UB-7][KEY-3]") {
  UiccAgent agent;
  REQUIRE(agent.obtain());
  agent.manager.wipe();
  agent.clock.advance(30min);
  AssociationManager restarted(agent.io.get_executor(), agent.config, agent.card, agent.http,
                               agent.clock, agent.random);
  const auto association = test::run(agent.io, restarted.obtain());
  REQUIRE(association);
  CHECK((*association)->b_tid() == FakeBsf::b_tid(1));
  CHECK((*association)->taken_up());
  CHECK((*association)->deadline() == agent.clock.steady() + 30min);
  CHECK(agent.http.requests() == 2);
  CHECK(agent.authenticates() == 1);
  const auto key = test::run(agent.io, restarted.ks_naf(*association, naf()));
  CHECK(text(key) == network_key(1, naf()));

  SECTION("and its lifetime ends when it was to end") {
    agent.clock.advance(30min);
    CHECK(restarted.current() == nullptr);
    agent.bsf.lifetime = "2026-03-01T09:00:00Z";
    REQUIRE(test::run(agent.io, restarted.obtain()));
    CHECK(agent.http.requests() == 4);
  }
  SECTION("and a NAF that does not know it any more gets a new one at once") {
    const auto fresh = test::run(agent.io, restarted.renegotiate(*association));
    REQUIRE(fresh);
    CHECK((*fresh)->b_tid() == FakeBsf::b_tid(2));
    CHECK(agent.http.requests() == 4);
  }
  SECTION("and a key that the card has lost is bootstrapped for, once") {
    agent.card.gba.ks.reset();
    CHECK(
        test::run(agent.io, restarted.ks_naf(*association, naf("other.home1.net"))).error().code ==
        ErrorCode::ub_gba_key_lost);
    const auto fresh = test::run(agent.io, restarted.obtain());
    REQUIRE(fresh);
    CHECK_FALSE((*fresh)->taken_up());
    CHECK(agent.http.requests() == 4);
  }
}

TEST_CASE("what is on the card is not taken up when it may not be", "[UB-7][KEY-3]") {
  const auto bootstrapped_anew = [](UiccAgent& agent) {
    const auto association = agent.obtain();
    REQUIRE(association);
    CHECK_FALSE((*association)->taken_up());
    CHECK(agent.http.requests() == 2);
  };
  SECTION("its lifetime is over") {
    UiccAgent agent;
    agent.card.gba.stored = stored_by(9, "2026-02-28T23:00:00Z");
    bootstrapped_anew(agent);
  }
  SECTION("it is malformed") {
    UiccAgent agent;
    agent.card.gba.stored = stored_by(9, "tomorrow");
    bootstrapped_anew(agent);
  }
  SECTION("the setting is GBA_ME") {
    UiccAgent agent(GbaMode::me, false);
    agent.card.gba.stored = stored_by(9, "2026-03-01T01:00:00Z");
    bootstrapped_anew(agent);
    CHECK(agent.card.gba.reads == 0);
  }
  SECTION("the user has asked to forget") {
    UiccAgent agent;
    agent.card.gba.stored = stored_by(9, "2026-03-01T01:00:00Z");
    agent.manager.forget();
    bootstrapped_anew(agent);
    CHECK(agent.card.gba.erasures == 1);
  }
}

TEST_CASE("a card that comes back brings its association with it", "[UB-7][KEY-3]") {
  UiccAgent agent;
  const auto before = agent.obtain().value();
  agent.card.swap(*test::run(agent.io, agent.card.subscriber())->identity);
  CHECK(agent.manager.current() == nullptr);
  const auto after = agent.obtain();
  REQUIRE(after);
  CHECK((*after)->b_tid() == before->b_tid());
  CHECK((*after)->epoch() == 2);
  CHECK(agent.http.requests() == 2);
}

TEST_CASE("a forgotten association is erased from the card", "[UB-7][KEY-3]") {
  UiccAgent agent;
  REQUIRE(agent.obtain());
  agent.manager.forget();
  agent.settle();
  CHECK(agent.card.gba.erasures == 1);
  CHECK(agent.card.gba.stored->b_tid.empty());
  AssociationManager restarted(agent.io.get_executor(), agent.config, agent.card, agent.http,
                               agent.clock, agent.random);
  const auto association = test::run(agent.io, restarted.obtain());
  REQUIRE(association);
  CHECK_FALSE((*association)->taken_up());
  CHECK((*association)->b_tid() == FakeBsf::b_tid(2));

  UiccAgent me(GbaMode::automatic, false);
  REQUIRE(me.obtain());
  me.manager.forget();
  me.settle();
  CHECK(me.card.gba.erasures == 0);
}

TEST_CASE("an agent that ends leaves the card as it is", "[UB-7]") {
  UiccAgent agent;
  REQUIRE(agent.obtain());
  agent.manager.wipe();
  agent.settle();
  CHECK(agent.manager.current() == nullptr);
  CHECK(agent.card.gba.erasures == 0);
  CHECK(agent.card.gba.stored == stored_by(1, "2026-03-01T01:00:00Z"));
}

TEST_CASE("a card that goes while it makes a key takes the key with it", "[UB-7][KEY-3]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  const auto other = *test::run(agent.io, agent.card.subscriber())->identity;
  std::optional<Result<gba::KsNaf>> key;
  boost::asio::co_spawn(
      agent.io, agent.manager.ks_naf(association, naf()),
      [&key](std::exception_ptr, Result<gba::KsNaf> got) { key.emplace(std::move(got)); });
  boost::asio::post(agent.io, [&] { agent.card.swap(other); });
  agent.settle();
  REQUIRE(key.has_value());
  CHECK_FALSE(*key);
}

TEST_CASE("keys of NAFs are bounded, whatever suites a NAF chooses", "[UB-7]") {
  UiccAgent agent;
  const auto association = agent.obtain().value();
  const auto before = locked_memory::in_use();
  for (std::uint16_t suite = 0; suite < 64; ++suite) {
    REQUIRE(agent.key(association, naf("xcap.home1.net", suite)));
  }
  const auto full = locked_memory::in_use() - before;
  for (std::uint16_t suite = 64; suite < 200; ++suite) {
    REQUIRE(agent.key(association, naf("xcap.home1.net", suite)));
    CHECK(locked_memory::in_use() - before <= full);
  }
}
