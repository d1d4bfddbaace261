// Where agent/local learns which public identities are the user's own.
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace ut::local {

using PublicIdentities = std::shared_ptr<const std::vector<std::string>>;

class OwnIdentities {
 public:
  virtual ~OwnIdentities() = default;
  // What public_identities() would give at once; nullptr when it has to wait for the card, or
  // fails.
  virtual PublicIdentities known_identities() const { return nullptr; }

  // The IMPUs of the card that is present, as they stand on it. The same pointer as long as they
  // are the same list. Errors of the families card and pin.
  virtual ports::Task<Result<PublicIdentities>> public_identities() = 0;
};

}  // namespace ut::local
