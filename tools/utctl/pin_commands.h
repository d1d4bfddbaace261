// utctl pin: the memory of PINs that were sent and not accepted [IS-4].
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "tools/utctl/answer.h"

#include <optional>
#include <span>
#include <string>

namespace ut::utctl {

// The subscribers, one at least, have one latch.

// Where each PIN comes from, of the tokens of NAFs too, and to which cards and tokens it is not
// sent again. system_call_failed when the latch cannot be read.
Result<Answer> pin_status(std::span<const daemon::SubscriberSettings> subscribers,
                          const ua::UaConfig& ua = {});

// Forgets that the PIN was refused, by the card with this ICCID or by all: the agent sends it once
// more. input_malformed when `iccid` is no ICCID.
Result<Answer> pin_clear(std::span<const daemon::SubscriberSettings> subscribers,
                         const std::optional<std::string>& iccid);

}  // namespace ut::utctl
