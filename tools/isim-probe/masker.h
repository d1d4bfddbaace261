// What of an exchange with a card may be shown or kept: who is asked for a recording must not give
// away keys, PINs or who the subscriber is.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/file_table.h"

#include <array>
#include <cstdint>
#include <optional>

namespace ut::probe {

// What is kept, from least to most.
enum class Keep : std::uint8_t {
  harmless,    // what is known to be harmless; identities as letters x and digits 0
  identities,  // ICCID, IMSI, IMPI, IMPU and domain, too
  no_secrets,  // all but PINs, answers of AUTHENTICATE and files that are known to hold keys
  everything,
};

// Follows the exchanges of one connection, as what an answer holds depends on what was selected.
// By name of the standard: a card that keeps another file under a standard's short identifier is
// taken at the standard's word.
class Masker {
 public:
  explicit Masker(Keep keep) : keep_(keep) {}

  struct Masked {
    SecretBytes command{};  // as long as the one given, 00 in place of what is not kept
    SecretBytes answer{};   // status word always kept
    bool masked = false;    // something was not kept
  };
  // The next exchange. `answer` is empty when none came.
  Masked mask(ByteView command, ByteView answer);

  // The command alone, without following it.
  SecretBytes mask_command(ByteView command) const;

  // The card was reset: selections and channels are gone.
  void reset();

 private:
  enum class Kind : std::uint8_t { harmless, text, digits, imsi, authentication, unknown, secret };
  struct Channel {
    std::optional<isim::Directory> directory{};  // nullopt: not known
    std::optional<isim::Directory> application{};
    const isim::FileSpec* file = nullptr;
    Kind waiting = Kind::unknown;  // what GET RESPONSE hands over
    bool begun = false;            // a part of it was handed over before
  };

  static Kind kind_of(const isim::FileSpec* file);
  Kind kind_of_read(Channel& channel, ByteView command, bool records, bool& from_start);
  void select(Channel& channel, ByteView command);
  void manage_channel(ByteView command, ByteView answer);
  bool keeps(Kind kind) const;
  void mask_data(std::span<std::uint8_t> data, Kind kind, bool from_start) const;

  Keep keep_;
  std::array<Channel, 20> channels_{};
};

}  // namespace ut::probe
