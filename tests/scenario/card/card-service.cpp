// Drives the card service by commands on standard input, for tests/scenario/card/run.
//   N subscriber        -> "N subscriber EPOCH IMPI" or "N error CODE MILLISECONDS"
//   N auth RAND AUTN    -> "N auth OUTCOME" or "N error CODE MILLISECONDS"; for the last subscriber
//   N status            -> "N status STATE"
//   N quit
// and says "gone EPOCH" when the epoch ends.
#include "agent/card/card_service.h"
#include "base/encoding.h"
#include "base/log.h"
#include "isim/identity.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

namespace {

using namespace ut;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Command {
  std::string number;
  std::string verb;
  std::string rand;
  std::string autn;
};

struct Outcome {
  const char* operator()(const isim::AkaSuccess&) const { return "success"; }
  const char* operator()(const isim::AkaSynchronisationFailure&) const {
    return "synchronisation-failure";
  }
  const char* operator()(const isim::AkaMacFailure&) const { return "mac-failure"; }
};

void say_error(const Command& command, const Error& error, Clock::time_point started) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
  std::cout << command.number << " error " << name(error.code) << " " << took.count() << std::endl;
}

struct Driver {
  card::CardService* service = nullptr;
  std::optional<ports::Subscriber> subscriber{};
};

asio::awaitable<void> run(Driver& driver, Command command) {
  const auto started = Clock::now();
  if (command.verb == "subscriber") {
    auto got = co_await driver.service->subscriber();
    if (!got) {
      say_error(command, got.error(), started);
      co_return;
    }
    driver.subscriber = *got;
    std::cout << command.number << " subscriber " << got->epoch << " " << got->identity->impi
              << std::endl;
  } else if (command.verb == "auth" && driver.subscriber) {
    const auto rand = isim::Rand::from(from_hex(command.rand).value_or(Bytes{}));
    const auto autn = isim::Autn::from(from_hex(command.autn).value_or(Bytes{}));
    if (!rand || !autn) {
      std::cout << command.number << " error input-malformed 0" << std::endl;
      co_return;
    }
    auto got = co_await driver.service->authenticate(*driver.subscriber, *rand, *autn);
    if (!got) {
      say_error(command, got.error(), started);
      co_return;
    }
    std::cout << command.number << " auth " << std::visit(Outcome{}, *got) << std::endl;
  } else {
    std::cout << command.number << " status " << card::name(driver.service->status().state)
              << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  log::set_level(log::Level::debug);
  card::CardConfig config;
  config.reader_patterns = {"Virtual PCD 00 0?"};
  if (argc > 1) {
    config.pin = SecretBytes::copy_of(as_bytes(argv[1]));  // a test's PIN
  }
  asio::io_context loop;
  auto work = asio::make_work_guard(loop);
  auto source = card::pcsc_source(config);
  std::optional<card::CardService> service(std::in_place, loop.get_executor(), std::move(config),
                                           std::move(source));
  Driver driver{&*service};
  service->on_subscriber_gone(
      [](std::uint64_t epoch) { std::cout << "gone " << epoch << std::endl; });

  std::thread input([&] {
    std::string line;
    while (std::getline(std::cin, line)) {
      Command command;
      std::istringstream(line) >> command.number >> command.verb >> command.rand >> command.autn;
      if (command.verb == "quit") {
        break;
      }
      asio::post(loop, [&loop, &driver, command] {
        asio::co_spawn(loop, run(driver, command), asio::detached);
      });
    }
    asio::post(loop, [&] {
      service.reset();
      work.reset();
    });
  });
  loop.run();
  input.join();
  std::cout << "ended" << std::endl;
}
