// soft-isim: software UICCs that join pcscd through the vpcd reader.
#include "base/cli/completion.h"
#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/secret.h"
#include "isim/soft/card_profile.h"
#include "tools/soft-isim/card_slot.h"
#include "tools/soft-isim/control.h"
#include "tools/soft-isim/control_commands.h"
#include "tools/soft-isim/control_socket.h"
#include "tools/soft-isim/vpcd_link.h"

#include <CLI/CLI.hpp>

#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

constexpr const char* kDescription =
    R"(A software UICC with ISIM and USIM. It joins pcscd as a card in the virtual reader
of vsmartcard-vpcd, so that every PC/SC program can use it.)";

constexpr const char* kFooter = R"(
Prints "ready" when the readers have all cards, and what each AUTHENTICATE came to on
standard error. Reconnects for ever; SIGTERM ends it with status 0. A profile holds K and
must have mode 0600. Updated files last as long as the process; sequence numbers are
kept in the file that the profile names, PIN tries and changed PINs too where it names one.

--profile given several times puts a card into each of several readers: the n-th card
connects to --port plus n - 1. --control makes a socket for faults on command.

Example:
  soft-isim --print-example-profile > card.toml && chmod 600 card.toml
  pcscd -f &            # with the vpcd reader: apt install pcscd vsmartcard-vpcd
  soft-isim --profile card.toml --control card.sock &
  opensc-tool --list-readers
  soft-isim control --socket card.sock status-word --sw 6F00 --ins 88 --count 1)";

struct Options {
  std::vector<std::string> profiles;
  std::string host = "127.0.0.1";
  unsigned port = 35963;
  std::string control;
  std::string level = "info";
  bool check = false;
  std::string print_example;
};

int report(const Error& error) {
  std::cerr << "soft-isim: " << to_text(error) << '\n';
  return 1;
}

std::string_view text_of(AuthenticateEvent event) {
  switch (event) {
    case AuthenticateEvent::success:
      return "success";
    case AuthenticateEvent::synchronisation_failure:
      return "synchronisation failure (AUTS)";
    case AuthenticateEvent::mac_failure:
      return "MAC failure (9862)";
    case AuthenticateEvent::gsm_success:
      return "success (GSM context)";
    case AuthenticateEvent::gba_bootstrapped:
      return "success (GBA bootstrapping)";
    case AuthenticateEvent::gba_naf_derived:
      return "success (GBA NAF derivation)";
    case AuthenticateEvent::gba_not_bootstrapped:
      return "no Ks or no B-TID for NAF derivation (6985)";
    case AuthenticateEvent::gba_no_room:
      return "NAF_Id and B-TID do not fit into EF_GBANL (9866)";
    case AuthenticateEvent::http_digest_success:
      return "success (HTTP Digest context)";
    case AuthenticateEvent::context_unsupported:
      return "context not supported (9864)";
    case AuthenticateEvent::store_failure:
      return "sequence number not stored (6581)";
  }
  return {};
}

std::string_view text_of(Application application) {
  switch (application) {
    case Application::isim:
      return "ISIM";
    case Application::usim:
      return "USIM";
  }
  return {};
}

AuthenticateObserver log_of(unsigned card) {
  return [card](Application application, AuthenticateEvent event) {
    log::info("card.authenticate",
              {{"card", card}, {"application", text_of(application)}, {"outcome", text_of(event)}});
  };
}

// Readable once SIGTERM or SIGINT came.
FileDescriptor stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
}

Result<std::vector<std::unique_ptr<CardSlot>>> load_slots(const Options& options) {
  std::vector<std::unique_ptr<CardSlot>> slots;
  std::vector<CardSlot*> so_far;
  for (const auto& profile : options.profiles) {
    const auto number = static_cast<unsigned>(slots.size() + 1);
    TRY(auto card, load_slot_card(profile, log_of(number)));
    TRY_VOID(check_sqn_file(so_far, card->sqn_file, number));
    slots.push_back(std::make_unique<CardSlot>(std::move(card), number));
    so_far.push_back(slots.back().get());
  }
  return slots;
}

// Says "ready" once every card has been in its reader.
class Readiness {
 public:
  explicit Readiness(std::size_t cards) : cards_(cards) {}
  void connected(unsigned card) {
    const std::lock_guard lock(mutex_);
    if (seen_.insert(card).second && seen_.size() == cards_) {
      std::cout << "ready" << std::endl;
    }
  }

 private:
  const std::size_t cards_;
  std::mutex mutex_{};
  std::set<unsigned> seen_{};
};

Result<void> run(const Options& options) {
  TRY_VOID(locked_memory::require());
  TRY_VOID(forbid_core_dumps());
  TRY(const auto slots, load_slots(options));
  if (options.check) {
    std::cout << "ok\n";
    return {};
  }
  const auto stop = stop_signals();  // before the threads, which inherit the mask
  std::optional<ControlSocket> socket;
  if (!options.control.empty()) {
    TRY(auto listening, ControlSocket::listen(options.control));
    socket.emplace(std::move(listening));
  }
  Readiness readiness(slots.size());
  std::vector<CardSlot*> all;
  std::vector<std::jthread> links;
  for (const auto& slot : slots) {
    all.push_back(slot.get());
    const auto port = std::to_string(options.port + slot->number() - 1);
    links.emplace_back([&readiness, &options, &stop, slot = slot.get(), port] {
      run_vpcd_link({options.host, port}, *slot, stop.get(),
                    [&readiness, slot] { readiness.connected(slot->number()); });
    });
  }
  if (socket) {
    const Control control(all, [](const std::string& profile, unsigned number) {
      return load_slot_card(profile, log_of(number));
    });
    socket->serve([&control](std::string_view line) { return control.answer(line); }, stop.get());
  }
  links.clear();  // they end by the same signal
  log::info("card.stopped");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(kDescription, "soft-isim");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  auto* profile = app.add_option("--profile", options.profiles,
                                 "TOML file that makes a card; may be given several times")
                      ->allow_extra_args(false);
  app.add_option("--host", options.host, "where vpcd listens")->capture_default_str();
  app.add_option("--port", options.port, "vpcd's port: 35963 is its first reader's")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  app.add_option("--control", options.control, "Unix socket to make for soft-isim control");
  app.add_option("--log-level", options.level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--check", options.check, "check the profile and its sequence file, then end");
  auto* example = app.add_option("--print-example-profile", options.print_example,
                                 "print a profile with comments, then end; full: with every file")
                      ->check(CLI::IsMember({"simple", "full"}))
                      ->expected(0, 1)
                      ->default_str("simple");
  profile->excludes(example);
  const ControlCommands control(app);
  cli::add_completion_option(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  if (control.chosen()) {
    return control.run();
  }
  if (example->count() != 0) {
    if (options.print_example == "full") {
      std::cout << full_card_profile();
    } else {
      std::cout << example_card_profile();
    }
    return 0;
  }
  if (options.profiles.empty()) {
    std::cerr << "soft-isim: --profile is missing; see --help\n";
    return 2;
  }
  if (options.port + options.profiles.size() - 1 > 65535) {
    std::cerr << "soft-isim: so many cards need ports above 65535; take a lower --port\n";
    return 2;
  }
  log::set_level(options.level == "debug"     ? log::Level::debug
                 : options.level == "warning" ? log::Level::warning
                 : options.level == "error"   ? log::Level::error
                                              : log::Level::info);
  const auto result = run(options);
  return result ? 0 : report(result.error());
}
