#include "tests/support/catch.h"
#include "tools/ut-lab/secret_journal.h"

#include <nlohmann/json.hpp>

using namespace ut;
using lab::SecretJournal;

TEST_CASE("a journal that is not asked for keeps no secret", "[KEY-4]") {
  SecretJournal journal(false);
  journal.add("Ks", as_bytes("0123456789abcdef"));
  journal.add_digits("HA1", as_bytes("00ff"));
  CHECK_FALSE(journal.enabled());
  CHECK(nlohmann::json::parse(journal.json()).empty());
}

TEST_CASE("a journal tells names and octets in the order in which they came") {
  SecretJournal journal(true);
  journal.add("RES", as_bytes("1234"));
  journal.add_digits("HA1", as_bytes("00ff"));
  journal.add_digits("HA1", as_bytes("no digits"));
  CHECK(nlohmann::json::parse(journal.json()) ==
        nlohmann::json::parse(R"([{"name": "RES", "octets": "31323334"},
                                  {"name": "HA1", "octets": "00ff"}])"));
}

TEST_CASE("a journal is bounded") {
  SecretJournal journal(true);
  for (int i = 0; i < 10'001; ++i) {
    journal.add(i == 0 ? "first" : "later", as_bytes("1234"));
  }
  const auto list = nlohmann::json::parse(journal.json());
  CHECK(list.size() == 10'000);
  CHECK(list.front()["name"] == "later");
}
