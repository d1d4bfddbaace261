// ut-agent: the command line. Everything else is agent/daemon.

#include "agent/daemon/agent.h"
#include "agent/daemon/config.h"
#include "agent/daemon/descriptors.h"
#include "agent/daemon/passed_sockets.h"
#include "agent/daemon/plain_http.h"
#include "agent/daemon/sandbox_needs.h"
#include "base/cli/completion.h"
#include "base/locked_memory_room.h"
#include "base/log.h"
#include "base/secret.h"
#include "tls/context.h"
#include "tls/profile.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace {

using ut::daemon::AgentConfig;

// The one place that a build for conformance tests differs in [UA-10].
#ifdef UT_PLAIN_HTTP
constexpr ut::daemon::PlainHttp kPlainHttp = ut::daemon::with_plain_http;
constexpr auto kPlainHttpSetting = ut::daemon::PlainHttpSetting::taken;
constexpr const char* kVersion =
    "ut-agent " UT_VERSION " with plain http: for conformance tests, not for subscribers";
#else
constexpr ut::daemon::PlainHttp kPlainHttp = nullptr;
constexpr auto kPlainHttpSetting = ut::daemon::PlainHttpSetting::refused;
constexpr const char* kVersion = "ut-agent " UT_VERSION;
#endif

// Exit codes, documented in --help.
enum Exit : int { ok = 0, failed = 1, usage = 2, bad_configuration = 3 };

constexpr const char* kFooter =
    R"(Exit status: 0 stopped by SIGTERM or SIGINT, 1 could not run, 2 wrong command line, 3 wrong configuration.

Examples:
  ut-agent --print-default-config > /etc/ut-agent/ut-agent.toml
  ut-agent --config /etc/ut-agent/ut-agent.toml --check-config
  ut-agent --config /etc/ut-agent/ut-agent.toml
  curl --unix-socket /run/ut-agent/ut.sock http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index
  curl --unix-socket /run/ut-agent/ut.sock http://ut-agent/keys -d '{"naf": "kms.home1.net", "ua_protocol_id": "0100000006"}'
  utctl status
)";

// What the TLS library takes once, and a few connections (tls/README.md).
constexpr std::size_t kLeastLockedMemory = 4 * 1024 * 1024;

struct Options {
  std::string config = "/etc/ut-agent/ut-agent.toml";
  std::string log_level;
  bool check_config = false;
  bool print_default_config = false;
  bool print_tls_profile = false;
};

int report(const ut::Error& error, Exit code) {
  std::cerr << "ut-agent: " << ut::to_text(error) << '\n';
  return code;
}

int serve(AgentConfig config) {
  // Before anything secret exists.
  if (auto ready = ut::forbid_core_dumps(); !ready) {
    return report(ready.error(), failed);
  }
  if (auto ready = ut::locked_memory::require_room(kLeastLockedMemory); !ready) {
    return report(ready.error(), failed);
  }
  if (auto ready = ut::tls::start_library(); !ready) {
    return report(ready.error(), failed);
  }
  ut::daemon::raise_descriptor_limit();
  if (auto fits = ut::daemon::fit_connections(config, ut::daemon::descriptor_limit()); !fits) {
    return report(fits.error(), failed);
  }
  // Before there is another thread, which would stay outside.
  if (auto shut = ut::daemon::enter_sandbox(config.sandbox.mode, ut::daemon::sandbox_needs(config));
      !shut) {
    return report(shut.error(), failed);
  }
  // One thread touches sockets and timers; others only post to it.
  boost::asio::io_context loop(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  auto agent = ut::daemon::Agent::create(loop, std::move(config), kPlainHttp);
  if (!agent) {
    return report(agent.error(), failed);
  }
  (*agent)->run();
  return ok;
}

int run(const Options& options) {
  if (options.print_default_config) {
    std::cout << ut::daemon::default_config_text();
    return ok;
  }
  if (options.print_tls_profile) {
    std::cout << ut::tls::print_all();
    return ok;
  }
  auto config = ut::daemon::load_config(options.config, kPlainHttpSetting);
  if (!config) {
    return report(config.error(), bad_configuration);
  }
  if (options.check_config) {
    std::cout << options.config << " is a good configuration\n";
    return ok;
  }
  if (!options.log_level.empty()) {
    config->log_level = *ut::log::level_named(options.log_level);
  }
  ut::log::set_level(config->log_level);
  ut::log::set_audit(config->audit);
  ut::daemon::use_log_format(config->log_format);
  ut::log::show_personal_data(config->personal_data);
  const auto passed = ut::daemon::passed_sockets();
  if (!passed) {
    return report(passed.error(), failed);
  }
  if (auto taken = ut::daemon::take_passed_sockets(*passed, config->local); !taken) {
    return report(taken.error(), bad_configuration);
  }
  return serve(*std::move(config));
}

// The exit status when the command line was all there was to do, or wrong. The parser's memory goes
// with it.
std::optional<int> parse(int argc, char** argv, Options& options) {
  CLI::App app{
      "Terminal security agent for the 3GPP Ut interface: local applications make plain HTTP "
      "requests "
      "on its socket, which leave as TLS-protected requests authenticated by the ISIM.",
      "ut-agent"};
  app.set_version_flag("--version", kVersion);
  app.footer(kFooter);
  app.add_option("--config", options.config, "Configuration file")->capture_default_str();
  app.add_option("--log-level", options.log_level, "Overrides log.level of the configuration")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}));
  app.add_flag("--check-config", options.check_config,
               "Check the configuration, print all that is wrong with it, and end");
  app.add_flag("--print-default-config", options.print_default_config,
               "Print every setting with its default, and end");
  app.add_flag("--print-tls-profile", options.print_tls_profile,
               "Print what TLS may negotiate with a NAF, and end");
  ut::cli::add_completion_option(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ok : usage;
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto ended = parse(argc, argv, options)) {
    return *ended;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "ut-agent: " << error.what() << '\n';
    return failed;
  }
}
