// The security association that a bootstrapping run leaves in the UE (TS 33.220 clause 4.5.2).
#pragma once

#include "agent/gba/kdf.h"
#include "base/clock.h"
#include "isim/aka_types.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// B-TID, lifetime, RAND and IMPI with Ks, or without it where the card keeps Ks (GBA_U). Never
// changed once made; shared by reference, so that Ks exists once and is wiped with the last user
// [KEY-3 KEY-4].
class SecurityAssociation {
 public:
  struct Parts {
    std::string b_tid;
    std::string impi;
    isim::Rand rand;
    std::optional<Ks> ks{};   // nullopt: it is on the card [UB-7]
    bool taken_up = false;    // from EF_GBABP, which an agent before this one wrote
    std::uint64_t epoch = 0;  // of the ports::Subscriber it belongs to
    SteadyTime created;
    UtcTime expires;                   // by this machine's clock
    std::chrono::seconds remaining{};  // lifetime left when it was created
  };

  explicit SecurityAssociation(Parts parts) : parts_(std::move(parts)) {}

  const std::string& b_tid() const { return parts_.b_tid; }
  const std::string& impi() const { return parts_.impi; }
  const isim::Rand& rand() const { return parts_.rand; }
  bool on_card() const { return !parts_.ks; }
  // "Ks_NAF", or "Ks_ext_NAF" where the card keeps Ks (TS 33.220 annex B.3) [UB-7].
  std::string_view key_kind() const { return on_card() ? "Ks_ext_NAF" : "Ks_NAF"; }
  bool taken_up() const { return parts_.taken_up; }
  std::uint64_t epoch() const { return parts_.epoch; }
  SteadyTime created() const { return parts_.created; }
  UtcTime expires() const { return parts_.expires; }

  // When the lifetime ends on the clock that never jumps.
  SteadyTime deadline() const { return parts_.created + parts_.remaining; }

  // Either clock ends it: the wall clock is what the BSF's lifetime is told in, the steady one
  // cannot be set back.
  bool expired(UtcTime utc, SteadyTime steady) const {
    return utc >= parts_.expires || steady >= deadline();
  }

  // Ks_NAF for one NAF and Ua protocol (annex B.3) [KEY-1]; nullopt when the card has to make it.
  std::optional<KsNaf> ks_naf(const NafId& naf_id) const {
    if (!parts_.ks) {
      return std::nullopt;
    }
    return derive_ks_naf(*parts_.ks, parts_.rand, parts_.impi, naf_id);
  }

 private:
  Parts parts_;
};

}  // namespace ut::gba
