// What a scrape reads: the text of the exposition format.
#include "base/metrics.h"

#include "tests/support/catch.h"

using namespace ut;
using namespace std::chrono_literals;
using metrics::Family;
using metrics::Kind;

namespace {

constexpr Family kCounter{"a_total", Kind::counter, "How often a \\ happened."};
constexpr Family kGauge{"b", Kind::gauge, "How much b there is."};
constexpr Family kHistogram{"c_seconds", Kind::histogram, "How long c takes."};

}  // namespace

TEST_CASE("samples of one family stand together, whoever adds them", "[API-8]") {
  metrics::Page page;
  page.add(kCounter, {{"x", "1"}}, std::uint64_t{3});
  page.add(kGauge, {}, 0.5);
  page.add(kCounter, {{"x", "2"}, {"y", ""}}, std::uint64_t{18446744073709551615U});
  CHECK(page.text() ==
        "# HELP a_total How often a \\\\ happened.\n"
        "# TYPE a_total counter\n"
        "a_total{x=\"1\"} 3\n"
        "a_total{x=\"2\",y=\"\"} 18446744073709551615\n"
        "# HELP b How much b there is.\n"
        "# TYPE b gauge\n"
        "b 0.5\n");
}

TEST_CASE("no value of a label ends it", "[API-8]") {
  metrics::Page page;
  page.add(kGauge, {{"x", "a\"} 1\nb\\"}}, std::uint64_t{1});
  CHECK(page.text().ends_with("b{x=\"a\\\"} 1\\nb\\\\\"} 1\n"));
}

TEST_CASE("buckets are cumulative, and a bound belongs to its bucket", "[API-8]") {
  metrics::DurationHistogram durations;
  durations.record(250us);
  durations.record(251us);
  durations.record(31s);
  metrics::Page page;
  page.add(kHistogram, {{"x", "1"}}, durations);
  const auto text = page.text();
  const auto has = [&](std::string_view line) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  };
  has("c_seconds_bucket{x=\"1\",le=\"0.00025\"} 1\n");
  has("c_seconds_bucket{x=\"1\",le=\"0.0005\"} 2\n");
  has("c_seconds_bucket{x=\"1\",le=\"30\"} 2\n");
  has("c_seconds_bucket{x=\"1\",le=\"+Inf\"} 3\n");
  has("c_seconds_sum{x=\"1\"} 31.000501\n");
  has("c_seconds_count{x=\"1\"} 3\n");
}
