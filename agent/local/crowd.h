// Gives the memory of many connections back to the system when they have gone: the allocator keeps
// what lies between pieces in use. A page for each stays all the same, for the next ones: Asio
// keeps what it has of a descriptor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>

namespace ut::local {

class Crowd {
 public:
  explicit Crowd(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  // A connection has come, or gone, and there are so many now.
  void came(std::size_t connections);
  void left(std::size_t connections);

 private:
  boost::asio::steady_timer timer_;
  std::size_t most_ = 0;  // since memory was given back
};

}  // namespace ut::local
