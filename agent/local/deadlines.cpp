#include "agent/local/deadlines.h"

#include <algorithm>
#include <utility>

namespace ut::local {
namespace {

// Deadlines that lie closer together than this share a wake-up.
constexpr std::chrono::milliseconds kGranularity{20};

}  // namespace

Deadlines::Entry::Entry(std::shared_ptr<Deadlines> deadlines)
    : deadlines_(std::move(deadlines)), index_(deadlines_->entries_.size()) {
  deadlines_->entries_.push_back(this);
}

Deadlines::Entry::~Entry() {
  auto& entries = deadlines_->entries_;
  entries[index_] = entries.back();
  entries[index_]->index_ = index_;
  entries.pop_back();
}

void Deadlines::Entry::set_deadline(Time time) {
  deadline_ = time;
  if (time < deadlines_->armed_for_) {
    deadlines_->arm(time);
  }
}

void Deadlines::arm(Time time) {
  armed_for_ = time;
  timer_.expires_at(time);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) {
      self->sweep();
    }
  });
}

void Deadlines::sweep() {
  const auto now = std::chrono::steady_clock::now();
  armed_for_ = Time::max();
  auto earliest = Time::max();
  for (auto* entry : entries_) {
    if (entry->deadline_ <= now) {
      entry->clear_deadline();
      entry->on_deadline();
    }
    earliest = std::min(earliest, entry->deadline_);
  }
  if (earliest != Time::max()) {
    arm(std::max(earliest, now + kGranularity));
  }
}

}  // namespace ut::local
