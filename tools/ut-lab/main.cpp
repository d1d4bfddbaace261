#include "base/cli/completion.h"
#include "base/log.h"
#include "tools/ut-lab/config.h"
#include "tools/ut-lab/control.h"
#include "tools/ut-lab/server.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

struct Options {
  std::string config_file;
  std::vector<std::string> nafs;
  std::vector<std::string> profiles;
  std::string bsf_name;
  std::string dir;
  std::uint16_t bsf_port = 0;
  std::uint16_t control_port = 0;
  std::int64_t key_lifetime = 0;
  std::string log_level = "info";
};

ut::Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) {
    return ut::fail(ut::ErrorCode::config_unreadable, "ut-lab", file);
  }
  return text;
}

ut::Result<ut::lab::Config> configure(const Options& options) {
  ut::lab::Config config;
  if (!options.config_file.empty()) {
    TRY(const auto text, read_file(options.config_file));
    TRY_VOID(ut::lab::apply_toml(config, text, options.config_file));
  }
  for (const auto& profile : options.profiles) {
    TRY(auto subscriber, ut::lab::subscriber_from_profile(profile));
    config.subscribers.push_back(std::move(subscriber));
  }
  for (const auto& naf : options.nafs) {
    config.nafs.push_back({.name = naf});
  }
  if (!options.bsf_name.empty()) {
    config.bsf.name = options.bsf_name;
  }
  if (options.bsf_port != 0) {
    config.bsf_port = options.bsf_port;
  }
  if (options.control_port != 0) {
    config.control_port = options.control_port;
  }
  if (options.key_lifetime != 0) {
    config.bsf.key_lifetime = std::chrono::seconds(options.key_lifetime);
  }
  TRY_VOID(ut::lab::complete(config));
  return config;
}

// A CA certificate as a file for clients; complete before anyone can see its name.
std::string write_ca(const std::string& dir, const std::string& name, const std::string& pem) {
  std::filesystem::create_directories(dir);
  const auto file = std::filesystem::absolute(dir) / name;
  const auto part = std::filesystem::absolute(dir) / (name + ".part");
  {
    std::ofstream out(part, std::ios::binary);
    out << pem;
    out.flush();
    if (!out) {
      throw std::runtime_error("cannot write " + part.string());
    }
  }
  std::filesystem::rename(part, file);
  return file.string();
}

ut::log::Level level_named(const std::string& name) {
  const std::vector<std::string> names = {"trace", "debug", "info", "warning", "error"};
  return static_cast<ut::log::Level>(std::find(names.begin(), names.end(), name) - names.begin());
}

int run(const Options& options) {
  ut::log::set_level(level_named(options.log_level));
  auto config = configure(options);
  if (!config) {
    std::cerr << "ut-lab: " << ut::to_text(config.error()) << '\n';
    return 1;
  }
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) {
      io.stop();
    }
  });
  const ut::lab::Server server(io, std::move(*config));
  const std::string ca_file = write_ca(options.dir, "ca.pem", server.ca_pem());
  const std::string subscriber_ca_file =
      write_ca(options.dir, "subscriber-ca.pem", server.subscriber_ca_pem());
  std::cout << server.describe(ca_file, subscriber_ca_file) << std::endl;
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "An operator for demonstrations and tests: HSS, BSF, NAFs with TLS and an XCAP store,\n"
      "Authentication Proxies. Prints where everything is as one line of JSON, then serves until "
      "SIGTERM.\n"
      "Listens on 127.0.0.1 only.",
      "ut-lab"};
  app.footer("Control endpoint:\n" + ut::lab::control_help());
  app.add_option("--config", options.config_file, "TOML file (see README.md)");
  app.add_option("--subscriber-from-profile", options.profiles,
                 "card profile of soft-isim: one more subscriber");
  app.add_option("--naf", options.nafs, "host name of one more NAF");
  app.add_option("--bsf-name", options.bsf_name, "the BSF's FQDN");
  app.add_option("--dir", options.dir, "where ca.pem and subscriber-ca.pem are written")
      ->required();
  app.add_option("--bsf-port", options.bsf_port, "0: chosen by the system");
  app.add_option("--control-port", options.control_port, "0: chosen by the system");
  app.add_option("--key-lifetime", options.key_lifetime, "seconds")->check(CLI::PositiveNumber);
  app.add_option("--log-level", options.log_level)
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}));
  ut::cli::add_completion_option(app);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::cerr << "ut-lab: " << problem.what() << '\n';
    return 1;
  }
}
