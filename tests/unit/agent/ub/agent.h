// The agent's side of Ub whole: association manager, card and BSF, all but the first fakes.
#pragma once

#include "agent/ub/association_manager.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_bsf.h"
#include "tests/support/fake_ports.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ut::test {

using Answer = std::optional<Result<ports::Association>>;

struct Agent {
  boost::asio::io_context io;
  FakeClock clock;
  FakeRandom random;
  FakeCardService card;
  FakeBsf bsf;
  FakeHttpClient http{io, [this](const ub::HttpRequest& request) {
                        return bsf.answer(as_text(request.authorization.expose()));
                      }};
  ub::UbConfig config;
  ub::AssociationManager manager;
  std::vector<std::string> gone;

  explicit Agent(ub::UbConfig with = {})
      : config(std::move(with)), manager(io.get_executor(), config, card, http, clock, random) {
    log::set_level(log::Level::error);
    manager.on_association_gone([this](const std::string& b_tid) { gone.push_back(b_tid); });
  }
  Result<ports::Association> obtain() { return run(io, manager.obtain()); }
  Result<ports::Association> renegotiate(ports::Association used) {
    return run(io, manager.renegotiate(std::move(used)));
  }
  // Lets everything happen that can happen now.
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }
  void ask(Answer& answer) {
    boost::asio::co_spawn(
        io, manager.obtain(),
        [&answer](std::exception_ptr, Result<ports::Association> got) { answer = std::move(got); });
  }
  ErrorCode error() {
    const auto result = obtain();
    REQUIRE_FALSE(result);
    return result.error().code;
  }
};

}  // namespace ut::test
