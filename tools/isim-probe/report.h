// What isim-probe found, and how it is shown: as text for people, as JSON for programs.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/reader_watch.h"
#include "tools/isim-probe/key_file.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::probe {

enum class Format : std::uint8_t { text, json };

// Exit statuses, documented in --help.
enum class Exit : int {
  done = 0,
  other = 1,
  usage = 2,
  no_card = 3,  // no smart card service, reader or card
  pin = 4,
  card = 5,  // the card failed, refused or has no ISIM
  synchronisation_failure = 6,
  mac_failure = 7,
  wrong_response = 8,  // the card's answer is not what the keys given make of the challenge
};
Exit exit_of(const Error& error);

// What the card can be used for, as its service table tells (TS 31.103 clause 4.2.7).
struct Abilities {
  bool gba_me = false;       // IMS AKA: every ISIM or USIM
  bool gba_u = false;        // the GBA context: Ks stays on the card
  bool http_digest = false;  // the HTTP Digest context
  bool operator==(const Abilities&) const = default;
};

struct Stats {
  std::size_t commands = 0;  // command APDUs, from opening to closing the session
  std::size_t files = 0;     // elementary files read
};

struct CardReport {
  std::string reader;
  Bytes atr{};
  isim::CardProtocol protocol = isim::CardProtocol::t1;
  std::string iccid{};
  std::vector<isim::ApplicationRecord> applications{};
  std::optional<isim::PinState> pin{};  // of the application; nullopt when there is none
  std::optional<isim::Identity> identity{};
  std::optional<Abilities> abilities{};
  std::optional<Stats> stats{};
  std::optional<Error> failure{};  // why the rest is missing
};

struct AuthReport {
  std::string reader;
  isim::AkaOutcome outcome;
  std::optional<KeyCheck> check{};  // for a challenge made with keys of our own
};

// What a card or reader says may hold control characters, which a terminal would obey: as '?'.
std::string printable(std::string_view text);

std::string show(const isim::ReaderPicture& picture, Format format);
std::string show(const CardReport& report, Format format);
// In locked memory, as it holds RES, CK and IK when `secrets` says so; else their lengths only.
SecretBytes show(const AuthReport& report, Format format, bool secrets);

// For standard output in JSON, for standard error in text.
std::string show(const Error& error, Format format);

Exit exit_of(const CardReport& report);
Exit exit_of(const AuthReport& report);

}  // namespace ut::probe
