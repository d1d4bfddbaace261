// What the agent itself answers, as a test tells it. The loop may run on a thread of its own.
#pragma once

#include "agent/ports.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace ut::test {

// Knows the resources of agent/control; answers each with {"answer":42} unless it has an error.
class FakeOwnService final : public ports::OwnService {
 public:
  std::string_view methods_of(ports::Door door, std::string_view path) const override {
    if (door == ports::Door::monitor) {
      return path == "/metrics" ? "GET, HEAD" : "";
    }
    if (door == ports::Door::application) {
      return path == "/keys" ? "POST" : path == "/xcap" ? "GET, HEAD" : "";
    }
    return path == "/status"   ? "GET, HEAD"
           : path == "/forget" ? "POST"
           : path == "/events" ? "GET"
                               : "";
  }

  ports::Task<Result<ports::OwnAnswer>> answer(ports::OwnRequest request) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (error_) {
      co_return std::unexpected(*error_);
    }
    co_return SecretBytes::copy_of(as_bytes("{\"answer\":42}\n"));
  }

  void set_error(Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  std::vector<ports::OwnRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::vector<ports::OwnRequest> requests_;
};

}  // namespace ut::test
