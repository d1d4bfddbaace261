#include "tools/utctl/progress_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <utility>

namespace ut::utctl {
namespace {

// A body that is there at once needs no line.
constexpr std::uint64_t kWorthALine = std::uint64_t{64} * 1024;
constexpr std::chrono::milliseconds kBetween{100};

std::string size_of(std::uint64_t octets) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB"};
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) {
    value /= 1000;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

}  // namespace

std::string progress_words(const Transfer& transfer) {
  const bool sends = transfer.sent > 0 && transfer.received == 0;
  const auto done = sends ? transfer.sent : transfer.received;
  const auto all = sends ? transfer.to_send : transfer.to_receive;
  std::string text = (sends ? "sent " : "received ") + size_of(done);
  if (all > 0) {
    text += " of " + size_of(all) + " (" + std::to_string(done * 100 / all) + " %)";
  }
  return text;
}

ProgressLine::ProgressLine(std::ostream& to, Now now) : to_(to), now_(std::move(now)) {}

ProgressLine::~ProgressLine() {
  if (begun_) {
    to_ << '\r' << words_ << '\n' << std::flush;
  }
}

void ProgressLine::tell(const Transfer& transfer) {
  if (std::max(transfer.sent, transfer.received) < kWorthALine) {
    return;
  }
  auto words = progress_words(transfer);
  if (words.size() < words_.size()) {
    words.resize(words_.size(), ' ');
  }
  words_ = std::move(words);
  const auto now = now_();
  if (begun_ && now - last_ < kBetween) {
    return;
  }
  begun_ = true;
  last_ = now;
  to_ << '\r' << words_ << std::flush;
}

}  // namespace ut::utctl
