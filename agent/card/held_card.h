// One connection kept from operation to operation, for a reader that no other program shall use
// [IS-8].
#pragma once

#include "agent/card/card_jobs.h"

#include <memory>
#include <string>

namespace ut::card {

// Used on the card thread alone.
class HeldCard {
 public:
  explicit HeldCard(Connect connect);

  // A use of the connection that is kept; made anew after a failure or for another reader.
  Result<std::unique_ptr<isim::CardTransport>> connect(const std::string& reader);

  // Gives the reader back.
  void release();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ut::card
