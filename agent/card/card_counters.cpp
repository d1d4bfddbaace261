#include "agent/card/card_counters.h"

#include "isim/status_word.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace ut::card {
namespace {

using metrics::Family;
using metrics::Kind;

constexpr Family kExchanges{"ut_agent_card_apdus_total", Kind::counter,
                            "Commands sent to the card, by instruction and what SW1 SW2 said."};
constexpr Family kAuthentications{"ut_agent_card_authentications_total", Kind::counter,
                                  "AUTHENTICATE, by context and outcome."};
constexpr Family kPins{"ut_agent_card_pin_verifications_total", Kind::counter,
                       "PINs sent to the card, by whether it took them."};
constexpr Family kResets{"ut_agent_card_resets_total", Kind::counter,
                         "Resets of the card that the agent asked for."};
constexpr Family kConnections{"ut_agent_card_connections_total", Kind::counter,
                              "Connections to the card."};
constexpr Family kPinTries{"ut_agent_card_pin_tries_left", Kind::gauge,
                           "Tries of the PIN that are left, as the card told last."};

struct Instruction {
  std::uint8_t ins;
  std::string_view name;
};
constexpr std::uint8_t kVerify = 0x20;
// TS 102 221 clause 10.1.2; the last is any other.
constexpr std::array kInstructionNames = {
    Instruction{0xa4, "SELECT"},        Instruction{0xb0, "READ BINARY"},
    Instruction{0xb2, "READ RECORD"},   Instruction{0xc0, "GET RESPONSE"},
    Instruction{0xcb, "RETRIEVE DATA"}, Instruction{0xd6, "UPDATE BINARY"},
    Instruction{kVerify, "VERIFY"},     Instruction{0x70, "MANAGE CHANNEL"},
    Instruction{0x88, "AUTHENTICATE"},  Instruction{0x10, "TERMINAL PROFILE"},
    Instruction{0x12, "FETCH"},         Instruction{0x14, "TERMINAL RESPONSE"},
    Instruction{0x00, "other"}};

// In the order of isim::StatusKind; the last: there was no answer.
constexpr std::array<std::string_view, 8> kStatusNames = {
    "normal", "more-data", "wrong-length", "warning", "tries-left", "busy", "refused", "none"};
constexpr std::size_t kNoAnswer = kStatusNames.size() - 1;

constexpr std::array<std::string_view, 2> kPinNames = {"accepted", "refused"};

class CountingTransport final : public isim::CardTransport {
 public:
  CountingTransport(std::unique_ptr<isim::CardTransport> card,
                    std::shared_ptr<CardCounters> counters)
      : card_(std::move(card)), counters_(std::move(counters)) {}

  isim::CardProtocol protocol() const override { return card_->protocol(); }
  ByteView atr() const override { return card_->atr(); }
  Result<void> begin() override { return card_->begin(); }
  Result<void> end(Leave leave) override {
    if (leave == Leave::reset) {
      counters_->reset();
    }
    return card_->end(leave);
  }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    auto answer = card_->transmit(command_apdu);
    counters_->exchanged(command_apdu, answer ? answer->expose() : ByteView());
    return answer;
  }
  Result<void> reset() override {
    counters_->reset();
    return card_->reset();
  }

 private:
  std::unique_ptr<isim::CardTransport> card_;
  std::shared_ptr<CardCounters> counters_;
};

template <class Success, class Outcome>
AuthenticationOutcome aka_outcome(const Result<Outcome>& result) {
  if (!result) {
    return AuthenticationOutcome::failed;
  }
  if (std::holds_alternative<Success>(*result)) {
    return AuthenticationOutcome::success;
  }
  return std::holds_alternative<isim::AkaMacFailure>(*result)
             ? AuthenticationOutcome::mac_failure
             : AuthenticationOutcome::synchronisation_failure;
}

}  // namespace

std::string_view name(Authentication what) {
  switch (what) {
    case Authentication::ims_aka:
      return "ims-aka";
    case Authentication::gba_bootstrapping:
      return "gba-bootstrapping";
    case Authentication::gba_derivation:
      return "gba-derivation";
  }
  return "ims-aka";
}

std::string_view name(AuthenticationOutcome outcome) {
  switch (outcome) {
    case AuthenticationOutcome::success:
      return "success";
    case AuthenticationOutcome::synchronisation_failure:
      return "synchronisation-failure";
    case AuthenticationOutcome::mac_failure:
      return "mac-failure";
    case AuthenticationOutcome::not_bootstrapped:
      return "not-bootstrapped";
    case AuthenticationOutcome::failed:
      return "failed";
  }
  return "failed";
}

AuthenticationOutcome outcome_of(const Result<isim::AkaOutcome>& result) {
  return aka_outcome<isim::AkaSuccess>(result);
}

AuthenticationOutcome outcome_of(const Result<isim::GbaBootstrappingOutcome>& result) {
  return aka_outcome<isim::GbaBootstrapped>(result);
}

AuthenticationOutcome outcome_of(const Result<isim::GbaDerivationOutcome>& result) {
  if (!result) {
    return AuthenticationOutcome::failed;
  }
  return std::holds_alternative<isim::GbaNafDerived>(*result)
             ? AuthenticationOutcome::success
             : AuthenticationOutcome::not_bootstrapped;
}

void CardCounters::exchanged(ByteView command, ByteView answer) {
  static_assert(kInstructionNames.size() == kInstructions && kStatusNames.size() == kStatuses &&
                kContexts == static_cast<std::size_t>(Authentication::gba_derivation) + 1 &&
                kOutcomes == static_cast<std::size_t>(AuthenticationOutcome::failed) + 1);
  constexpr std::size_t kHeader = 4;  // CLA INS P1 P2
  const std::uint8_t ins = command.size() < kHeader ? std::uint8_t{0} : command[1];
  const auto* const found = std::ranges::find(kInstructionNames, ins, &Instruction::ins);
  const auto instruction = std::min<std::size_t>(
      static_cast<std::size_t>(found - kInstructionNames.begin()), kInstructions - 1);
  if (answer.size() < 2) {
    ++exchanges_[instruction][kNoAnswer];
    return;
  }
  const auto sw = static_cast<isim::StatusWord>(answer[answer.size() - 2] << 8 | answer.back());
  const auto kind = isim::meaning_of(sw).kind;
  ++exchanges_[instruction][static_cast<std::size_t>(kind)];
  if (ins != kVerify) {
    return;
  }
  if (kind == isim::StatusKind::tries_left) {
    pin_tries_ = sw & 0x0f;
  }
  if (command.size() > kHeader + 1) {  // without data it only asks
    ++pins_[kind == isim::StatusKind::normal ? 0 : 1];
  }
}

void CardCounters::authenticated(Authentication what, AuthenticationOutcome outcome) {
  ++authentications_[static_cast<std::size_t>(what)][static_cast<std::size_t>(outcome)];
}

void CardCounters::measure(metrics::Page& page, std::string_view subscriber) const {
  for (std::size_t i = 0; i < kInstructions; ++i) {
    for (std::size_t k = 0; k < kStatuses; ++k) {
      if (const std::uint64_t count = exchanges_[i][k]; count > 0) {
        page.add(kExchanges,
                 {{"subscriber", subscriber},
                  {"instruction", kInstructionNames[i].name},
                  {"status", kStatusNames[k]}},
                 count);
      }
    }
  }
  for (std::size_t i = 0; i < kContexts * kOutcomes; ++i) {
    page.add(kAuthentications,
             {{"subscriber", subscriber},
              {"context", name(static_cast<Authentication>(i / kOutcomes))},
              {"outcome", name(static_cast<AuthenticationOutcome>(i % kOutcomes))}},
             std::uint64_t{authentications_[i / kOutcomes][i % kOutcomes]});
  }
  for (std::size_t i = 0; i < pins_.size(); ++i) {
    page.add(kPins, {{"subscriber", subscriber}, {"outcome", kPinNames[i]}},
             std::uint64_t{pins_[i]});
  }
  page.add(kResets, {{"subscriber", subscriber}}, std::uint64_t{resets_});
  page.add(kConnections, {{"subscriber", subscriber}}, std::uint64_t{connections_});
  if (const int tries = pin_tries_; tries >= 0) {
    page.add(kPinTries, {{"subscriber", subscriber}}, static_cast<std::uint64_t>(tries));
  }
}

Connect counted(Connect connect, std::shared_ptr<CardCounters> counters) {
  return [connect = std::move(connect), counters = std::move(counters)](
             const std::string& reader) -> Result<std::unique_ptr<isim::CardTransport>> {
    TRY(auto card, connect(reader));
    counters->connected();
    return std::make_unique<CountingTransport>(std::move(card), counters);
  };
}

}  // namespace ut::card
