#include "tools/utctl/top_command.h"

#include "tools/utctl/agent_commands.h"
#include "tools/utctl/ask_agent.h"
#include "tools/utctl/event_commands.h"
#include "tools/utctl/top_frame.h"

#include <curses.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace ut::utctl {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostEvents = 500;
constexpr auto kBetweenLooks = 1s;
constexpr auto kPatience = 2s;
constexpr int kKeyMilliseconds = 100;

std::atomic<bool> g_ended{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void end_on_signal(int) {
  g_ended = true;
}

// curses' own handlers would end the program from within a signal, past everything.
class EndingSignals {
 public:
  EndingSignals() {
    struct sigaction ours{};
    ours.sa_handler = end_on_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &ours, &before_[i]);
    }
  }
  ~EndingSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
  }
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// The terminal in curses' hands, until this goes.
class Screen {
 public:
  Screen() : screen_(::newterm(nullptr, stdout, stdin)) {
    if (screen_ != nullptr) {
      ::cbreak();
      ::noecho();
      ::curs_set(0);
      ::keypad(stdscr, TRUE);
      ::wtimeout(stdscr, kKeyMilliseconds);
    }
  }
  ~Screen() {
    if (screen_ != nullptr) {
      ::endwin();
      ::delscreen(screen_);
    }
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  explicit operator bool() const { return screen_ != nullptr; }

  void show(const TopContent& content) {
    const auto rows = static_cast<std::size_t>(std::max(LINES, 1));
    // The last cell of a terminal scrolls when it is written.
    const auto columns = static_cast<std::size_t>(std::max(COLS - 1, 1));
    ::werase(stdscr);
    int row = 0;
    for (const auto& line : top_frame(content, rows, columns)) {
      const bool marked = row + 1 == LINES || (row == 0 && !content.trouble.empty());
      if (marked) {
        ::wattron(stdscr, A_BOLD);
      }
      (void)mvwaddnstr(stdscr, row++, 0, line.data(), static_cast<int>(line.size()));
      if (marked) {
        ::wattroff(stdscr, A_BOLD);
      }
    }
    ::wrefresh(stdscr);
  }

 private:
  SCREEN* screen_;
};

// Follows the events of the agent beside the screen.
class EventReader {
 public:
  explicit EventReader(std::string socket)
      : socket_(std::move(socket)),
        thread_([this](const std::stop_token& stop) { follow(stop); }) {}

  std::deque<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  void follow(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)follow_agent(
          socket_, "/events",
          [&](std::string_view line) {
            if (auto words = event_words(line, Format::text)) {
              words->pop_back();
              keep(*std::move(words));
            }
            return !stop.stop_requested();
          },
          stop);
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
    }
  }

  void keep(std::string event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    if (events_.size() > kMostEvents) {
      events_.pop_front();
    }
  }

  std::string socket_;
  mutable std::mutex mutex_{};
  std::condition_variable_any wake_{};
  std::deque<std::string> events_{};
  std::jthread thread_;
};

// How things stand now; what was before stays beside it.
void look(const std::string& socket, TopContent& content) {
  const auto said = get_from_agent(socket, "/status", kPatience);
  auto now = said ? standing_from(said->expose()) : std::unexpected(said.error());
  if (!now) {
    content.trouble = to_text(now.error());
    return;
  }
  content.before = content.now.words.empty() ? *now : content.now;
  content.now = *std::move(now);
  content.trouble.clear();
}

}  // namespace

Result<Answer> top_once(const std::string& socket) {
  TRY(const auto said, get_from_agent(socket, "/status"));
  return status_answer(said.expose());
}

Result<Answer> top(const std::string& socket) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    return fail(ErrorCode::system_call_failed, "top", "this is no terminal: use --once");
  }
  const EndingSignals signals;
  const EventReader reader(socket);
  Screen screen;
  if (!screen) {
    return fail(ErrorCode::system_call_failed, "top",
                "the kind of terminal is not known (TERM): use --once");
  }
  TopContent content;
  auto next = std::chrono::steady_clock::now();
  while (!g_ended) {
    if (std::chrono::steady_clock::now() >= next) {
      look(socket, content);
      next = std::chrono::steady_clock::now() + kBetweenLooks;
    }
    content.events = reader.events();
    screen.show(content);
    const int key = ::wgetch(stdscr);
    if (key == 'q' || key == 'Q') {
      break;
    }
  }
  Answer answer;
  answer.printed = true;
  return answer;
}

}  // namespace ut::utctl
