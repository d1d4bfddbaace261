#include "agent/daemon/toml_reader.h"
#include "tests/support/catch.h"

using namespace ut;
using namespace ut::daemon;
using namespace std::chrono_literals;

TEST_CASE("settings are read, and absent ones take their default") {
  auto document = TomlDocument::parse(
      "a = \"x\"\n[t]\nb = true\nn = 7\nlist = [\"p\", \"q\"]\n[[r]]\nk = \"1\"\n[[r]]\n");
  REQUIRE(document.has_value());
  auto root = document->root();
  CHECK(root.text("a", "y") == "x");
  CHECK(root.text("absent", "y") == "y");
  auto table = root.table("t");
  CHECK(table.boolean("b", false));
  CHECK(table.integer("n", 1, 1, 9) == 7);
  CHECK(table.seconds("s", 5s, 1s, 9s) == 5s);
  CHECK(table.texts("list", {}) == std::vector<std::string>{"p", "q"});
  table.finish();
  auto rows = root.tables("r");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].text("k", "") == "1");
  CHECK(rows[1].text("k", "none") == "none");
  CHECK(root.table("no").text("k", "none") == "none");
  root.finish();
  CHECK(document->errors().empty());
}

TEST_CASE("everything that is wrong is reported at once with its line") {
  auto document = TomlDocument::parse(
      "a = 1\nunknown = 2\n[t]\nb = \"yes\"\nn = 70\nlist = [1]\nlevel = \"loud\"\n[r]\n");
  REQUIRE(document.has_value());
  auto root = document->root();
  CHECK(root.text("a", "y") == "y");
  auto table = root.table("t");
  CHECK_FALSE(table.boolean("b", false));
  CHECK(table.integer("n", 1, 1, 9) == 1);
  CHECK(table.texts("list", {"z"}) == std::vector<std::string>{"z"});
  CHECK(table.choice("level", "info", {"info", "debug"}) == "info");
  table.finish();
  CHECK(root.tables("r").empty());
  root.finish();
  CHECK(document->errors() ==
        std::vector<std::string>{
            "line 1: a: must be a text in quotes",
            "line 4: t.b: must be true or false",
            "line 5: t.n: must be a whole number between 1 and 9",
            "line 6: t.list: must be a list of texts in quotes",
            "line 7: t.level: must be one of \"info\", \"debug\"",
            "line 8: r: must be a list of tables: [[r]]",
            "line 2: unknown: there is no such setting (--print-default-config lists all)",
        });
}

TEST_CASE("a syntax error names its line") {
  const auto document = TomlDocument::parse("a = 1\nb = = 2\n");
  REQUIRE_FALSE(document.has_value());
  CHECK(document.error().code == ErrorCode::config_syntax);
  CHECK(document.error().detail.starts_with("line 2, column"));
}
