#include "agent/local/turns.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ut::local {

namespace asio = boost::asio;

ports::Task<void> Turns::next(Key caller) {
  auto& queue = waiting_[caller];
  const auto mine =
      std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
  queue.push_back(mine);
  if (queue.size() == 1) {
    schedule(caller);
  }
  (void)co_await mine->async_wait(asio::as_tuple(asio::use_awaitable));
}

void Turns::schedule(const Key& caller) {
  asio::post(executor_, [weak = weak_from_this(), caller] {
    if (const auto self = weak.lock()) {
      self->wake_first(caller);
    }
  });
}

void Turns::wake_first(const Key& caller) {
  auto& queue = waiting_[caller];
  queue.front()->cancel();
  queue.pop_front();
  if (queue.empty()) {
    waiting_.erase(caller);
  } else {
    schedule(caller);
  }
}

}  // namespace ut::local
