// The completion against the command line.
#include "tests/support/catch.h"
#include "tests/unit/tools/isim-probe/probe_world.h"

#include <string>

using namespace ut;
using namespace ut::probe;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <class See>
void visit(const CLI::App& app, const std::string& path, const See& see) {
  see(path, app);
  for (const auto* part : app.get_subcommands([](const CLI::App*) { return true; })) {
    visit(*part, path.empty() ? part->get_name() : path + " " + part->get_name(), see);
  }
}

}  // namespace

TEST_CASE("the completion has every command and option", "[docs]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  REQUIRE(probe.run({"completion"}) == 0);
  CLI::App app;
  Settings settings;
  add_all(app, settings);
  visit(app, "", [&](const std::string& path, const CLI::App& part) {
    CAPTURE(path);
    const auto row = probe.out.find("\"" + (path.empty() ? "" : " " + path) + "\") COMPREPLY");
    REQUIRE(row != std::string::npos);
    const std::string words = probe.out.substr(row, probe.out.find('\n', row) - row);
    for (const auto* option : part.get_options()) {
      for (const auto& name : option->get_lnames()) {
        CAPTURE(name);
        CHECK(has(words, "--" + name));
      }
    }
  });
}
