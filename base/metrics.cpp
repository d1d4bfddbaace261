#include "base/metrics.h"

#include <algorithm>
#include <charconv>

namespace ut::metrics {
namespace {

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return "counter";
    case Kind::gauge:
      return "gauge";
    case Kind::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string text_of(std::uint64_t value) {
  return std::to_string(value);
}

// The shortest text without an exponent that is read back as the same number.
std::string text_of(double value) {
  std::array<char, 400> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed)
          .ptr;
  return {digits.data(), end};
}

std::string seconds(std::chrono::microseconds duration) {
  return text_of(std::chrono::duration<double>(duration).count());
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) {
        out += '\\';
      }
      out += c;
    }
  }
}

// `{a="b",le="0.1"}`; nothing without labels. `bound` empty: no le.
void append_labels(std::string& out, Labels labels, std::string_view bound = {}) {
  char before = '{';
  const auto append = [&](std::string_view name, std::string_view value) {
    out += before;
    before = ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  };
  for (const auto& [name, value] : labels) {
    append(name, value);
  }
  if (!bound.empty()) {
    append("le", bound);
  }
  if (before == ',') {
    out += '}';
  }
}

void append_sample(std::string& out, std::string_view name, Labels labels, const std::string& value,
                   std::string_view suffix = {}, std::string_view bound = {}) {
  out += name;
  out += suffix;
  append_labels(out, labels, bound);
  out += ' ';
  out += value;
  out += '\n';
}

}  // namespace

void DurationHistogram::record(std::chrono::microseconds duration) {
  const auto* const bound = std::ranges::lower_bound(kDurationBounds, duration);
  ++buckets_[static_cast<std::size_t>(bound - kDurationBounds.begin())];
  ++count_;
  sum_ += duration;
}

std::string& Page::samples_of(const Family& family) {
  const auto found = std::ranges::find_if(
      families_, [&](const Written& one) { return one.family.name == family.name; });
  return found != families_.end() ? found->samples
                                  : families_.emplace_back(Written{family, {}}).samples;
}

void Page::add(const Family& family, Labels labels, std::uint64_t value) {
  append_sample(samples_of(family), family.name, labels, text_of(value));
}

void Page::add(const Family& family, Labels labels, double value) {
  append_sample(samples_of(family), family.name, labels, text_of(value));
}

void Page::add(const Family& family, Labels labels, const DurationHistogram& durations) {
  auto& out = samples_of(family);
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < durations.buckets().size(); ++i) {
    up_to += durations.buckets()[i];
    const std::string bound = i < kDurationBounds.size() ? seconds(kDurationBounds[i]) : "+Inf";
    append_sample(out, family.name, labels, text_of(up_to), "_bucket", bound);
  }
  append_sample(out, family.name, labels, seconds(durations.sum()), "_sum");
  append_sample(out, family.name, labels, text_of(durations.count()), "_count");
}

std::string Page::text() const {
  std::string out;
  for (const auto& [family, samples] : families_) {
    out += "# HELP ";
    out += family.name;
    out += ' ';
    append_escaped(out, family.help, false);
    out += "\n# TYPE ";
    out += family.name;
    out += ' ';
    out += type_of(family.kind);
    out += '\n';
    out += samples;
  }
  return out;
}

}  // namespace ut::metrics
