// The thread on which tokens are used, since PKCS #11 blocks and knows no times. One for all tokens
// of the process, so two never log in at once [UA-7].
#pragma once

#include "agent/card/card_thread.h"
#include "agent/ports.h"
#include "base/bytes.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace ut::token {

// How long somebody waits for the token; `sign` is for how long the loop may stand still.
struct TokenTimes {
  std::chrono::milliseconds open{15'000};
  std::chrono::milliseconds sign{3'000};
};

class TokenThread {
 public:
  // What it uses it must own: a token that hangs outlives everything.
  using Job = std::function<Result<Bytes>()>;

  explicit TokenThread(boost::asio::any_io_executor loop, TokenTimes times = {});
  // A job that hangs is left behind.
  ~TokenThread();
  TokenThread(const TokenThread&) = delete;
  TokenThread& operator=(const TokenThread&) = delete;

  // The result of the job, or tls_client_certificate_unusable when it is not there in time. While a
  // job that was given up still runs every other one fails at once.
  ports::Task<Result<Bytes>> open(Job job);
  // The same, but the caller, who is on the loop, stands still until then.
  Result<Bytes> sign(Job job);

 private:
  struct State;

  boost::asio::any_io_executor loop_;
  TokenTimes times_;
  std::shared_ptr<State> state_;
  card::CardThread thread_{};
};

}  // namespace ut::token
