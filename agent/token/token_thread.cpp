#include "agent/token/token_thread.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace ut::token {
namespace {

namespace asio = boost::asio;

std::unexpected<Error> no_answer() {
  return fail(ErrorCode::tls_client_certificate_unusable, "PKCS #11 token",
              "the token does not answer in time");
}

}  // namespace

struct TokenThread::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<asio::any_io_executor> loop;  // until the loop goes
  bool hangs = false;                         // a job was given up and has not come back

  template <class Handler>
  void post(Handler handler) {
    const std::lock_guard lock(mutex);
    if (loop) {
      asio::post(*loop, std::move(handler));
    }
  }
};

namespace {

// One job, between the thread and whoever waits for it. Everything is under the mutex of State.
struct Ticket {
  explicit Ticket(TokenThread::Job given) : job(std::move(given)) {}
  TokenThread::Job job;
  bool given_up = false;
  bool running = false;
  std::optional<Result<Bytes>> result{};
};

// On the thread. False when nobody waits any more.
template <class State>
bool work(State& state, Ticket& ticket) {
  {
    const std::lock_guard lock(state.mutex);
    if (ticket.given_up) {
      return false;
    }
    ticket.running = true;
  }
  auto result = ticket.job();
  const std::lock_guard lock(state.mutex);
  if (ticket.given_up) {
    state.hangs = false;
    return false;
  }
  ticket.result = std::move(result);
  state.changed.notify_all();
  return true;
}

// The result, or the end of the waiting for it.
template <class State>
Result<Bytes> take(State& state, Ticket& ticket) {
  if (ticket.result) {
    return *std::move(ticket.result);
  }
  ticket.given_up = true;
  state.hangs = state.hangs || ticket.running;
  return no_answer();
}

}  // namespace

TokenThread::TokenThread(asio::any_io_executor loop, TokenTimes times)
    : loop_(loop), times_(times), state_(std::make_shared<State>()) {
  state_->loop = std::move(loop);
}

TokenThread::~TokenThread() {
  const std::lock_guard lock(state_->mutex);
  state_->loop.reset();
}

ports::Task<Result<Bytes>> TokenThread::open(Job job) {
  auto state = state_;
  {
    const std::lock_guard lock(state->mutex);
    if (state->hangs) {
      co_return no_answer();
    }
  }
  auto ticket = std::make_shared<Ticket>(std::move(job));
  const auto wake = std::make_shared<asio::steady_timer>(loop_, times_.open);
  // The timer is the loop's: a thread that is left behind must not be the last to hold it.
  thread_.post([state, ticket, weak = std::weak_ptr(wake)] {
    if (work(*state, *ticket)) {
      state->post([weak] {
        if (const auto timer = weak.lock()) {
          timer->cancel();
        }
      });
    }
  });
  boost::system::error_code woken;
  co_await wake->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  const std::lock_guard lock(state->mutex);
  co_return take(*state, *ticket);
}

Result<Bytes> TokenThread::sign(Job job) {
  auto state = state_;
  auto ticket = std::make_shared<Ticket>(std::move(job));
  std::unique_lock lock(state->mutex);
  if (state->hangs) {
    return no_answer();
  }
  lock.unlock();
  thread_.post([state, ticket] { work(*state, *ticket); });
  lock.lock();
  state->changed.wait_for(lock, times_.sign, [&] { return ticket->result.has_value(); });
  return take(*state, *ticket);
}

}  // namespace ut::token
