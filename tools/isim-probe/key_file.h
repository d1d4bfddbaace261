// The keys of a subscriber whose card is tested: what its operator has, too.
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/soft/auc.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace ut::probe {

struct SubscriberKeys {
  std::unique_ptr<const isim::soft::AkaAlgorithm> algorithm;
  isim::soft::SqnGenerator sequence{};
  isim::soft::Amf amf{};  // 0000 when the file has none
};

// Lines "name = value", the value in quotes or not: algorithm, k, op, opc, top, topc,
// keccak_iterations, res_octets as in a card profile of soft-isim; sqn (12 digits), the last one
// used, and amf (4 digits). '#' begins a comment. When the file has sections, [keys] alone is read,
// so that a card profile serves. It must be open to its owner alone. config_unreadable, or
// config_invalid with what is wrong and no octet of a key.
Result<SubscriberKeys> read_key_file(const std::string& path);

// The same from text.
Result<SubscriberKeys> parse_keys(std::string_view text);

// How a challenge of our own went.
struct KeyCheck {
  std::optional<bool> right{};              // the card's answer is what the keys give
  std::optional<isim::soft::Sqn> sqn_ms{};  // the card's, after a synchronisation failure
  bool foreign_auts = false;                // AUTS was not made with these keys
};

// Makes a challenge with a fresh RAND and has `ask` run it; after a synchronisation failure with
// the card's SQN once more. `vector` is the last one.
template <class Outcome, class Make, class Ask>
Result<Outcome> challenge(SubscriberKeys& keys, const Make& make, const Ask& ask,
                          std::optional<isim::soft::AuthenticationVector>& vector, KeyCheck& check);

// A RAND that nobody can foretell.
isim::Rand fresh_rand();

template <class Outcome, class Make, class Ask>
Result<Outcome> challenge(SubscriberKeys& keys, const Make& make, const Ask& ask,
                          std::optional<isim::soft::AuthenticationVector>& vector,
                          KeyCheck& check) {
  for (bool again = false;; again = true) {
    vector = make(*keys.algorithm, fresh_rand(), keys.sequence.next(), keys.amf);
    Result<Outcome> outcome = ask(vector->rand, vector->autn);
    const auto* failure =
        outcome ? std::get_if<isim::AkaSynchronisationFailure>(&*outcome) : nullptr;
    if (failure == nullptr) {
      return outcome;
    }
    const auto sqn_ms = isim::soft::verify_auts(*keys.algorithm, vector->rand, failure->auts);
    check.foreign_auts = !sqn_ms;
    if (again || !sqn_ms) {
      return outcome;
    }
    check.sqn_ms = sqn_ms;
    keys.sequence.resynchronise(*sqn_ms);
  }
}

}  // namespace ut::probe
