// Deadlines of many connections on one timer. Setting one costs a store and a comparison: the timer
// is armed for the earliest only, and wakes up no more often than it must. Nothing wakes when there
// is no connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace ut::local {

class Deadlines : public std::enable_shared_from_this<Deadlines> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Something with a deadline. on_deadline() must not destroy entries before it returns.
  class Entry {
   public:
    explicit Entry(std::shared_ptr<Deadlines> deadlines);
    virtual ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    void set_deadline(Time time);
    void clear_deadline() { deadline_ = Time::max(); }
    virtual void on_deadline() = 0;

   private:
    friend class Deadlines;
    std::shared_ptr<Deadlines> deadlines_;
    std::size_t index_ = 0;
    Time deadline_ = Time::max();
  };

  explicit Deadlines(const boost::asio::any_io_executor& executor) : timer_(executor) {}

 private:
  void arm(Time time);
  void sweep();

  boost::asio::steady_timer timer_;
  Time armed_for_ = Time::max();
  std::vector<Entry*> entries_;
};

}  // namespace ut::local
