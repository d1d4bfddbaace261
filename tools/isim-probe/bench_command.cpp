// bench: how long commands take on this card and reader.
#include "base/random.h"
#include "isim/aka.h"
#include "tools/isim-probe/commands.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ut::probe {
namespace {

using Clock = std::chrono::steady_clock;

struct Series {
  std::string_view name;
  std::vector<std::uint64_t> microseconds{};

  // The smallest value that `percent` of all do not exceed.
  std::uint64_t percentile(unsigned percent) const {
    const std::size_t rank = (microseconds.size() * percent + 99) / 100;
    return microseconds.at(std::max<std::size_t>(rank, 1) - 1);
  }
};

Result<void> measure(Series& series, unsigned rounds, const std::function<Result<void>()>& use) {
  for (unsigned round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    TRY_VOID(use());
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    series.microseconds.push_back(static_cast<std::uint64_t>(took));
  }
  std::ranges::sort(series.microseconds);
  return {};
}

// A challenge that nobody's key made: the card computes and answers 9862.
Result<void> wrong_mac(isim::CardSession& session) {
  SystemRandom random;
  isim::Rand rand;
  isim::Autn autn;
  random.fill(rand.mutable_view());
  random.fill(autn.mutable_view());
  TRY_VOID(isim::authenticate(session, rand, autn));
  return {};
}

Result<std::vector<Series>> bench(isim::CardSession& session, const Context& context,
                                  unsigned rounds, bool authenticate) {
  std::vector<Series> all;
  const auto run = [&](std::string_view name, const std::function<Result<void>()>& use) {
    all.push_back({name});
    return measure(all.back(), rounds, use);
  };
  TRY_VOID(run("select", [&]() -> Result<void> {
    TRY_VOID(session.select_file(isim::kMf));
    return {};
  }));
  TRY_VOID(run("read-binary", [&]() -> Result<void> {
    TRY_VOID(session.read_binary_sfi(0x02));  // EF_ICCID
    return {};
  }));
  TRY_VOID(run("status", [&]() -> Result<void> {
    TRY_VOID(session.exchange({0x80, 0xf2, 0x00, 0x0c, {}, {}}));
    return {};
  }));
  if (authenticate) {
    TRY_VOID(isim::select_subscriber_application(session, context.policy()));
    // The PIN is verified here, outside of what is measured.
    TRY_VOID(wrong_mac(session));
    TRY_VOID(run("authenticate-wrong-mac", [&] { return wrong_mac(session); }));
  }
  return all;
}

std::string show(const std::string& reader, const std::vector<Series>& all, Format format) {
  if (format == Format::json) {
    nlohmann::json commands = nlohmann::json::array();
    for (const Series& series : all) {
      commands.push_back({{"command", series.name},
                          {"rounds", series.microseconds.size()},
                          {"p50_us", series.percentile(50)},
                          {"p95_us", series.percentile(95)},
                          {"max_us", series.microseconds.back()}});
    }
    return nlohmann::json{{"reader", reader}, {"commands", std::move(commands)}}.dump(
               2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
  }
  const auto column = [](std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
  };
  std::string text = "reader        " + printable(reader) + "\n" + column("microseconds", 24) +
                     column("p50", 10) + column("p95", 10) + "max\n";
  for (const Series& series : all) {
    text += column(std::string(series.name), 24) +
            column(std::to_string(series.percentile(50)), 10) +
            column(std::to_string(series.percentile(95)), 10) +
            std::to_string(series.microseconds.back()) + "\n";
  }
  return text;
}

struct Options {
  unsigned rounds = 50;
  bool no_auth = false;
};

}  // namespace

Run add_bench(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  add_card_options(app, settings);
  app.add_option("--rounds", options->rounds, "how often each command is sent")
      ->type_name("N")
      ->check(CLI::Range(1U, 100000U).description(""))
      ->capture_default_str();
  app.add_flag("--no-auth", options->no_auth, "leave AUTHENTICATE out, and with it the PIN");
  return [options](const Context& context) -> Result<Exit> {
    TRY_VOID(
        context.on_card([&](const std::string& reader, isim::CardSession& session) -> Result<void> {
          TRY(const auto all, bench(session, context, options->rounds, !options->no_auth));
          context.print(show(reader, all, context.settings.format()));
          return {};
        }));
    return Exit::done;
  };
}

}  // namespace ut::probe
