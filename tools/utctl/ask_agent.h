// Requests to the running agent over one of its Unix sockets.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <functional>
#include <string>
#include <string_view>

namespace ut::utctl {

// One request to http://ut-agent<path> over the socket: GET, or POST and PUT with `body` as JSON.
// The body, at most 64 KB, of a 200 or of another answer that is no problem document.
// agent_unreachable when nobody answers there in time; else the agent's problem as the error that
// it was there, with its detail.
Result<SecretBytes> get_from_agent(const std::string& socket, std::string_view path);
Result<SecretBytes> post_to_agent(const std::string& socket, std::string_view path,
                                  const std::string& body);
Result<SecretBytes> put_to_agent(const std::string& socket, std::string_view path,
                                 const std::string& body);

// Follows the events of the agent: `line` gets each line of the stream without its end, until it
// gives false or the stream ends. agent_unreachable when nobody answers there; else the agent's
// problem.
Result<void> follow_agent(const std::string& socket, std::string_view path,
                          const std::function<bool(std::string_view line)>& line);

}  // namespace ut::utctl
