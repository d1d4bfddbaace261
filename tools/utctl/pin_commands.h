// utctl pin: the memory of PINs that were sent and not accepted [IS-4].
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "tools/utctl/answer.h"

#include <optional>
#include <string>

namespace ut::utctl {

// Where the PIN comes from, and to which cards it is not sent again. system_call_failed when the
// latch cannot be read.
Result<Answer> pin_status(const daemon::CardSettings& settings);

// Forgets that the PIN was refused, by the card with this ICCID or by all: the agent sends it once
// more. input_malformed when `iccid` is no ICCID.
Result<Answer> pin_clear(const daemon::CardSettings& settings,
                         const std::optional<std::string>& iccid);

}  // namespace ut::utctl
