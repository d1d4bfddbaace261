#include "agent/daemon/config_change.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

using namespace ut;
using namespace ut::daemon;

namespace {

using Texts = std::vector<std::string>;

ConfigChanges changes(std::string_view before, std::string_view after) {
  auto found = changes_between(before, after);
  REQUIRE(found);
  return *std::move(found);
}

}  // namespace

TEST_CASE("changed settings are told by name, with what needs a restart", "[API-3]") {
  const auto found = changes(
      "[log]\nlevel = \"info\"\n[card]\nreaders = [\"*\"]\ntimeout = 3\n[limits]\nconnections = "
      "1\n",
      "# other layout\n[card]\nreaders = [\"A\", \"B\"]\ntimeout = 3\n[ub]\nbsf_port = 1\n"
      "[log]\nlevel = \"debug\"\n[tokens]\nfile = \"/x\"\n");
  CHECK(found.at_once == Texts{"[limits] connections", "[log] level", "[tokens] file"});
  CHECK(found.needs_restart == Texts{"[card] readers", "[ub] bsf_port"});
}

TEST_CASE("entries are told by their names, wherever they stand", "[API-3]") {
  const auto found = changes(
      "[[application]]\nname = \"a\"\nnafs = [\"x\"]\n[[application]]\nname = \"gone\"\n"
      "[[subscriber]]\nname = \"work\"\n[subscriber.card]\niccid = \"1\"\n",
      "[[application]]\nname = \"new\"\nusers = [\"b\"]\n[[application]]\nname = \"a\"\nnafs = "
      "[\"y\"]\n"
      "[[subscriber]]\nname = \"work\"\n[subscriber.card]\niccid = \"2\"\n[[naf]]\nname = \"n\"\n");
  CHECK(found.at_once == Texts{"[[application]] a: nafs", "[[application]] gone (gone)",
                               "[[application]] new (new)"});
  CHECK(found.needs_restart == Texts{"[[naf]] n (new)", "[[subscriber]] work: card.iccid"});
}

TEST_CASE("another order of applications is a change, another order of settings is none",
          "[API-3]") {
  constexpr const char* kTwo =
      "[[application]]\nname = \"a\"\nsockets = [\"x\"]\nunits = [\"u\"]\n[[application]]\nname = "
      "\"b\"\n";
  constexpr const char* kTurned =
      "[[application]]\nname = \"b\"\n[[application]]\nunits = [\"u\"]\nname = \"a\"\nsockets = "
      "[\"x\"]\n";
  CHECK(changes(kTwo, kTurned).at_once == Texts{"[[application]] order"});
  CHECK(changes(kTwo, kTwo).at_once.empty());
  CHECK(changes(kTwo, kTwo).needs_restart.empty());
  const auto keys =
      changes("[[keys]]\napplication = \"a\"\n[[keys]]\napplication = \"a\"\nnafs = [\"x\"]\n",
              "[[keys]]\napplication = \"a\"\n[[keys]]\napplication = \"a\"\nnafs = [\"y\"]\n");
  CHECK(keys.at_once == Texts{"[[keys]] a': nafs"});
}
