#include "isim/pcsc/reader_monitor.h"

#include <fnmatch.h>
#include <winscard.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>

namespace ut::isim::pcsc {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Drivers differ in telling about a reader that comes, so the readers are listed now and then.
constexpr milliseconds kLongestWait{4000};
// SCardCancel reaches a wait only once it has begun.
constexpr milliseconds kCancelAgain{5};
constexpr int kCancelTimes = 200;
// Between attempts to reach a pcscd that is not there.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2000};
constexpr const char* kNewReader = R"(\\?PnP?\Notification)";

std::vector<std::string> split_names(const std::vector<char>& multi_string) {
  std::vector<std::string> names;
  for (auto at = multi_string.begin(); at != multi_string.end() && *at != '\0';) {
    const auto end = std::find(at, multi_string.end(), '\0');
    names.emplace_back(at, end);
    at = end == multi_string.end() ? end : end + 1;
  }
  return names;
}

std::vector<std::string> choose(const std::vector<std::string>& names,
                                const std::vector<std::string>& patterns) {
  std::vector<std::string> chosen;
  for (const auto& pattern : patterns) {
    for (const auto& name : names) {
      if (matches(name, {pattern}) && matches(name, patterns) &&
          std::ranges::find(chosen, name) == chosen.end()) {
        chosen.push_back(name);
      }
    }
  }
  return chosen;
}

ReaderState state_of(const SCARD_READERSTATE& raw) {
  const DWORD event = raw.dwEventState;
  ReaderState state;
  state.name = raw.szReader;
  state.mute = (event & SCARD_STATE_MUTE) != 0;
  state.card = (event & SCARD_STATE_PRESENT) != 0 && !state.mute;
  state.exclusive = (event & SCARD_STATE_EXCLUSIVE) != 0;
  state.in_use = (event & SCARD_STATE_INUSE) != 0;
  state.event_counter = static_cast<std::uint16_t>(event >> 16);
  if (state.card) {
    const std::size_t size = std::min<std::size_t>(raw.cbAtr, sizeof raw.rgbAtr);
    state.atr = to_bytes(ByteView(raw.rgbAtr, size));
  }
  return state;
}

class Monitor final : public ReaderWatch {
 public:
  explicit Monitor(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor() override { drop_context(); }

  Result<ReaderPicture> wait(const ReaderPicture& known, milliseconds limit) override {
    const auto deadline = Clock::now() + limit;
    while (true) {
      if (cancelled()) {
        return fail(ErrorCode::shutting_down, "reader monitor");
      }
      const bool nudged = take_nudge();
      const std::optional<ReaderPicture> picture = look();
      if (!picture) {
        drop_context();
        if (known.service || nudged || Clock::now() >= deadline) {
          return ReaderPicture{};
        }
        pause(deadline);
        continue;
      }
      pause_ = kFirstPause;
      if (*picture != known || nudged || Clock::now() >= deadline) {
        return *picture;
      }
      while (!something_changed(deadline)) {
      }
    }
  }

  void nudge() override {
    std::unique_lock lock(mutex_);
    nudged_ = true;
    wake(lock);
  }

  void cancel() override {
    std::unique_lock lock(mutex_);
    cancelled_ = true;
    wake(lock);
  }

 private:
  // Ends a wait that has begun or is about to.
  void wake(std::unique_lock<std::mutex>& lock) {
    changed_.notify_all();
    for (int i = 0; i < kCancelTimes && waiting_; ++i) {
      ::SCardCancel(*context_);
      changed_.wait_for(lock, kCancelAgain, [this] { return !waiting_; });
    }
  }

  bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  bool take_nudge() {
    const std::lock_guard lock(mutex_);
    return std::exchange(nudged_, false);
  }

  void pause(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    const auto until = std::min(deadline, Clock::now() + pause_);
    changed_.wait_until(lock, until, [&] { return nudged_ || cancelled_; });
    pause_ = std::min(pause_ * 2, kLongestPause);
  }

  bool ensure_context() {
    if (context_) {
      return true;
    }
    SCARDCONTEXT context = 0;
    if (::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) !=
        SCARD_S_SUCCESS) {
      return false;
    }
    const std::lock_guard lock(mutex_);
    context_ = context;
    return true;
  }

  void drop_context() {
    std::optional<SCARDCONTEXT> context;
    {
      const std::lock_guard lock(mutex_);
      context = std::exchange(context_, std::nullopt);
    }
    if (context) {
      ::SCardReleaseContext(*context);
    }
  }

  // The readers at this moment, without waiting; nullopt when pcscd does not answer.
  std::optional<ReaderPicture> look() {
    if (!ensure_context()) {
      return std::nullopt;
    }
    auto names = list();
    if (!names) {
      return std::nullopt;
    }
    names_ = *std::move(names);
    states_.clear();
    for (const auto& name : names_) {
      SCARD_READERSTATE state{};
      state.szReader = name.c_str();
      state.dwCurrentState = SCARD_STATE_UNAWARE;
      states_.push_back(state);
    }
    ReaderPicture picture{true, {}};
    if (states_.empty()) {
      return picture;
    }
    const LONG code = ::SCardGetStatusChange(*context_, 0, states_.data(), states_.size());
    if (code == SCARD_E_UNKNOWN_READER) {  // gone since it was listed
      names_.clear();
      states_.clear();
      return picture;
    }
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) {
      return std::nullopt;
    }
    for (SCARD_READERSTATE& state : states_) {
      picture.readers.push_back(state_of(state));
      state.dwCurrentState = state.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    }
    return picture;
  }

  std::optional<std::vector<std::string>> list() {
    // pcscd has at most 16 readers with names of at most 128 octets.
    std::vector<char> names(std::size_t{PCSCLITE_MAX_READERS_CONTEXTS} * MAX_READERNAME + 1);
    DWORD size = names.size();
    const LONG code = ::SCardListReaders(*context_, nullptr, names.data(), &size);
    if (code == SCARD_E_NO_READERS_AVAILABLE) {
      return std::vector<std::string>{};
    }
    if (code != SCARD_S_SUCCESS) {
      return std::nullopt;
    }
    return choose(split_names(names), patterns_);
  }

  // Waits for an event. False when nothing happened and it is not yet time to look.
  bool something_changed(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    const milliseconds timeout = std::clamp(left, milliseconds{1}, kLongestWait);
    std::vector<SCARD_READERSTATE> states = states_;
    SCARD_READERSTATE new_reader{};
    new_reader.szReader = kNewReader;
    states.push_back(new_reader);
    if (!begin_waiting()) {
      return true;
    }
    const LONG code = ::SCardGetStatusChange(*context_, static_cast<DWORD>(timeout.count()),
                                             states.data(), states.size());
    end_waiting();
    return code != SCARD_E_TIMEOUT || Clock::now() >= deadline || list() != names_;
  }

  // False when there is no time for it: nudge() or cancel() was called.
  bool begin_waiting() {
    const std::lock_guard lock(mutex_);
    waiting_ = !nudged_ && !cancelled_;
    return waiting_;
  }

  void end_waiting() {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    changed_.notify_all();
  }

  std::vector<std::string> patterns_;
  std::vector<std::string> names_{};  // states_ points into them
  std::vector<SCARD_READERSTATE> states_{};
  milliseconds pause_ = kFirstPause;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<SCARDCONTEXT> context_{};  // written by the waiting thread, under the mutex
  bool waiting_ = false;                   // in SCardGetStatusChange, or about to be
  bool nudged_ = false;
  bool cancelled_ = false;
};

}  // namespace

bool matches(const std::string& reader, const std::vector<std::string>& patterns) {
  bool wanted = false;
  for (const std::string& pattern : patterns) {
    const bool excludes = pattern.starts_with('!');
    if (::fnmatch(pattern.c_str() + (excludes ? 1 : 0), reader.c_str(), 0) == 0) {
      if (excludes) {
        return false;
      }
      wanted = true;
    }
  }
  return wanted;
}

std::unique_ptr<ReaderWatch> watch_readers(std::vector<std::string> patterns) {
  return std::make_unique<Monitor>(std::move(patterns));
}

}  // namespace ut::isim::pcsc
