#include "tools/isim-probe/settings.h"

namespace ut::probe {

void add_common_options(CLI::App& app, Settings& settings) {
  app.add_option("--reader", settings.reader, "shell pattern over reader names")
      ->type_name("PATTERN")
      ->capture_default_str();
  app.add_flag("--json", settings.json, "JSON on standard output, errors too");
  app.add_option("--color,--colour", settings.colour,
                 "auto (on a terminal without NO_COLOR), always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--pcap", settings.pcap, "write the exchanges, masked, for Wireshark (GSMTAP)")
      ->type_name("FILE");
}

void add_card_options(CLI::App& command, Settings& settings) {
  auto* file =
      command
          .add_option("--pin-file", settings.pin_file, "file with the PIN in its first line, 0600")
          ->type_name("FILE");
  command.add_flag("--ask-pin", settings.ask_pin, "ask for the PIN on the terminal")
      ->excludes(file);
  add_session_options(command, settings);
}

void add_session_options(CLI::App& command, Settings& settings) {
  command
      .add_option("--min-pin-tries", settings.min_pin_tries,
                  "send the PIN only when so many tries are left")
      ->type_name("N")
      ->check(CLI::Range(1U, 15U).description(""))
      ->capture_default_str();
  command.add_flag("--usim", settings.usim, "use the USIM on a card without ISIM");
  command.add_flag("--basic-channel", settings.basic_channel, "open no logical channel");
}

void add_show_secrets(CLI::App& command, Settings& settings, const std::string& what) {
  command.add_flag("--show-secrets", settings.show_secrets, "show " + what);
}

}  // namespace ut::probe
