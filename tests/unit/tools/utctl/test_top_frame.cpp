#include "tools/utctl/top_frame.h"

#include "tests/support/catch.h"

using namespace ut;
using namespace ut::utctl;

namespace {

Standing standing(std::uint64_t requests) {
  return {.words = "card: ready\nassociation: GBA_ME, 3599 s left\n", .requests = requests};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += line + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a frame has the standing, what has changed, and the last events", "[API-2]") {
  TopContent content{.now = standing(17), .before = standing(12)};
  for (int i = 0; i < 20; ++i) {
    content.events.push_back("event " + std::to_string(i));
  }
  CHECK(joined(top_frame(content, 8, 80)) ==
        "card: ready\nassociation: GBA_ME, 3599 s left\n"
        "since the last look: 5 requests, 0 denied, 0 failed\n\n"
        "event 17\nevent 18\nevent 19\nq quits\n");
  content.events.clear();
  CHECK(top_frame(content, 8, 80).size() == 8);
  // An agent that began anew counts from 0.
  std::swap(content.now, content.before);
  CHECK(joined(top_frame(content, 8, 80)).contains("look: 0 requests"));
}

TEST_CASE("a frame fits every terminal", "[API-2]") {
  TopContent content{.now = standing(1), .before = standing(1), .events = {"ä€ long\x1b[2J"}};
  for (std::size_t rows = 0; rows < 10; ++rows) {
    for (std::size_t columns = 1; columns < 20; ++columns) {
      const auto frame = top_frame(content, rows, columns);
      REQUIRE(frame.size() == rows);
      for (const auto& line : frame) {
        CHECK(line.size() <= columns * 3);
        CHECK_FALSE(line.contains('\x1b'));
      }
      CHECK((rows == 0 || frame.back() == std::string("q quits").substr(0, columns)));
    }
  }
  CHECK(top_frame(content, 6, 2)[4] == "ä€");
}

TEST_CASE("an agent that is away is told in the frame", "[API-2]") {
  TopContent content{.now = standing(1), .before = standing(1), .trouble = "start the agent"};
  const auto frame = top_frame(content, 4, 80);
  CHECK(frame[0] == "start the agent");
  CHECK_FALSE(joined(frame).contains("card: ready"));
  // All of it, whatever the width.
  CHECK(joined(top_frame(content, 6, 6)) == "start\nthe\nagent\n\n\nq quit\n");
}

TEST_CASE("what is no status is refused", "[API-2]") {
  for (const char* bad : {"", "{}", "[1]", R"({"subscribers":[]})"}) {
    CHECK(standing_from(as_bytes(std::string_view(bad))).error().code ==
          ErrorCode::agent_unreachable);
  }
}
