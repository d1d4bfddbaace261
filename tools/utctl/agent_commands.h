// utctl status, forget and key: what the running agent answers, for people and for programs.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "tools/utctl/answer.h"

#include <string>

namespace ut::utctl {

// What the agent said of itself (GET /status) as an answer. agent_unreachable when it is none.
Result<Answer> status_answer(ByteView said);

// The body of POST /forget for one subscriber, by his name, or for all when that is empty.
std::string forget_request(const std::string& subscriber);

// The same as status_answer of POST /bootstrap.
Result<Answer> bootstrap_answer(ByteView said);

// The same as status_answer of POST /forget [KEY-3].
Result<Answer> forget_answer(ByteView said);

struct KeyCommand {
  std::string naf{};
  std::string ua_protocol_id{};
  bool force_bootstrapping = false;
  bool show_key = false;
  std::string subscriber{};  // empty: the first for whom the caller may act
};

// The body of POST /keys. Without show_key the agent is asked for all but the key, so that none
// comes here [KEY-4].
std::string key_request(const KeyCommand& command);

// What POST /keys gave: its members, or with show_key the key in base64 as Answer::secret and
// nothing else.
Result<Answer> key_answer(SecretBytes said, const KeyCommand& command);

}  // namespace ut::utctl
