// The configuration file of ut-agent: TOML in, the settings of every part out.
#pragma once

#include "agent/control/service.h"
#include "agent/daemon/log_format.h"
#include "agent/daemon/sandbox.h"
#include "agent/local/config.h"
#include "agent/ua/config.h"
#include "agent/ub/config.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/result.h"
#include "tls/trust_files.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

struct CardSettings {
  // Glob patterns of reader names, in order of preference; "!PATTERN" excludes.
  std::vector<std::string> readers{"*"};
  bool toolkit = false;          // be the terminal of the card's toolkit, for REFRESH [KEY-3]
  bool exclusive = false;        // keep other programs from the reader [IS-8]
  std::string pin_file{};        // empty: no PIN is ever sent, unless there is a credential
  std::string pin_credential{};  // a systemd credential's name, instead of a file
  // Where a PIN that was not accepted is remembered, so that no restart blocks a card [IS-4].
  std::string pin_latch_file{"/var/lib/ut-agent/pin-latch"};
  unsigned min_pin_tries = 2;
  // Which of the cards, and which of their applications [IS-7]; empty: the first that will do.
  std::string iccid{};
  std::string impi{};
  Bytes aid{};              // what the AID begins with
  bool allow_usim = false;  // [IS-1]
  // Of an IMSI whose card does not tell it: 2 or 3 digits.
  std::optional<std::uint8_t> mnc_length{};
  std::chrono::seconds timeout{3};     // for one operation of the card
  std::chrono::seconds look_again{1};  // 0: the card is looked at before each request [IS-6]
};

// One subscriber: his card, and the BSF of his home network.
struct SubscriberSettings {
  std::string name = "default";
  CardSettings card{};
  ub::UbConfig ub{};
  std::string xcap_root{};  // empty: that of the card, or of TS 23.003 [XC-1]
};

struct AgentConfig {
  std::string path{};  // of the file that it was read from, and what stood there; empty: none
  std::string text{};
  log::Level log_level = log::Level::info;
  bool personal_data = false;
  LogFormat log_format = LogFormat::automatic;
  bool audit = true;  // records of every use of a key
  // One at least; the first acts where nobody else is named.
  std::vector<SubscriberSettings> subscribers{SubscriberSettings{}};
  ua::UaConfig ua{};
  tls::TrustPaths trust{};
  local::LocalConfig local{};
  control::ControlConfig control{};
  SandboxSettings sandbox{};
  std::string token_file{};       // of the tokens that utctl makes; empty: there are none
  std::chrono::seconds drain{5};  // for running requests after SIGTERM
};

// What `plain_http = true` of a NAF is to the program that reads it [UA-10].
enum class PlainHttpSetting : std::uint8_t {
  refused,  // an error: it speaks TLS only
  taken,    // it can do it, or speaks with no NAF
};

// Reads a configuration. config_syntax with the line, or config_invalid whose detail lists every
// semantic error, one a line.
Result<AgentConfig> parse_config(std::string_view text,
                                 PlainHttpSetting plain_http = PlainHttpSetting::refused);

// The same from a file; config_unreadable.
Result<AgentConfig> load_config(const std::string& path,
                                PlainHttpSetting plain_http = PlainHttpSetting::refused);

// Every setting with its default and a comment; parses to a configuration of defaults.
std::string_view default_config_text();

}  // namespace ut::daemon
