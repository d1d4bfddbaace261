#include "agent/daemon/event_feed.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace ut::daemon {
namespace {

namespace asio = boost::asio;
using Json = nlohmann::ordered_json;

// A comment of this kind shows whether the reader is still there.
constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::string_view kComment = ":\n\n";

struct Kind {
  std::string_view message;
  std::string_view kind;
};
constexpr std::array kKinds = {
    Kind{"card.subscriber", "card"},
    Kind{"card.subscriber_gone", "card"},
    Kind{"card.not_read", "card"},
    Kind{"card.unusable", "card"},
    Kind{"card.answers_again", "card"},
    Kind{"card.refresh", "card"},
    Kind{"ub.bootstrapped", "bootstrapped"},
    Kind{"ub.taken_up", "bootstrapped"},
    Kind{"ub.failed", "error"},
    Kind{"ub.association_gone", "association"},
    Kind{"ua.channel_failed", "error"},
    Kind{"local.denied", "denied"},
    Kind{"local.failed", "error"},
    Kind{"local.request", "request"},
    Kind{"local.turned_away", "denied"},
    Kind{"key.given", "key"},
    Kind{"key.refused", "denied"},
    Kind{"control.forget", "owner"},
    Kind{"token.made", "owner"},
    Kind{"token.revoked", "owner"},
    Kind{"config.reloaded", "owner"},
    Kind{"config.refused", "error"},
    Kind{"log.level", "owner"},
    Kind{"network.changed", "network"},
    Kind{"agent.stopping", "owner"},
};

bool changes_state(std::string_view kind, std::string_view message) {
  return kind == "card" || kind == "pin" || kind == "association" || kind == "bootstrapped" ||
         message == "ub.failed";
}

std::string event_text(std::string_view kind, const Json& data) {
  return "event: " + std::string(kind) +
         "\ndata: " + data.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n\n";
}

}  // namespace

std::string_view event_kind(std::string_view message, std::string_view problem) {
  const auto* const found = std::ranges::find(kKinds, message, &Kind::message);
  if (found == kKinds.end()) {
    return {};
  }
  return problem.starts_with("pin-") ? "pin" : found->kind;
}

// On the loop thread, but for what is atomic.
struct EventFeed::State {
  explicit State(asio::any_io_executor executor) : loop(std::move(executor)) {}
  void give(const std::string& text);

  asio::any_io_executor loop;
  std::vector<Reader*> readers;
  std::atomic<std::size_t> count{0};
  std::function<void()> listener;
  std::atomic<bool> has_listener{false};
  std::atomic<bool> replaced{false};  // an association went because a newer one is there
};

class EventFeed::Reader final : public local::EventReader {
 public:
  explicit Reader(std::shared_ptr<State> state) : state_(std::move(state)), wake_(state_->loop) {
    state_->readers.push_back(this);
    state_->count = state_->readers.size();
  }
  ~Reader() override {
    std::erase(state_->readers, this);
    state_->count = state_->readers.size();
  }

  void give(const std::string& text) {
    if (waiting_.size() >= kMostWaiting) {
      lost_ = true;
    }
    if (!lost_) {
      waiting_.push_back(text);
    }
    wake_.cancel();
  }

  ports::Task<std::string> next() override {
    if (waiting_.empty() && !lost_ && !over_) {
      wake_.expires_after(kHeartbeat);
      boost::system::error_code ignored;
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    std::string text;
    if (over_) {
      co_return text;
    }
    for (; !waiting_.empty(); waiting_.pop_front()) {
      text += waiting_.front();
    }
    if (lost_) {
      over_ = true;
      text += event_text("dropped", {{"why", "this reader is too slow"}});
    }
    co_return text.empty() ? std::string(kComment) : text;
  }

  void end() override {
    over_ = true;
    wake_.cancel();
  }

 private:
  std::shared_ptr<State> state_;
  asio::steady_timer wake_;
  std::deque<std::string> waiting_;
  bool lost_ = false;  // more came than there was room for
  bool over_ = false;
};

void EventFeed::State::give(const std::string& text) {
  for (auto* const reader : readers) {
    reader->give(text);
  }
}

EventFeed::EventFeed(asio::any_io_executor loop, const Clock& clock)
    : state_(std::make_shared<State>(std::move(loop))), clock_(clock) {
  log::set_tap(this);
}

EventFeed::~EventFeed() {
  state_->listener = nullptr;
  log::set_tap(nullptr);
}

void EventFeed::on_change(std::function<void()> listener) {
  state_->listener = std::move(listener);
  state_->has_listener = state_->listener != nullptr;
}

Result<std::unique_ptr<local::EventReader>> EventFeed::subscribe() {
  if (state_->readers.size() >= kMostReaders) {
    return fail(ErrorCode::limit_connections, "control.events",
                "there are " + std::to_string(kMostReaders) + " readers of events");
  }
  return std::make_unique<Reader>(state_);
}

bool EventFeed::is_read() const {
  return state_->count > 0;
}

void EventFeed::message(std::string_view event, log::FieldView fields) {
  const auto field = [&](std::string_view key) {
    const auto found = std::ranges::find(fields, key, &log::Field::key);
    return found == fields.end() ? std::string_view() : found->value();
  };
  if (event == "ub.association_gone") {
    state_->replaced = field("reason") == "replaced";
  }
  if (state_->count == 0 && !state_->has_listener) {
    return;
  }
  auto kind = event_kind(event, field("problem"));
  if (state_->has_listener && changes_state(kind, event)) {
    asio::post(state_->loop, [state = state_] {
      if (state->listener) {
        state->listener();
      }
    });
  }
  if (state_->count == 0 || kind.empty()) {
    return;
  }
  if (event == "ub.bootstrapped" && state_->replaced.exchange(false)) {
    kind = "renewed";
  }
  Json data = {{"time", to_text(clock_.utc())}, {"kind", kind}, {"message", event}};
  for (const auto& one : fields) {
    data[std::string(one.key())] = one.value();
  }
  asio::post(state_->loop, [state = state_, text = event_text(kind, data)] { state->give(text); });
}

}  // namespace ut::daemon
