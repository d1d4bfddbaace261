#include "agent/card/alarm.h"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace ut::card {
namespace {

class SteadyAlarm final : public Alarm {
 public:
  SteadyAlarm(const boost::asio::any_io_executor& loop, std::chrono::milliseconds delay,
              std::function<void()> then)
      : timer_(loop, delay) {
    timer_.async_wait([then = std::move(then)](const boost::system::error_code& error) {
      if (!error) {
        then();
      }
    });
  }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace

Alarms steady_alarms(boost::asio::any_io_executor loop) {
  return [loop = std::move(loop)](std::chrono::milliseconds delay, std::function<void()> then) {
    return std::make_unique<SteadyAlarm>(loop, delay, std::move(then));
  };
}

}  // namespace ut::card
