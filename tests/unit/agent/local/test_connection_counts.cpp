#include "agent/local/connection_counts.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut::local;

namespace {

const std::string kControl(kControlSocketName);
const std::string kMetrics(kMetricsSocketName);

void add(ConnectionCounts& counts, int times, const std::string& socket, uid_t uid) {
  for (int i = 0; i < times; ++i) {
    counts.add(socket, uid);
  }
}

}  // namespace

TEST_CASE("one application of a user leaves room for another at a socket of its own", "[API-6]") {
  LocalLimits limits;
  limits.connections = 10;
  limits.connections_per_uid = 6;
  limits.connections_per_caller = 4;
  ConnectionCounts counts;
  add(counts, 4, "first", 1000);
  CHECK(counts.limit_reached("first", 1000, limits) == "connections_per_caller");
  CHECK(counts.limit_reached("second", 1000, limits).empty());
  CHECK(counts.limit_reached("first", 1001, limits).empty());
  add(counts, 2, "second", 1000);
  CHECK(counts.limit_reached("second", 1000, limits) == "connections_per_uid");
  add(counts, 4, "second", 1001);
  CHECK(counts.limit_reached("third", 1002, limits) == "connections");
  counts.remove("first", 1000);
  CHECK(counts.limit_reached("third", 1002, limits).empty());
  CHECK(counts.limit_reached("first", 1000, limits).empty());
}

TEST_CASE("what has ended is not counted", "[API-6]") {
  LocalLimits limits;
  limits.connections_per_caller = 1;
  ConnectionCounts counts;
  for (int i = 0; i < 3; ++i) {
    CHECK(counts.limit_reached("one", 7, limits).empty());
    counts.add("one", 7);
    CHECK_FALSE(counts.limit_reached("one", 7, limits).empty());
    counts.remove("one", 7);
  }
}

TEST_CASE("connections of owner and monitoring are not among those of applications", "[API-6]") {
  LocalLimits limits;
  limits.connections = 1;
  ConnectionCounts counts;
  counts.add("one", 7);
  CHECK(counts.limit_reached("one", 8, limits) == "connections");
  CHECK(counts.limit_reached(kControl, 7, limits).empty());
  add(counts, 16, kControl, 7);
  CHECK(counts.limit_reached(kControl, 7, limits) == "control connections");
  CHECK(counts.limit_reached(kMetrics, 7, limits).empty());
  add(counts, 8, kMetrics, 7);
  CHECK(counts.limit_reached(kMetrics, 7, limits) == "metrics connections");
  CHECK(counts.of_applications() == 1);
  CHECK(counts.of_owner() == 16);
  CHECK(counts.of_monitoring() == 8);
  counts.remove("one", 7);
  CHECK(counts.limit_reached("one", 8, limits).empty());
}
