// utctl web: the status page, while the command runs.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"

#include <cstdint>
#include <string>

namespace ut::utctl {

struct WebCommand {
  std::uint16_t port = 0;  // 0: any that is free
  bool open = false;       // by xdg-open, in the user's browser
};

// Prints the one-time link and serves the page until SIGINT, SIGTERM or SIGHUP, or until the
// controlling terminal goes. `control_socket` is the agent's. agent_unreachable when nobody answers
// there at the start; system_call_failed when the port cannot be had, or the browser not be
// started.
Result<Answer> serve_status_page(const std::string& control_socket, const WebCommand& command,
                                 Format format);

}  // namespace ut::utctl
