#include "agent/local/policy.h"

#include "tests/support/catch.h"

#include <string>
#include <vector>

using ut::ErrorCode;
using ut::local::Access;
using ut::local::Application;
using ut::local::authorise;
using ut::local::Caller;
using ut::local::hash_token;
using ut::local::identify;
using ut::local::PeerCredentials;
using ut::local::TokenClaim;

namespace {

Caller unix_caller(uid_t uid, std::vector<gid_t> groups = {}, std::string socket = "main") {
  PeerCredentials peer;
  peer.uid = uid;
  peer.groups = std::move(groups);
  peer.pid = 7;
  peer.executable = "/usr/bin/presence";
  peer.unit = "presence.service";
  return {std::move(socket), peer};
}

Caller tcp_caller() {
  return {"tcp", {}};
}

TokenClaim claim(std::string application, std::string_view token) {
  return {std::move(application), hash_token(token)};
}

Application named(std::string name) {
  Application application;
  application.name = std::move(name);
  return application;
}

// The name of the application that matches, or the problem's name.
std::string who(const std::vector<Application>& applications, const Caller& caller,
                const std::optional<TokenClaim>& presented = {}) {
  const auto found = identify(applications, caller, presented);
  return found ? (*found)->name : std::string(ut::name(found.error().code));
}

constexpr const char* kUnknown = "policy-unknown-application";
constexpr const char* kToken = "policy-token-wrong";

Application reader() {
  auto application = named("reader");
  application.uids = {1000};
  application.nafs = {"xcap.home1.net", "*.lab.test"};
  application.methods = {"GET", "PUT", "DELETE"};
  application.auids = {"pres-rules", "resource-lists"};
  return application;
}

const std::vector<std::string> kOwn = {"sip:alice@home1.net", "tel:+12015550123"};

std::string verdict(const Application& application, std::string_view method,
                    const std::string& path, std::string_view host = "xcap.home1.net",
                    std::string_view identity = {}) {
  const auto target = ut::local::parse_target(path, host);
  REQUIRE(target);
  const auto allowed = authorise(application, Access{method, *target, identity}, kOwn);
  return allowed ? "allowed" : std::string(ut::name(allowed.error().code));
}

}  // namespace

TEST_CASE("without a configured application everybody is unknown", "[API-2]") {
  CHECK(who({}, unix_caller(0)) == kUnknown);
  CHECK(who({}, tcp_caller()) == kToken);
}

TEST_CASE("an application without a ground matches nobody", "[API-2]") {
  auto application = named("empty");
  CHECK(who({application}, unix_caller(0)) == kUnknown);
  application.executables = {"/usr/bin/presence"};
  application.units = {"presence.service"};
  CHECK(who({application}, unix_caller(0)) == kUnknown);
}

TEST_CASE("callers are known by uid or by one of their groups", "[API-2]") {
  auto application = named("app");
  application.uids = {1000};
  application.gids = {50};
  CHECK(who({application}, unix_caller(1000)) == "app");
  CHECK(who({application}, unix_caller(1001, {7, 50})) == "app");
  CHECK(who({application}, unix_caller(1001, {7, 51})) == kUnknown);
  CHECK(who({application}, unix_caller(0)) == kUnknown);
  CHECK(who({application}, tcp_caller()) == kToken);
}

TEST_CASE("applications of one uid are told apart by their sockets", "[API-2]") {
  auto one = named("one");
  one.uids = {1000};
  one.sockets = {"one"};
  auto two = named("two");
  two.sockets = {"two"};
  CHECK(who({one, two}, unix_caller(1000, {}, "one")) == "one");
  CHECK(who({one, two}, unix_caller(1000, {}, "two")) == "two");
  CHECK(who({one, two}, unix_caller(1001, {}, "one")) == kUnknown);
  CHECK(who({one, two}, unix_caller(1001, {}, "two")) == "two");
  CHECK(who({one, two}, unix_caller(1000, {}, "three")) == kUnknown);
}

TEST_CASE("applications of one uid are told apart by tokens", "[API-2]") {
  auto one = named("one");
  one.uids = {1000};
  one.token = hash_token("secret-1");
  auto two = named("two");
  two.uids = {1000};
  two.token = hash_token("secret-2");
  const std::vector<Application> both = {one, two};
  CHECK(who(both, unix_caller(1000), claim("one", "secret-1")) == "one");
  CHECK(who(both, unix_caller(1000), claim("two", "secret-2")) == "two");
  CHECK(who(both, unix_caller(1000), claim("two", "secret-1")) == kToken);
  CHECK(who(both, unix_caller(1000), claim("three", "secret-1")) == kToken);
  CHECK(who(both, unix_caller(1000)) == kToken);
  CHECK(who(both, unix_caller(1001), claim("one", "secret-1")) == kToken);
}

TEST_CASE("a wrong token is not forgiven where none was needed", "[API-2]") {
  auto application = named("app");
  application.uids = {1000};
  CHECK(who({application}, unix_caller(1000), claim("app", "x")) == kToken);
}

TEST_CASE("a bearer token is its application's without a name, and no other's", "[API-2]") {
  auto first = named("first");
  first.token = hash_token("one");
  auto second = named("second");
  second.token = hash_token("two");
  const std::vector<Application> both = {first, second};
  const auto bearer = [](std::string_view token) {
    return TokenClaim{std::nullopt, hash_token(token)};
  };
  CHECK(who(both, unix_caller(1), bearer("one")) == "first");
  CHECK(who(both, unix_caller(1), bearer("two")) == "second");
  CHECK(who(both, unix_caller(1), bearer("three")) == kToken);
  CHECK(who(both, unix_caller(1), claim("", "one")) == kToken);
}

TEST_CASE("made tokens are good for their application until they are revoked", "[API-2]") {
  auto application = named("app");
  application.takes_made_tokens = true;
  application.sockets = {"main", "tcp"};
  const auto presented = claim("app", "made");
  CHECK(who({application}, tcp_caller(), presented) == kToken);
  CHECK(who({application}, unix_caller(1)) == kToken);
  application.made_tokens = {hash_token("made"), hash_token("other")};
  CHECK(who({application}, tcp_caller(), presented) == "app");
  CHECK(who({application}, tcp_caller(), claim("app", "other")) == "app");
  CHECK(who({application}, tcp_caller(), claim("app", "third")) == kToken);
  CHECK(who({application}, tcp_caller(), claim("b", "made")) == kToken);
  CHECK(who({application}, unix_caller(1)) == kToken);
  application.token = hash_token("configured");
  CHECK(who({application}, tcp_caller(), claim("app", "configured")) == "app");
  CHECK(who({application}, tcp_caller(), presented) == "app");
  application.made_tokens.clear();
  CHECK(who({application}, tcp_caller(), presented) == kToken);
}

TEST_CASE("TCP needs the token and an application that names tcp", "[API-2]") {
  auto application = named("app");
  application.token = hash_token("secret");
  CHECK(who({application}, tcp_caller(), claim("app", "secret")) == kToken);
  application.sockets = {"tcp"};
  CHECK(who({application}, tcp_caller(), claim("app", "secret")) == "app");
  CHECK(who({application}, tcp_caller(), claim("app", "Secret")) == kToken);
  CHECK(who({application}, tcp_caller(), claim("app", "")) == kToken);
  CHECK(who({application}, tcp_caller()) == kToken);
  CHECK(who({application}, unix_caller(0), claim("app", "secret")) == kToken);
  application.uids = {1000};
  CHECK(who({application}, tcp_caller(), claim("app", "secret")) == kToken);
  auto open = named("open");
  open.sockets = {"tcp"};
  CHECK(who({open}, tcp_caller()) == kToken);
}

TEST_CASE("executable and unit narrow a grant and never make one", "[API-2]") {
  auto application = named("app");
  application.uids = {1000};
  application.executables = {"/usr/bin/presence"};
  application.units = {"presence.service"};
  CHECK(who({application}, unix_caller(1000)) == "app");
  CHECK(who({application}, unix_caller(1001)) == kUnknown);
  auto other = unix_caller(1000);
  other.peer->executable = "/usr/bin/curl";
  CHECK(who({application}, other) == kUnknown);
  auto hidden = unix_caller(1000);
  hidden.peer->unit.clear();
  CHECK(who({application}, hidden) == kUnknown);
}

TEST_CASE("what an application may do is denied unless it is listed", "[API-3]") {
  const std::string own = "/pres-rules/users/sip:alice@home1.net/index";
  const auto nothing = named("nothing");
  CHECK(verdict(nothing, "GET", own) == "policy-method-denied");
  const auto application = reader();
  struct Row {
    const char* method;
    const char* path;
    const char* host;
    const char* verdict;
  };
  const Row rows[] = {
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "xcap.home1.net", "allowed"},
      {"PUT", "/pres-rules/users/sip%3Aalice%40HOME1.net/index", "xcap.home1.net", "allowed"},
      {"DELETE", "/resource-lists/users/tel:+1-201-555-0123/i/~~/a", "xcap.home1.net", "allowed"},
      {"POST", "/pres-rules/users/sip:alice@home1.net/index", "xcap.home1.net",
       "policy-method-denied"},
      {"HEAD", "/pres-rules/users/sip:alice@home1.net/index", "xcap.home1.net",
       "policy-method-denied"},
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "evil.net", "policy-naf-denied"},
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "xcap.home1.net.evil.net",
       "policy-naf-denied"},
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "a.lab.test", "allowed"},
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "lab.test", "policy-naf-denied"},
      {"GET", "/pres-rules/users/sip:alice@home1.net/index", "evillab.test", "policy-naf-denied"},
      {"GET", "/rls-services/users/sip:alice@home1.net/index", "xcap.home1.net",
       "policy-path-denied"},
      {"GET", "/pres-rules/users/sip:bob@home1.net/index", "xcap.home1.net", "policy-path-denied"},
      {"GET", "/pres-rules/users/sip:Alice@home1.net/index", "xcap.home1.net",
       "policy-path-denied"},
      {"GET", "/pres-rules/users/sip:alice@home1.net.evil.net/index", "xcap.home1.net",
       "policy-path-denied"},
      {"GET", "/services/pres-rules/users/sip:alice@home1.net/index", "xcap.home1.net",
       "policy-path-denied"},
      {"GET", "/x/users/sip:alice@home1.net/pres-rules/users/sip:alice@home1.net/i",
       "xcap.home1.net", "policy-path-denied"},
      {"GET", "/pres-rules/global/index", "xcap.home1.net", "allowed"},
      {"PUT", "/pres-rules/global/index", "xcap.home1.net", "policy-path-denied"},
      {"GET", "/anything", "xcap.home1.net", "policy-path-denied"},
      {"GET", "/", "xcap.home1.net", "policy-path-denied"},
  };
  for (const auto& row : rows) {
    INFO(row.method << " " << row.path << " at " << row.host);
    CHECK(verdict(application, row.method, row.path, row.host) == row.verdict);
  }
}

TEST_CASE("wider grants are given one by one", "[API-3]") {
  auto application = reader();
  application.roots = {"/services"};
  CHECK(verdict(application, "GET", "/services/pres-rules/users/sip:alice@home1.net/i") ==
        "allowed");
  CHECK(verdict(application, "GET", "/pres-rules/users/sip:alice@home1.net/i") ==
        "policy-path-denied");
  application.roots = {"*"};
  CHECK(verdict(application, "GET", "/pres-rules/users/sip:alice@home1.net/i") == "allowed");
  application.own_xui_only = false;
  CHECK(verdict(application, "GET", "/pres-rules/users/sip:bob@home1.net/i") == "allowed");
  CHECK(verdict(application, "PUT", "/pres-rules/global/i") == "allowed");
  CHECK(verdict(application, "GET", "/anything") == "policy-path-denied");
  application.auids = {"*"};
  CHECK(verdict(application, "GET", "/anything") == "allowed");
  application.own_xui_only = true;
  CHECK(verdict(application, "GET", "/anything") == "policy-path-denied");
}

TEST_CASE("an intended identity must be allowed", "[API-3][UA-8]") {
  const std::string own = "/pres-rules/users/sip:alice@home1.net/index";
  auto application = reader();
  const auto with = [&](std::string_view identity) {
    return verdict(application, "GET", own, "xcap.home1.net", identity);
  };
  CHECK(with("") == "allowed");
  CHECK(with("sip:alice@home1.net") == "policy-identity-denied");
  application.identities = {"sip:alice@home1.net"};
  CHECK(with("SIP:alice@HOME1.net") == "allowed");
  CHECK(with("sip:bob@home1.net") == "policy-identity-denied");
  application.identities = {"*"};
  CHECK(with("sip:bob@home1.net") == "allowed");
}

TEST_CASE("the card's identities are asked for only where they decide", "[API-3]") {
  auto application = reader();
  const auto needs = [&](const char* path) {
    return ut::local::needs_own_identities(application,
                                           *ut::local::parse_target(path, "xcap.home1.net"));
  };
  CHECK(needs("/a/users/x/i"));
  CHECK_FALSE(needs("/a/global/i"));
  CHECK_FALSE(needs("/i"));
  application.own_xui_only = false;
  CHECK_FALSE(needs("/a/users/x/i"));
}

TEST_CASE("a refusal says why and names no user", "[API-4][KEY-6]") {
  const auto target =
      ut::local::parse_target("/pres-rules/users/sip:bob@home1.net/i", "xcap.home1.net");
  const auto application = reader();
  const auto denied = authorise(application, Access{"GET", *target, {}}, kOwn);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().detail.find("reader") != std::string::npos);
  CHECK(denied.error().detail.find("bob") == std::string::npos);
  CHECK(denied.error().detail.find("alice") == std::string::npos);
  const std::vector<Application> none;
  const auto unknown = identify(none, unix_caller(1234), {});
  CHECK(unknown.error().detail.find("1234") != std::string::npos);
  CHECK(unknown.error().detail.find("main") != std::string::npos);
}

TEST_CASE("what keeps a caller from being an application is told", "[API-2][API-3]") {
  using ut::local::Mismatch;
  using ut::local::mismatch_of;
  auto application = named("app");
  CHECK(mismatch_of(application, unix_caller(7), {}) == Mismatch::no_ground);
  application.uids = {7};
  CHECK(mismatch_of(application, unix_caller(7), {}) == Mismatch::none);
  CHECK(mismatch_of(application, unix_caller(8), {}) == Mismatch::user);
  CHECK(mismatch_of(application, tcp_caller(), {}) == Mismatch::socket);
  CHECK(mismatch_of(application, unix_caller(7), claim("app", "x")) == Mismatch::foreign_token);
  application.executables = {"/usr/bin/other"};
  CHECK(mismatch_of(application, unix_caller(7), {}) == Mismatch::executable);
  application.executables.clear();
  application.units = {"other.service"};
  CHECK(mismatch_of(application, unix_caller(7), {}) == Mismatch::unit);
  application.units.clear();
  application.token = hash_token("x");
  CHECK(mismatch_of(application, unix_caller(7), {}) == Mismatch::token_missing);
  CHECK(mismatch_of(application, unix_caller(7), claim("app", "y")) == Mismatch::token_wrong);
  CHECK(mismatch_of(application, unix_caller(7), claim("app", "x")) == Mismatch::none);
  auto tcp = named("tcp-app");
  tcp.sockets = {"main", "tcp"};
  tcp.uids = {};
  CHECK(mismatch_of(tcp, tcp_caller(), {}) == Mismatch::no_ground);
}

TEST_CASE("a denial names its rule and what would allow it", "[API-3][API-4]") {
  auto application = reader();
  const auto denial = [&](std::string_view method, const std::string& path,
                          std::string_view identity = {}) {
    const auto target = ut::local::parse_target(path, "xcap.home1.net");
    REQUIRE(target);
    const auto found =
        ut::local::first_denial(application, Access{method, *target, identity}, kOwn);
    return found ? std::string(found->rule) + "; " + found->change : std::string("allowed");
  };
  const std::string own = "/pres-rules/users/sip:alice@home1.net/index";
  CHECK(denial("GET", own) == "allowed");
  CHECK(denial("POST", own) == "methods; add \"POST\" to methods of application \"reader\"");
  CHECK(denial("GET", "/rls-services/users/sip:alice@home1.net/index") ==
        "auids; add \"rls-services\" to auids of application \"reader\"");
  CHECK(denial("GET", "/x/pres-rules/users/sip:alice@home1.net/index") ==
        "roots; add \"/x\" to roots of application \"reader\"");
  CHECK(denial("GET", "/pres-rules/users/sip:bob@home1.net/index").starts_with("own_xui_only; "));
  CHECK(denial("PUT", "/pres-rules/global/index")
            .starts_with("own_xui_only; set own_xui_only = false"));
  CHECK(denial("GET", "/somewhere").starts_with("own_xui_only; set auids = [\"*\"]"));
  CHECK(denial("GET", own, "sip:alice@home1.net") ==
        "identities; add \"sip:alice@home1.net\" to identities of application \"reader\"");
  application.nafs = {"other.home1.net"};
  CHECK(denial("GET", own) == "nafs; add \"xcap.home1.net\" to nafs of application \"reader\"");
}

TEST_CASE("the owner of an identity is found among the cards that are known", "[API-3][IS-7]") {
  auto application = named("app");
  application.subscribers = {"a", "b", "c"};
  const std::vector<std::string> of_a = {"sip:a@home1.net"};
  const std::vector<std::string> of_c = {"sip:c@home1.net"};
  const ut::local::KnownIdentities known = [&](std::string_view name) {
    return name == "a" ? &of_a : name == "c" ? &of_c : nullptr;
  };
  CHECK(ut::local::owner_of(application, "sip:c@home1.net", known).subscriber == "c");
  CHECK(ut::local::owner_of(application, "sip:a@home1.net", known).unknown.empty());
  const auto nobody = ut::local::owner_of(application, "sip:b@home1.net", known);
  CHECK(nobody.subscriber.empty());
  CHECK(nobody.unknown == std::vector<std::string_view>{"b"});
}
