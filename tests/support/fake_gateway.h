// A gateway that answers as a test tells it and keeps what it was asked. The loop may run on a
// thread of its own.
#pragma once

#include "agent/ports.h"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace ut::test {

class FakeGateway final : public ports::UtGateway {
 public:
  using Answer =
      std::function<ports::Task<Result<ports::UtReport>>(ports::UtRequest, ports::ResponseSink&)>;

  // Without an answer set: 200 with the body "ok".
  explicit FakeGateway(Answer answer = {}) : answer_(std::move(answer)) {}

  ports::Task<Result<ports::UtReport>> exchange(ports::UtRequest&& request,
                                                ports::ResponseSink& sink) override {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (answer_) {
      auto report = co_await answer_(std::move(request), sink);
      co_return report;
    }
    ports::UtResponseHeader header;
    header.status = 200;
    header.reason = "OK";
    header.content_length = 2;
    CO_TRY_VOID(sink.header(std::move(header)));
    CO_TRY_VOID(co_await sink.body(as_bytes("ok")));
    ports::UtReport report;
    report.round_trips = 1;
    co_return report;
  }

  std::vector<ports::UtRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<ports::UtRequest> requests_;
};

}  // namespace ut::test
