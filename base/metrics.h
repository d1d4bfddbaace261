// Numbers for Prometheus: families, their samples, and the text that a scrape gets (exposition
// format 0.0.4). The numbers are kept by the parts that know them; this only writes them down.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ut::metrics {

// Upper bounds of the buckets of every duration; a last one without a bound follows.
inline constexpr std::array<std::chrono::microseconds, 15> kDurationBounds = [] {
  using us = std::chrono::microseconds;
  return std::array{us(250),     us(500),      us(1'000),     us(2'500),      us(5'000),
                    us(10'000),  us(25'000),   us(50'000),    us(100'000),    us(250'000),
                    us(500'000), us(1000'000), us(2'500'000), us(10'000'000), us(30'000'000)};
}();

// How long something took, how often. On one thread.
class DurationHistogram {
 public:
  void record(std::chrono::microseconds duration);

  // One for each of kDurationBounds and one for what is beyond; not cumulative.
  std::span<const std::uint64_t> buckets() const { return buckets_; }
  std::uint64_t count() const { return count_; }
  std::chrono::microseconds sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kDurationBounds.size() + 1> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::microseconds sum_{};
};

enum class Kind : std::uint8_t { counter, gauge, histogram };

// `name` and `help` are literals.
struct Family {
  std::string_view name;  // "ut_agent_requests_total"
  Kind kind;
  std::string_view help;
};

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Of Page::text().
inline constexpr std::string_view kMediaType = "text/plain; version=0.0.4; charset=utf-8";

// One scrape. Samples of a family may come from several parts; they are written together. Never
// personal data in a label, and only values of a bounded set.
class Page {
 public:
  void add(const Family& family, Labels labels, std::uint64_t value);
  void add(const Family& family, Labels labels, double value);
  // In seconds, as Prometheus has all durations.
  void add(const Family& family, Labels labels, const DurationHistogram& durations);

  // Families in the order in which they came first.
  std::string text() const;

 private:
  struct Written {
    Family family;
    std::string samples;
  };
  std::string& samples_of(const Family& family);

  std::vector<Written> families_;
};

}  // namespace ut::metrics
