#include "agent/daemon/notify.h"

#include <systemd/sd-daemon.h>

#include <string>

namespace ut::daemon {

void notify_ready() {
  ::sd_notify(0, "READY=1");
}

void notify_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void notify_status(std::string_view text) {
  ::sd_notify(0, ("STATUS=" + std::string(text)).c_str());
}

}  // namespace ut::daemon
