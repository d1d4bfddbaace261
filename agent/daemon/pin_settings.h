// The PIN as it is configured: a file or a credential of systemd [IS-4].
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace ut::daemon {

// "file /etc/ut-agent/pin", "credential ut-pin"; empty when there is none.
std::string pin_place(const CardSettings& settings);

// Names the state of that place, for the PIN latch: another value after every change of the file.
// Empty when there is none.
std::string pin_source(const CardSettings& settings);

// config_unreadable; an empty PIN when none is configured.
Result<SecretBytes> read_pin(const CardSettings& settings);

}  // namespace ut::daemon
