// An answer whose words are made from the JSON that the agent sent.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"

#include <nlohmann/json.hpp>

namespace ut::utctl {

inline auto not_understood() {
  return fail(ErrorCode::agent_unreachable, "read the answer",
              "this is no ut-agent of this version");
}

// not_understood when a member is not as `words` wants it.
template <class Words>
Result<Answer> answer_from(ByteView said, const Words& words) {
  Answer answer;
  answer.json = nlohmann::ordered_json::parse(as_text(said), nullptr, false);
  try {
    answer.text = words(answer.json);
  } catch (const nlohmann::json::exception&) {
    return not_understood();
  }
  return answer;
}

}  // namespace ut::utctl
