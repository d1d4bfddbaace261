// The tokens that were made while the agent ran: a file of digests, which utctl changes through the
// control socket [API-2].
#pragma once

#include "agent/local/caller.h"
#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

struct MadeToken {
  std::string application;  // the policy's name
  local::TokenHash hash{};
  std::string made;  // when, as to_text() gives it
};

// By what people call a token: the first twelve hexadecimal digits of its digest.
std::string token_id(const local::TokenHash& hash);

// SHA-256 of a token in hexadecimal, as token_sha256 of the configuration has it.
std::string token_digest(ByteView token);

class TokenFile {
 public:
  // The tokens in `path`, which need not exist; an empty path is a file that cannot be changed.
  // config_unreadable when group or others may read or write it, config_invalid with the line when
  // it cannot be understood.
  static Result<TokenFile> open(std::string path);

  const std::vector<MadeToken>& tokens() const { return tokens_; }
  bool configured() const { return !path_.empty(); }

  // On disk when it returns. request_body_malformed when there is no file, the digest is there
  // already or there are 256 tokens; system_call_failed.
  Result<void> add(std::string application, const local::TokenHash& hash, UtcTime now);

  // Removes the token of this id and gives it back. request_body_malformed when there is none;
  // system_call_failed.
  Result<MadeToken> revoke(std::string_view id);

 private:
  Result<void> store(std::vector<MadeToken> tokens);

  std::string path_;
  std::vector<MadeToken> tokens_;
};

// The text of the file and back; parse: config_invalid.
std::string encode_tokens(const std::vector<MadeToken>& tokens);
Result<std::vector<MadeToken>> parse_tokens(std::string_view text);

}  // namespace ut::daemon
