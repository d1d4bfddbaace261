#include "tools/utctl/event_commands.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut::utctl;

TEST_CASE("an event is one line, in words or in JSON", "[API-2]") {
  constexpr std::string_view kLine =
      R"(data: {"time":"2026-03-01T00:00:00Z","kind":"card","message":"card.subscriber","reader":"R\n0"})";
  CHECK(event_words(kLine, Format::text) ==
        "2026-03-01T00:00:00Z card card.subscriber: reader=R?0\n");
  CHECK(event_words(kLine, Format::json) == std::string(kLine.substr(6)) + "\n");
  CHECK(event_words(R"(data: {"why":"this reader is too slow"})", Format::text) ==
        "dropped why=this reader is too slow\n");
  for (const char* line : {"event: card", "", ":", "data: 1", "data: {"}) {
    CHECK_FALSE(event_words(line, Format::text));
  }
}
