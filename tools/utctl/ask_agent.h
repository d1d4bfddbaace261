// Requests to the running agent over one of its Unix sockets.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace ut::utctl {

// One request to http://ut-agent<path> over the socket: GET, or POST and PUT with `body` as JSON.
// The body, at most 64 KB, of a 200 or of another answer that is no problem document.
// agent_unreachable when nobody answers there in time; else the agent's problem as the error that
// it was there, with its detail. `patience`: what it may take in all, by default a bootstrapping
// with a slow card and a slow BSF.
Result<SecretBytes> get_from_agent(const std::string& socket, std::string_view path,
                                   std::chrono::seconds patience = std::chrono::seconds(60));
Result<SecretBytes> post_to_agent(const std::string& socket, std::string_view path,
                                  const std::string& body);
Result<SecretBytes> put_to_agent(const std::string& socket, std::string_view path,
                                 const std::string& body);

// Follows the events of the agent: `line` gets each line of the stream without its end, until it
// gives false, the stream ends or `stop` is requested, which takes effect at once.
// agent_unreachable when nobody answers there; else the agent's problem.
Result<void> follow_agent(const std::string& socket, std::string_view path,
                          const std::function<bool(std::string_view line)>& line,
                          const std::stop_token& stop = {});

}  // namespace ut::utctl
