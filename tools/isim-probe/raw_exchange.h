// Command APDUs as somebody typed them: what may be sent, and what comes back.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/apdu.h"
#include "isim/card_transport.h"
#include "tools/isim-probe/masker.h"

#include <optional>
#include <string_view>

namespace ut::probe {

// Hexadecimal digits with spaces and colons between octets; nullopt for anything else. In locked
// memory, as a PIN may be in it.
std::optional<SecretBytes> octets_of(std::string_view text);

// VERIFY, CHANGE, DISABLE, ENABLE or UNBLOCK PIN with more than its header: it may spend a try.
bool spends_try(ByteView command_apdu);

struct RawAnswer {
  SecretBytes command{};  // as it may be shown
  SecretBytes data{};     // as it may be shown
  bool hidden = false;    // something may not be shown
  isim::StatusWord sw = 0;
};

class RawExchange {
 public:
  struct Options {
    bool plain = false;               // 61xx and 6Cxx are handed over as they are
    bool allow_pin_commands = false;  // those that may spend a try
    bool show_secrets = false;
  };
  RawExchange(isim::CardTransport& transport, Options options)
      : transport_(transport),
        options_(options),
        masker_(options.show_secrets ? Keep::everything : Keep::no_secrets) {}

  // One command of 4 octets or more; 61xx and 6Cxx are followed, in the class of the command, as
  // long as they say something new. input_malformed, and nothing was sent, for one that may spend a
  // try of a PIN unless it is allowed.
  Result<RawAnswer> send(ByteView command_apdu);

  // A command with a PIN was carried out: the card may be unlocked now.
  bool unlocked() const { return unlocked_; }

 private:
  isim::CardTransport& transport_;
  Options options_;
  Masker masker_;
  bool unlocked_ = false;
};

}  // namespace ut::probe
