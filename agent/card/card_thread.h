// The thread on which the card is used, since PC/SC blocks.
#pragma once

#include <functional>
#include <memory>
#include <thread>

namespace ut::card {

// Signals are left to the other threads of the process.
std::thread start_thread(std::function<void()> body);

// Runs jobs one after the other.
class CardThread {
 public:
  CardThread();
  // Jobs that were not begun are dropped. Waits for the one that runs, but only a short time: a
  // card that hangs cannot be interrupted, and its thread is then left to end by itself, so a job
  // may refer only to what it owns.
  ~CardThread();
  CardThread(const CardThread&) = delete;
  CardThread& operator=(const CardThread&) = delete;

  void post(std::function<void()> job);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace ut::card
