#include "agent/token/token_thread.h"
#include "tests/support/catch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

using namespace ut;
using namespace ut::token;

namespace {

namespace asio = boost::asio;

constexpr TokenTimes kShort{.open = std::chrono::milliseconds(20),
                            .sign = std::chrono::milliseconds(20)};
const Bytes kResult{1, 2, 3};

ports::Task<void> open_into(TokenThread& thread, TokenThread::Job job,
                            std::optional<Result<Bytes>>& result) {
  result = co_await thread.open(std::move(job));
}

Result<Bytes> opened(asio::io_context& loop, TokenThread& thread, TokenThread::Job job) {
  std::optional<Result<Bytes>> result;
  asio::co_spawn(loop, open_into(thread, std::move(job), result), asio::detached);
  loop.restart();
  loop.run();
  REQUIRE(result);
  return *std::move(result);
}

// A job that ends when it is told to, and holds `end` until its thread lets go of it.
struct Hanging {
  std::shared_ptr<std::promise<void>> end = std::make_shared<std::promise<void>>();
  TokenThread::Job job = [ended = end->get_future().share(), end = end]() -> Result<Bytes> {
    ended.wait();
    return kResult;
  };
};

bool is_no_answer(const Result<Bytes>& result) {
  return !result && result.error().code == ErrorCode::tls_client_certificate_unusable &&
         result.error().detail == "the token does not answer in time";
}

}  // namespace

TEST_CASE("jobs give their results, on the thread of the token", "[UA-7]") {
  asio::io_context loop;
  TokenThread thread(loop.get_executor());
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  const TokenThread::Job job = [&]() -> Result<Bytes> {
    there = std::this_thread::get_id();
    return kResult;
  };
  CHECK(opened(loop, thread, job) == kResult);
  CHECK(there != here);
  CHECK(thread.sign(job) == kResult);
  const TokenThread::Job failing = []() -> Result<Bytes> {
    return fail(ErrorCode::tls_client_certificate_unusable, "test", "gone");
  };
  CHECK(opened(loop, thread, failing).error().detail == "gone");
  CHECK(thread.sign(failing).error().detail == "gone");
}

TEST_CASE("a token that hangs is given up, and others fail at once until it answers", "[UA-7]") {
  asio::io_context loop;
  const auto thread = std::make_unique<TokenThread>(loop.get_executor(), kShort);
  bool ran = false;
  const TokenThread::Job other = [&ran]() -> Result<Bytes> {
    ran = true;
    return kResult;
  };
  const Hanging first;
  SECTION("in a signature") {
    CHECK(is_no_answer(thread->sign(first.job)));
  }
  SECTION("when it is opened") {
    CHECK(is_no_answer(opened(loop, *thread, first.job)));
  }
  CHECK(is_no_answer(thread->sign(other)));
  CHECK(is_no_answer(opened(loop, *thread, other)));
  CHECK_FALSE(ran);
  first.end->set_value();
  // The thread comes back some time later.
  while (!thread->sign(other)) {
    std::this_thread::yield();
  }
  CHECK(ran);
}

TEST_CASE("a token that hangs outlives the thread's owner and the loop", "[UA-7]") {
  Hanging hanging;
  const std::weak_ptr held = hanging.end;
  {
    asio::io_context loop;
    TokenThread thread(loop.get_executor(), kShort);
    CHECK(is_no_answer(opened(loop, thread, std::exchange(hanging.job, nullptr))));
  }
  std::exchange(hanging.end, nullptr)->set_value();
  // Its thread lets go of it some time later.
  while (!held.expired()) {
    std::this_thread::yield();
  }
}
