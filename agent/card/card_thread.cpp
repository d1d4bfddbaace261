#include "agent/card/card_thread.h"

#include "base/stack.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <utility>

namespace ut::card {
namespace {

constexpr std::chrono::milliseconds kFarewell{500};

}  // namespace

std::thread start_thread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

struct CardThread::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;
  bool ended = false;

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !jobs.empty(); });
      if (stopping) {
        break;
      }
      {
        const std::function<void()> job = std::move(jobs.front());
        jobs.pop_front();
        lock.unlock();
        job();
      }
      // RES, CK, IK and the PIN went through frames of ours and of PC/SC-Lite.
      wipe_unused_stack();
      lock.lock();
    }
    ended = true;
    changed.notify_all();
  }
};

CardThread::CardThread()
    : state_(std::make_shared<State>()),
      thread_(start_thread([state = state_] { state->run(); })) {}

CardThread::~CardThread() {
  std::deque<std::function<void()>> dropped;
  bool ended = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->jobs);
    state_->changed.notify_all();
    ended = state_->changed.wait_for(lock, kFarewell, [this] { return state_->ended; });
  }
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void CardThread::post(std::function<void()> job) {
  const std::lock_guard lock(state_->mutex);
  state_->jobs.push_back(std::move(job));
  state_->changed.notify_all();
}

}  // namespace ut::card
