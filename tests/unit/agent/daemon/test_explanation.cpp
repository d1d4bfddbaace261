#include "agent/daemon/explanation.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::daemon;
using local::Application;
using nlohmann::json;

namespace {

constexpr const char* kOwn = "http://xcap.home1.net/pres-rules/users/sip:alice@home1.net/index";
constexpr const char* kOther = "http://xcap.home1.net/pres-rules/users/sip:bob@home1.net/index";

std::vector<Application> applications() {
  std::vector<Application> list(2);
  list[0].name = "reader";
  list[0].uids = {1000};
  list[0].nafs = {"xcap.home1.net"};
  list[0].methods = {"GET"};
  list[0].auids = {"pres-rules"};
  list[0].subscribers = {"default"};
  list[1] = list[0];
  list[1].name = "web";
  list[1].uids.clear();
  list[1].sockets = {"tcp"};
  list[1].token = local::hash_token("secret");
  list[1].methods = {"GET", "PUT"};
  return list;
}

local::PublicIdentities alice(std::string_view) {
  return std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"sip:alice@Home1.NET"});
}

json asked(const json& question, const KnownCards& cards = alice,
           const std::vector<Application>& list = applications()) {
  const auto answer = explain(question.dump(), list, "main", cards);
  return answer ? json::parse(*answer) : json(name(answer.error().code));
}

}  // namespace

TEST_CASE("who the caller is and what he may do is explained", "[API-3]") {
  const auto allowed = asked({{"method", "GET"}, {"url", kOwn}, {"uid", 1000}});
  CHECK(allowed["allowed"] == true);
  CHECK(allowed["application"] == "reader");
  CHECK(allowed["subscriber"] == "default");
  CHECK(allowed["problem"] == nullptr);
  CHECK(allowed["callers"].size() == 1);

  const auto method = asked({{"method", "PUT"}, {"url", kOwn}, {"uid", 1000}});
  CHECK(method["allowed"] == false);
  CHECK(method["problem"] == "policy-method-denied");
  CHECK(method["rule"] == "methods");
  CHECK(method["change"] == "add \"PUT\" to methods of application \"reader\"");

  const auto stranger = asked({{"method", "GET"}, {"url", kOwn}, {"uid", 1001}});
  CHECK(stranger["allowed"] == false);
  CHECK(stranger["application"] == nullptr);
  CHECK(stranger["problem"] == "policy-unknown-application");
  REQUIRE(stranger["callers"].size() == 2);
  CHECK(stranger["callers"][0]["why"] ==
        "the caller is none of its users and in none of its groups");

  const auto by_name = asked({{"method", "PUT"}, {"url", kOwn}, {"application", "web"}});
  CHECK(by_name["allowed"] == true);
  CHECK(by_name["callers"].empty());
}

TEST_CASE("a decision over TCP is explained with and without a token", "[API-2][API-3]") {
  const json question = {{"method", "PUT"}, {"url", kOwn}, {"socket", "tcp"}};
  const auto without = asked(question);
  CHECK(without["problem"] == "policy-token-wrong");
  CHECK(without["callers"][1]["why"] == "no token is presented");
  auto with = question;
  with["token_of"] = "web";
  CHECK(asked(with)["allowed"] == true);
  with["token_of"] = "nobody";
  CHECK(asked(with) == "request-body-malformed");
}

TEST_CASE("what depends on a card that is not known is said to", "[API-3]") {
  const KnownCards unknown = [](std::string_view) { return nullptr; };
  const json question = {{"method", "GET"}, {"url", kOther}, {"application", "reader"}};
  const auto guessed = asked(question, unknown);
  CHECK(guessed["allowed"] == true);
  CHECK(guessed["depends_on"].is_string());
  const auto known = asked(question);
  CHECK(known["problem"] == "policy-path-denied");
  CHECK(known["rule"] == "own_xui_only");
  CHECK(known["depends_on"] == nullptr);
}

TEST_CASE("the subscriber is found as a request would find him", "[API-3][IS-7]") {
  auto list = applications();
  list[0].subscribers = {"home", "work"};
  const KnownCards cards = [](std::string_view name) {
    return std::make_shared<const std::vector<std::string>>(
        std::vector<std::string>{name == "work" ? "sip:bob@home1.net" : "sip:alice@home1.net"});
  };
  json question = {{"method", "GET"}, {"url", kOther}, {"uid", 1000}};
  CHECK(asked(question, cards, list)["subscriber"] == "work");
  CHECK(asked(question, cards, list)["allowed"] == true);
  question["subscriber"] = "home";
  CHECK(asked(question, cards, list)["problem"] == "policy-path-denied");
  question["subscriber"] = "third";
  CHECK(asked(question, cards, list)["problem"] == "policy-subscriber-denied");
  CHECK(asked(question, cards, list)["rule"] == "subscribers");
}

TEST_CASE("a question that is none is refused", "[API-3]") {
  for (const json& question :
       {json{{"method", "GET"}, {"url", kOwn}}, json{{"url", kOwn}, {"uid", 1}},
        json{{"method", "GET"}, {"uid", 1}}, json{{"method", "GET"}, {"url", kOwn}, {"uid", -1}},
        json{{"method", "GET"}, {"url", kOwn}, {"uid", 4294967296}},
        json{{"method", "GET"}, {"url", kOwn}, {"uid", 1}, {"gids", 1}},
        json{{"method", "GET"}, {"url", kOwn}, {"uid", 1}, {"colour", "red"}},
        json{{"method", "GET"}, {"url", kOwn}, {"application", "nobody"}},
        json{{"method", "GET"}, {"url", "http://ut-agent/keys"}, {"uid", 1000}}}) {
    INFO(question.dump());
    CHECK(asked(question) == "request-body-malformed");
  }
  CHECK(asked({{"method", "GET"}, {"url", "http://192.0.2.1/x"}, {"uid", 1000}})["problem"] ==
        "request-host-invalid");
}
