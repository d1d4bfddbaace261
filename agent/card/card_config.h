// What the card service has to know.
#pragma once

#include "base/secret.h"
#include "isim/identity.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace ut::card {

struct CardConfig {
  // Shell patterns over reader names, tried in this order; "!PATTERN" excludes [IS-7].
  std::vector<std::string> reader_patterns{"*"};

  SecretBytes pin{};  // 4 to 8 decimal digits; empty: none is configured
  // Tells one source of the PIN from another (see pin_source_of), so that a corrected PIN is tried.
  std::string pin_source{};
  unsigned min_pin_tries = 2;  // VERIFY only when at least so many tries are left [IS-4]
  // Where a PIN that was sent and not accepted is remembered; empty: only in memory [IS-4].
  std::filesystem::path pin_latch_file{};

  // Keeps every other program from the reader while the card is in it [IS-8]. Otherwise the card is
  // shared, and reset after each VERIFY of ours.
  bool exclusive = false;

  // Be the terminal of the card's toolkit, which obeys REFRESH [KEY-3].
  bool toolkit = false;

  isim::ApplicationPolicy application{};  // which of the card's applications will do [IS-1]
  std::string iccid{};                    // of the only card that will do; empty: any

  // How long one operation on the card may take before its caller is told that the card is mute.
  std::chrono::milliseconds job_timeout{3000};
  // How long the card is trusted to be the same without being looked at, as it may be replaced
  // without any event when it dies under another program's command [IS-6]; 0: a look before each
  // use. In mode exclusive there is no need.
  std::chrono::milliseconds look_again{1000};
  // How long a request waits for a smart card service that did not answer a moment ago.
  std::chrono::milliseconds service_grace{500};
};

}  // namespace ut::card
