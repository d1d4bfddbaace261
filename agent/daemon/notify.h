// What the service manager is told (sd_notify(3)). Without one, nothing happens.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ut::daemon {

// Whether there is one.
bool has_service_manager();

void notify_ready();
// Settings are read again; to be followed by notify_ready().
void notify_reloading();
void notify_stopping();
// One line for `systemctl status`; no personal data.
void notify_status(std::string_view text);
// Within how much time the manager wants to hear of notify_alive(); nullopt: it does not.
std::optional<std::chrono::microseconds> watchdog_period();
void notify_alive();

}  // namespace ut::daemon
