// utctl token: tokens that applications present in Proxy-Authorization [API-2].
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "tools/utctl/answer.h"

#include <string>

namespace ut::utctl {

struct FreshToken {
  SecretBytes token{};   // 64 hexadecimal digits, of 32 random octets
  std::string sha256{};  // of those digits, in hexadecimal
};
FreshToken fresh_token();

// The bodies of POST /tokens/make and POST /tokens/revoke.
std::string token_make_request(const std::string& application, const FreshToken& token);
std::string token_revoke_request(const std::string& id);

// The token as Answer::secret; beside it what has to be done with the digest, where the agent keeps
// none.
Answer token_for_configuration(const std::string& application, FreshToken token);

// The same of a token that the agent keeps the digest of: what POST /tokens/make gave.
// agent_unreachable when it is no such answer, here and below.
Result<Answer> token_made(ByteView said, FreshToken token);

// What GET /tokens and POST /tokens/revoke gave.
Result<Answer> token_list_answer(ByteView said);
Result<Answer> token_revoked_answer(ByteView said);

}  // namespace ut::utctl
