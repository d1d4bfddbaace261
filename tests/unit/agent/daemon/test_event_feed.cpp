#include "agent/daemon/event_feed.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <thread>

using namespace ut;
using namespace ut::daemon;
using nlohmann::json;

namespace {

struct Feed {
  Feed() { log::set_level(log::Level::error); }
  std::unique_ptr<local::EventReader> reader() {
    auto subscribed = feed.subscribe();
    REQUIRE(subscribed);
    return *std::move(subscribed);
  }
  // Brings what was written to the readers.
  void settle() {
    loop.restart();
    loop.poll();
  }
  std::string next(local::EventReader& reader) { return test::run(loop, reader.next()); }

  boost::asio::io_context loop;
  test::FakeClock clock;
  EventFeed feed{loop.get_executor(), clock};
};

json data_of(const std::string& text) {
  const auto begin = text.find("data: ") + 6;
  return json::parse(text.substr(begin, text.find("\n\n") - begin));
}

}  // namespace

TEST_CASE("chosen messages of the log are events, whatever its level", "[API-2]") {
  Feed feed;
  const auto reader = feed.reader();
  log::info("card.subscriber", {{"reader", "Reader \"0\"\n"}, {"epoch", 3}});
  log::debug("card.readers", {{"readers", "x"}});
  feed.settle();
  const auto text = feed.next(*reader);
  CHECK(text.starts_with("event: card\ndata: {"));
  CHECK(text.ends_with("}\n\n"));
  CHECK(text.find("card.readers") == std::string::npos);
  const auto data = data_of(text);
  CHECK(data["kind"] == "card");
  CHECK(data["message"] == "card.subscriber");
  CHECK(data["reader"] == "Reader \"0\"\n");
  CHECK(data["epoch"] == "3");
  CHECK(data["time"].is_string());
}

TEST_CASE("kinds of events", "[API-2]") {
  CHECK(event_kind("card.not_read", "card-absent") == "card");
  CHECK(event_kind("card.not_read", "pin-wrong") == "pin");
  CHECK(event_kind("local.denied", "policy-path-denied") == "denied");
  CHECK(event_kind("local.failed", "pin-blocked") == "pin");
  CHECK(event_kind("local.request", "") == "request");
  CHECK(event_kind("ub.failed", "") == "error");
  CHECK(event_kind("ua.channel", "").empty());
}

TEST_CASE("an association in place of another is a renewal", "[API-2]") {
  Feed feed;
  const auto reader = feed.reader();
  const auto kind = [&] {
    log::info("ub.bootstrapped", {{"b_tid", "x"}});
    feed.settle();
    return data_of(feed.next(*reader))["kind"];
  };
  CHECK(kind() == "bootstrapped");
  log::info("ub.association_gone", {{"reason", "lifetime over"}});
  feed.settle();
  CHECK(data_of(feed.next(*reader))["kind"] == "association");
  CHECK(kind() == "bootstrapped");
  log::info("ub.association_gone", {{"reason", "replaced"}});
  feed.settle();
  feed.next(*reader);
  CHECK(kind() == "renewed");
  CHECK(kind() == "bootstrapped");
}

TEST_CASE("a reader that is too slow is told so and dropped; others go on", "[API-6]") {
  Feed feed;
  const auto slow = feed.reader();
  const auto quick = feed.reader();
  for (std::size_t i = 0; i <= EventFeed::kMostWaiting; ++i) {
    log::info("local.request", {{"number", i}});
    feed.settle();
    CHECK(data_of(feed.next(*quick))["number"] == std::to_string(i));
  }
  const auto last = feed.next(*slow);
  CHECK(last.ends_with("event: dropped\ndata: {\"why\":\"this reader is too slow\"}\n\n"));
  CHECK(last.find("\"number\":\"255\"") != std::string::npos);
  CHECK(last.find("\"number\":\"256\"") == std::string::npos);
  CHECK(feed.next(*slow).empty());
  log::info("local.request", {{"number", "last"}});
  feed.settle();
  CHECK(data_of(feed.next(*quick))["number"] == "last");
}

TEST_CASE("readers of events are few", "[API-6]") {
  Feed feed;
  std::vector<std::unique_ptr<local::EventReader>> readers;
  for (std::size_t i = 0; i < EventFeed::kMostReaders; ++i) {
    readers.push_back(feed.reader());
  }
  const auto more = feed.feed.subscribe();
  REQUIRE_FALSE(more);
  CHECK(more.error().code == ErrorCode::limit_connections);
  readers.pop_back();
  CHECK(feed.feed.subscribe());
}

TEST_CASE("other threads write events, and an ended reader gets none", "[API-6]") {
  Feed feed;
  const auto reader = feed.reader();
  std::thread([] { log::warning("card.not_read", {{"problem", "card-mute"}}); }).join();
  feed.settle();
  CHECK(data_of(feed.next(*reader))["problem"] == "card-mute");
  log::info("card.refresh");
  feed.settle();
  reader->end();
  CHECK(feed.next(*reader).empty());
}
