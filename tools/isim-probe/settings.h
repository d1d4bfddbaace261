// What is set on the command line for every command, or for all that use a card.
#pragma once

#include "tools/isim-probe/report.h"

#include <CLI/CLI.hpp>

#include <string>

namespace ut::probe {

struct Settings {
  std::string reader = "*";  // shell pattern
  bool json = false;
  std::string colour = "auto";  // or "always", "never"
  std::string pcap{};           // file; empty: none
  std::string pin_file{};
  bool ask_pin = false;
  unsigned min_pin_tries = 2;
  bool usim = false;
  bool basic_channel = false;
  bool show_secrets = false;

  Format format() const { return json ? Format::json : Format::text; }
};

// --reader, --json, --color, --pcap: of the program, before or after the command.
void add_common_options(CLI::App& app, Settings& settings);

// --pin-file, --ask-pin, --min-pin-tries, --usim, --basic-channel: of a command that uses a card.
void add_card_options(CLI::App& command, Settings& settings);

// Those of them that do not say where the PIN comes from.
void add_session_options(CLI::App& command, Settings& settings);

// --show-secrets; `what` says what is shown then.
void add_show_secrets(CLI::App& command, Settings& settings, const std::string& what);

}  // namespace ut::probe
