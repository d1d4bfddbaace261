#include "agent/local/request_counters.h"

#include <algorithm>

namespace ut::local {
namespace {

using metrics::Family;
using metrics::Kind;

constexpr std::array<std::string_view, 6> kMethodNames = {"GET",  "PUT",  "DELETE",
                                                          "HEAD", "POST", "other"};
constexpr std::array<std::string_view, 6> kClassNames = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

constexpr Family kRequests{"ut_agent_requests_total", Kind::counter,
                           "Requests of applications, by what became of them."};
constexpr Family kDurations{
    "ut_agent_request_duration_seconds", Kind::histogram,
    "From the header of an application's request to the end of its answer."};

std::size_t method_index(std::string_view method) {
  const auto* const found = std::ranges::find(kMethodNames, method);
  return std::min<std::size_t>(static_cast<std::size_t>(found - kMethodNames.begin()),
                               kMethodNames.size() - 1);
}

}  // namespace

void RequestCounters::count(const RequestOutcome& outcome) {
  static_assert(kMethods == kMethodNames.size() && kClasses == kClassNames.size() &&
                kFamilies == static_cast<std::size_t>(ErrorFamily::internal) + 2);
  const std::string_view name = outcome.application.empty() ? "other" : outcome.application;
  auto found = applications_.find(name);
  if (found == applications_.end()) {
    found = applications_.emplace(name, Series{}).first;
  }
  const std::size_t status = outcome.status / 100 < kClasses ? outcome.status / 100 : 0;
  const std::size_t family = outcome.problem ? static_cast<std::size_t>(*outcome.problem) + 1 : 0;
  ++found->second.counts[(method_index(outcome.method) * kClasses + status) * kFamilies + family];
  found->second.durations.record(outcome.duration);
}

void RequestCounters::measure(metrics::Page& page) const {
  for (const auto& [application, series] : applications_) {
    for (std::size_t i = 0; i < series.counts.size(); ++i) {
      if (series.counts[i] == 0) {
        continue;
      }
      const std::size_t family = i % kFamilies;
      page.add(
          kRequests,
          {{"application", application},
           {"method", kMethodNames[i / kFamilies / kClasses]},
           {"status", kClassNames[i / kFamilies % kClasses]},
           {"problem", family == 0 ? "none" : family_name(static_cast<ErrorFamily>(family - 1))}},
          series.counts[i]);
    }
  }
  for (const auto& [application, series] : applications_) {
    page.add(kDurations, {{"application", application}}, series.durations);
  }
}

}  // namespace ut::local
