// utctl explain: a decision of the policy, by the running agent or by a configuration file [API-3].
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "tools/utctl/answer.h"

#include <string>
#include <vector>

namespace ut::utctl {

struct ExplainCommand {
  std::string method{};
  std::string url{};
  std::string application{};  // a name, instead of the caller
  std::string user{};         // name or number
  std::string socket{};       // name of the [[socket]], "tcp"; empty: the first
  std::string executable{};
  std::string unit{};
  std::string token_of{};
  std::string identity{};
  std::string subscriber{};
  std::vector<std::string> own_identities{};  // of the card, for a dry run
  bool dry_run = false;
};

// The body of POST /explain. input_malformed when there is no such user.
Result<std::string> explain_request(const ExplainCommand& command);

// What the agent, or the same code on a configuration, answered. Exit::denied when it is denied.
Result<Answer> explain_answer(ByteView said);

// The decision by `config`, without an agent. The tokens that were made are looked at when their
// file can be read.
Result<Answer> explain_dry_run(const ExplainCommand& command, const daemon::AgentConfig& config);

}  // namespace ut::utctl
