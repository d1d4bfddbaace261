// soft-isim: a software UICC that joins pcscd through the vpcd reader.
#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/secret.h"
#include "isim/soft/card_profile.h"
#include "isim/soft/sqn_file.h"
#include "isim/soft/uicc.h"
#include "tools/soft-isim/vpcd_link.h"

#include <CLI/CLI.hpp>

#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

namespace {

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

constexpr const char* kDescription =
    R"(A software UICC with ISIM and USIM. It joins pcscd as a card in the virtual reader
of vsmartcard-vpcd, so that every PC/SC program can use it.)";

constexpr const char* kFooter = R"(
Prints "ready" when the reader has it, and what each AUTHENTICATE came to on standard
error. Reconnects for ever; SIGTERM ends it with status 0. The profile holds K and must
have mode 0600. Updated files last as long as the process; sequence numbers are kept in
the file that the profile names, PIN tries and changed PINs too where it names one.

Example:
  soft-isim --print-example-profile > card.toml && chmod 600 card.toml
  pcscd -f &            # with the vpcd reader: apt install pcscd vsmartcard-vpcd
  soft-isim --profile card.toml &
  opensc-tool --list-readers)";

struct Options {
  std::string profile;
  std::string host = "127.0.0.1";
  std::string port = "35963";
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

void log_authenticate(Application application, AuthenticateEvent event) {
  log::info("card.authenticate",
            {{"application", text_of(application)}, {"outcome", text_of(event)}});
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

Result<void> run(const Options& options) {
  TRY_VOID(locked_memory::require());
  TRY_VOID(forbid_core_dumps());
  TRY(auto profile, load_card_profile(options.profile));
  SqnFile sqn_file(profile.sqn_file);
  TRY(const auto sqns,
      sqn_file.load(SqnArray::used_up_to(profile.sqn_start, profile.sqn_age_limit)));
  Uicc uicc(std::move(profile), sqns, sqn_file, log_authenticate);
  TRY_VOID(uicc.keep_pins());
  if (options.check) {
    std::cout << "ok\n";
    return {};
  }
  const auto stop = stop_signals();
  bool said_ready = false;
  run_vpcd_link({options.host, options.port}, uicc, stop.get(), [&said_ready] {
    if (!said_ready) {
      said_ready = true;
      std::cout << "ready" << std::endl;
    }
  });
  log::info("card.stopped");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(kDescription, "soft-isim");
  app.footer(kFooter);
  auto* profile = app.add_option("--profile", options.profile, "TOML file that makes the card");
  app.add_option("--host", options.host, "where vpcd listens")->capture_default_str();
  app.add_option("--port", options.port, "vpcd's port: 35963 is its first reader's")
      ->capture_default_str();
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
  CLI11_PARSE(app, argc, argv);

  if (example->count() != 0) {
    if (options.print_example == "full") {
      std::cout << full_card_profile();
    } else {
      std::cout << example_card_profile();
    }
    return 0;
  }
  if (options.profile.empty()) {
    std::cerr << "soft-isim: --profile is missing; see --help\n";
    return 2;
  }
  log::set_level(options.level == "debug"     ? log::Level::debug
                 : options.level == "warning" ? log::Level::warning
                 : options.level == "error"   ? log::Level::error
                                              : log::Level::info);
  const auto result = run(options);
  return result ? 0 : report(result.error());
}
