// Turns of what callers sent ahead: requests before the answers to those before (pipelining), and
// pieces of bodies in chunks.
#pragma once

#include "agent/ports.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace ut::local {

// In each pass of the event loop one such request or piece of each caller is begun, over however
// many connections they come: what others want is done in between.
class Turns : public std::enable_shared_from_this<Turns> {
 public:
  // A socket by its name, and a uid there.
  using Key = std::pair<std::string, uid_t>;

  explicit Turns(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // Completes when it is the turn of one more request or piece of `caller`.
  ports::Task<void> next(Key caller);

 private:
  using Waiter = std::shared_ptr<boost::asio::steady_timer>;  // cancelled, it wakes who waits

  void schedule(const Key& caller);
  void wake_first(const Key& caller);

  boost::asio::any_io_executor executor_;
  std::map<Key, std::deque<Waiter>> waiting_;
};

}  // namespace ut::local
