// What went to and fro between terminal and card, for metrics. Counted on the card thread, read on
// the loop thread.
#pragma once

#include "agent/card/card_jobs.h"
#include "base/bytes.h"
#include "base/metrics.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ut::card {

// What AUTHENTICATE was for (TS 31.103 clause 7.1.1).
enum class Authentication : std::uint8_t { ims_aka, gba_bootstrapping, gba_derivation };

// "ims-aka", "gba-bootstrapping", "gba-derivation".
std::string_view name(Authentication what);

enum class AuthenticationOutcome : std::uint8_t {
  success,
  synchronisation_failure,
  mac_failure,
  not_bootstrapped,  // the card holds another Ks, or none
  failed,            // no outcome: the card went, refused, needs its PIN
};

// "success", "synchronisation-failure", "mac-failure", "not-bootstrapped", "failed".
std::string_view name(AuthenticationOutcome outcome);

AuthenticationOutcome outcome_of(const Result<isim::AkaOutcome>& result);
AuthenticationOutcome outcome_of(const Result<isim::GbaBootstrappingOutcome>& result);
AuthenticationOutcome outcome_of(const Result<isim::GbaDerivationOutcome>& result);

class CardCounters {
 public:
  // One exchange; `answer` is empty when there was none. Looks at INS, at whether there is data,
  // and at SW1 SW2.
  void exchanged(ByteView command, ByteView answer);
  void reset() { ++resets_; }
  void connected() { ++connections_; }
  void authenticated(Authentication what, AuthenticationOutcome outcome);

  // `subscriber` is his name in the configuration.
  void measure(metrics::Page& page, std::string_view subscriber) const;

 private:
  using Count = std::atomic<std::uint64_t>;
  static constexpr std::size_t kInstructions = 13;
  static constexpr std::size_t kStatuses = 8;
  static constexpr std::size_t kContexts = 3;
  static constexpr std::size_t kOutcomes = 5;

  std::array<std::array<Count, kStatuses>, kInstructions> exchanges_{};
  std::array<std::array<Count, kOutcomes>, kContexts> authentications_{};
  std::array<Count, 2> pins_{};  // accepted, refused
  Count resets_{0};
  Count connections_{0};
  std::atomic<int> pin_tries_{-1};  // that the card told last; -1: it has not
};

// The same connections, counted.
Connect counted(Connect connect, std::shared_ptr<CardCounters> counters);

}  // namespace ut::card
