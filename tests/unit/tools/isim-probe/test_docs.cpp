// The man page and the completion against the command line.
#include "tests/support/catch.h"
#include "tests/unit/tools/isim-probe/probe_world.h"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace ut;
using namespace ut::probe;

namespace {

// Without the backslashes of roff.
std::string man_page() {
  std::ifstream file(UT_SOURCE_ROOT "/tools/isim-probe/isim-probe.1");
  REQUIRE(file);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::erase(text, '\\');
  return text;
}

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

TEST_CASE("the man page has every command, option and exit status", "[docs]") {
  const std::string page = man_page();
  CLI::App app;
  Settings settings;
  add_all(app, settings);
  visit(app, "", [&](const std::string& path, const CLI::App& part) {
    CAPTURE(path);
    const bool group =
        !path.empty() && !part.get_subcommands([](const CLI::App*) { return true; }).empty();
    const bool named = has(page, ".B " + path + "\n") || has(page, ".BI " + path + " ") ||
                       has(page, ".BR " + path + " ");
    CHECK((path.empty() || group || named));
    for (const auto* option : part.get_options()) {
      for (const auto& name : option->get_lnames()) {
        CAPTURE(name);
        CHECK((name == "help" || has(page, "--" + name)));
      }
    }
  });
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  REQUIRE(probe.run({"--help"}) == 0);
  for (int status = 0; status < 10; ++status) {
    const std::string number = std::to_string(status);
    CHECK(has(page, "\n.B " + number + "\n") ==
          (has(probe.out, " " + number + " ") && status <= static_cast<int>(Exit::wrong_response)));
  }
}

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
