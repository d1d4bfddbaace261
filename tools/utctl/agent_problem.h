// The agent's problem documents as the errors that they were made from.
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#include <optional>

namespace ut::utctl {

// nullopt for a body that is no problem document of an agent of this version. `status` is that of
// the answer.
std::optional<Error> agent_problem(ByteView body, long status);

}  // namespace ut::utctl
