// watch: what happens to readers and cards, as it happens.
#include "base/encoding.h"
#include "tools/isim-probe/atr.h"
#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/reader_events.h"

#include <nlohmann/json.hpp>

#include <csignal>
#include <ctime>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

namespace ut::probe {
namespace {

using namespace std::chrono_literals;

// SIGINT and SIGTERM end the watch in an orderly way; they reach this thread alone.
class EndBySignal {
 public:
  explicit EndBySignal(isim::ReaderWatch& watch) {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    thread_ = std::jthread([this, &watch](const std::stop_token& stop) {
      const timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
      while (!stop.stop_requested()) {
        if (::sigtimedwait(&signals_, nullptr, &pause) > 0) {
          watch.cancel();
          return;
        }
      }
    });
  }
  ~EndBySignal() {
    thread_.request_stop();
    thread_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  EndBySignal(const EndBySignal&) = delete;
  EndBySignal& operator=(const EndBySignal&) = delete;

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::jthread thread_{};
};

std::string now() {
  const auto time = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()) % 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string digits = std::to_string(1000 + milliseconds.count());
  return std::string(text, size) + "." + digits.substr(1) + "Z";
}

std::string show(const ReaderEvent& event, bool json_form, const Paint& paint) {
  if (json_form) {
    nlohmann::json line = {{"time", now()}, {"event", event.kind}};
    if (!event.reader.empty()) {
      line["reader"] = event.reader;
    }
    if (!event.atr.empty()) {
      line["atr"] = to_hex(event.atr);
    }
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  const bool bad = event.kind == "service-down" || event.kind == "card-mute" ||
                   event.kind == "card-removed" || event.kind == "reader-removed";
  std::string text = now() + "  " + (bad ? paint.bad(event.kind) : paint.good(event.kind));
  text += event.reader.empty() ? "" : "  " + printable(event.reader);
  text +=
      event.atr.empty() ? "" : "  ATR " + to_hex(event.atr) + " (" + explain_atr(event.atr) + ")";
  return text + "\n";
}

}  // namespace

Run add_watch(CLI::App&, Settings&) {
  return [](const Context& context) -> Result<Exit> {
    const auto watch = context.world.watch({context.settings.reader});
    const EndBySignal end(*watch);
    isim::ReaderPicture known;
    for (std::chrono::milliseconds limit{0};; limit = std::chrono::milliseconds(1h)) {
      const auto picture = watch->wait(known, limit);
      if (!picture) {
        return Exit::done;  // cancelled: there is no other error
      }
      for (const ReaderEvent& event : events_between(known, *picture)) {
        context.print(show(event, context.settings.json, context.paint()));
      }
      known = *picture;
    }
  };
}

}  // namespace ut::probe
