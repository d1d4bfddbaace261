#include "tools/utctl/agent_commands.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace ut;
using namespace ut::utctl;

namespace {

constexpr std::string_view kStatus =
    R"({"subscribers":[{"name":"default","card":{"state":"ready","reader":"Reader 0","epoch":1,"subscriber":{"application":"ISIM",)"
    R"("iccid":"iccid#1","impi":"impi#2","impus":["impu#3"],"home_domain":"home1.net"},)"
    R"("last_error":null},"association":{"mode":"GBA_ME","b_tid":"b_tid#4",)"
    R"("expires":"2026-03-01T01:00:00Z","seconds_left":3000},"bootstrapping":{"running":false,)"
    R"("runs":3,"failures":1,"last_failure":{"code":"ub-timeout","text":"too late"},"retry_in":7},)"
    R"("channels":{"idle":1,"in_use":2,"waiting":3},"tls_sessions":4,"nafs":[{"name":"a.home1.net","port":443,)"
    R"("way":"certificate","passed_over":["psk TLSv1.3: tls-psk-not-chosen","psk TLSv1.2: x"]},)"
    R"({"name":"b.home1.net","port":443,"way":"psk TLSv1.3","passed_over":[]}]}],"sockets":{"connections":1,"accepted":2,)"
    R"("turned_away":3,"requests":4,"denied":5,"failed":6},"keys":{"given":7,"refused":8}})"
    "\n";

constexpr std::string_view kPublic =
    R"({"naf":"kms.home1.net","ua_protocol_id":"0100000006","key_kind":"Ks_NAF",)"
    R"("b_tid":"x@bsf.home1.net","expires":"2026-03-01T01:00:00Z","expires_in":3600)";

constexpr std::string_view kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

bool has(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

SecretBytes said(std::string_view text) {
  return SecretBytes::copy_of(as_bytes(text));
}

}  // namespace

TEST_CASE("a status is told in words and as it came", "[UT-11]") {
  const auto answer = status_answer(as_bytes(kStatus));
  REQUIRE(answer.has_value());
  CHECK(answer->exit == Exit::done);
  CHECK(answer->json["subscribers"][0]["association"]["seconds_left"] == 3000);
  for (const char* words :
       {"card: ready in Reader 0\n",
        "subscriber: ISIM, IMPI impi#2, ICCID iccid#1, home domain home1.net\n",
        "association: GBA_ME, B-TID b_tid#4, 3000 s left, until 2026-03-01T01:00:00Z\n",
        "bootstrapping: 3 runs, 1 failed\n",
        "last failure of bootstrapping: too late; next try in 7 s\n",
        "channels to NAFs: 2 in use, 1 idle, 3 requests waiting\n",
        "TLS sessions that may be resumed: 4\n",
        "NAF a.home1.net: certificate (tried before: psk TLSv1.3: tls-psk-not-chosen, psk TLSv1.2: "
        "x)\n",
        "NAF b.home1.net: psk TLSv1.3\n", "keys given to applications: 7, refused 8\n"}) {
    INFO(answer->text);
    CHECK(has(answer->text, words));
  }
}

TEST_CASE("a status without card, subscriber and association is told", "[UT-11]") {
  auto json = nlohmann::json::parse(kStatus);
  auto& subscriber = json["subscribers"][0];
  subscriber["card"] = {{"state", "card-absent"},
                        {"reader", nullptr},
                        {"subscriber", nullptr},
                        {"last_error", {{"code", "card-removed"}, {"text", "it was removed"}}}};
  subscriber["association"] = nullptr;
  subscriber["bootstrapping"]["running"] = true;
  subscriber["bootstrapping"]["last_failure"] = nullptr;
  const auto answer = status_answer(as_bytes(json.dump()));
  REQUIRE(answer.has_value());
  CHECK(
      answer->text.starts_with("card: card-absent\n"
                               "last failure of the card: it was removed\n"
                               "association: none\n"
                               "bootstrapping: 3 runs, 1 failed, one under way\n"));
}

TEST_CASE("several subscribers are told each under his name", "[IS-7]") {
  auto json = nlohmann::json::parse(kStatus);
  json["subscribers"].push_back(json["subscribers"][0]);
  json["subscribers"][1]["name"] = "work";
  json["subscribers"][1]["association"] = nullptr;
  const auto answer = status_answer(as_bytes(json.dump()));
  REQUIRE(answer.has_value());
  CHECK(has(answer->text, "[default]\ncard: ready"));
  CHECK(has(answer->text, "[work]\ncard: ready"));
  CHECK(has(answer->text, "association: none\n"));
}

TEST_CASE("a subscriber is named where one was chosen", "[IS-7]") {
  CHECK(forget_request("").empty());
  CHECK(nlohmann::json::parse(forget_request("work")) ==
        nlohmann::json::parse(R"({"subscriber":"work"})"));
  CHECK(nlohmann::json::parse(key_request({.naf = "a.b", .subscriber = "work"}))["subscriber"] ==
        "work");
}

TEST_CASE("what is no answer of the agent is told as such", "[KEY-5]") {
  for (const char* wrong : {"", "{", "[]", "{}", "7", R"({"card":{}})", R"({"association":7})"}) {
    INFO(wrong);
    CHECK(status_answer(as_bytes(wrong)).error().code == ErrorCode::agent_unreachable);
    CHECK(forget_answer(as_bytes(wrong)).error().code == ErrorCode::agent_unreachable);
    CHECK(key_answer(said(wrong), {}).error().code == ErrorCode::agent_unreachable);
    CHECK(key_answer(said(wrong), {.show_key = true}).error().code == ErrorCode::agent_unreachable);
  }
}

TEST_CASE("forget tells whether there was something", "[KEY-3]") {
  CHECK(has(forget_answer(as_bytes("{\"association\":true}\n"))->text, "forgotten:"));
  CHECK(has(forget_answer(as_bytes("{\"association\":false}\n"))->text, "there was no"));
}

TEST_CASE("no key is asked for unless it shall be shown", "[KEY-4][KEY-5]") {
  const auto plain =
      nlohmann::json::parse(key_request({.naf = "kms.home1.net", .ua_protocol_id = "0100000006"}));
  CHECK(plain == nlohmann::json::parse(R"({"naf":"kms.home1.net","ua_protocol_id":"0100000006",)"
                                       R"("with_key":false,"force_bootstrapping":false})"));
  const auto open = nlohmann::json::parse(
      key_request({.naf = "\xff", .force_bootstrapping = true, .show_key = true}));
  CHECK(open["with_key"] == true);
  CHECK(open["force_bootstrapping"] == true);
}

TEST_CASE("a key is shown alone and from locked memory, and never without being asked for",
          "[KEY-4][KEY-5]") {
  const std::string closed = std::string(kPublic) + "}\n";
  const std::string open = std::string(kPublic) + ",\"key\":\"" + std::string(kKey) + "\"}\n";
  const auto words = key_answer(said(closed), {});
  REQUIRE(words.has_value());
  CHECK(has(words->text, "key: Ks_NAF (not shown"));
  CHECK(has(words->text, "B-TID: x@bsf.home1.net\n"));
  CHECK(words->secret.empty());
  const auto shown = key_answer(said(open), {.show_key = true});
  REQUIRE(shown.has_value());
  CHECK(as_text(shown->secret.expose()) == kKey);
  CHECK(shown->text.empty());
  CHECK(shown->json.is_null());
  // An agent that sends what was not asked for, or does not send what was.
  CHECK_FALSE(key_answer(said(open), {}).has_value());
  CHECK_FALSE(key_answer(said(closed), {.show_key = true}).has_value());
}
