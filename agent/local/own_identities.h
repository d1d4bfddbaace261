// Where agent/local learns which public identities are the user's own.
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::local {

using PublicIdentities = std::shared_ptr<const std::vector<std::string>>;

// `subscriber` is a name of the configuration; empty: the first.
class OwnIdentities {
 public:
  virtual ~OwnIdentities() = default;
  // What public_identities() would give at once; nullptr when it has to wait for the card, or
  // fails.
  virtual PublicIdentities known_identities(std::string_view /*subscriber*/) const {
    return nullptr;
  }

  // The IMPUs of the subscriber's card, as they stand on it. The same pointer as long as they are
  // the same list. Errors of the families card and pin.
  virtual ports::Task<Result<PublicIdentities>> public_identities(std::string_view subscriber) = 0;
};

}  // namespace ut::local
