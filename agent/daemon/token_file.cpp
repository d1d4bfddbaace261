#include "agent/daemon/token_file.h"

#include "agent/daemon/secret_file.h"
#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

namespace ut::daemon {
namespace {

constexpr std::string_view kTitle =
    "# ut-agent tokens: digests alone; utctl token make, list, revoke";
constexpr std::size_t kMostTokens = 256;
constexpr std::size_t kMostOctets = std::size_t{512} * 1024;
constexpr std::size_t kIdDigits = 12;
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kTimeDigits = 20;

auto malformed(std::string why) {
  return fail(ErrorCode::request_body_malformed, "token file", std::move(why));
}

std::unexpected<Error> unwritable(const std::string& path) {
  return fail(ErrorCode::system_call_failed, "write token file",
              ForeignNumber{ForeignKind::system, errno}, path);
}

// "DIGEST TIME APPLICATION"; the name may hold spaces.
std::optional<MadeToken> parse_line(std::string_view line) {
  if (line.size() <= kHashDigits + kTimeDigits + 2 || line[kHashDigits] != ' ' ||
      line[kHashDigits + 1 + kTimeDigits] != ' ') {
    return std::nullopt;
  }
  const auto hash = local::token_hash_from_hex(line.substr(0, kHashDigits));
  if (!hash) {
    return std::nullopt;
  }
  return MadeToken{std::string(line.substr(kHashDigits + kTimeDigits + 2)), *hash,
                   std::string(line.substr(kHashDigits + 1, kTimeDigits))};
}

}  // namespace

std::string token_id(const local::TokenHash& hash) {
  return to_hex(hash).substr(0, kIdDigits);
}

std::string token_digest(ByteView token) {
  return to_hex(local::hash_token(as_text(token)));
}

std::string encode_tokens(const std::vector<MadeToken>& tokens) {
  std::string text = std::string(kTitle) + "\n";
  for (const auto& token : tokens) {
    text += to_hex(token.hash) + " " + token.made + " " + token.application + "\n";
  }
  return text;
}

Result<std::vector<MadeToken>> parse_tokens(std::string_view text) {
  std::vector<MadeToken> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') {
      continue;
    }
    auto token = parse_line(line);
    if (!token || tokens.size() == kMostTokens) {
      return fail(ErrorCode::config_invalid, "read token file",
                  "line " + std::to_string(number) +
                      (token ? ": there are more than 256 tokens" : " is not understood"));
    }
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

Result<TokenFile> TokenFile::open(std::string path) {
  TokenFile file;
  file.path_ = std::move(path);
  std::error_code ignored;
  const bool absent =
      !file.path_.empty() && std::filesystem::symlink_status(file.path_, ignored).type() ==
                                 std::filesystem::file_type::not_found;
  if (file.path_.empty() || absent) {
    return file;
  }
  TRY(const auto octets, read_whole_secret_file(file.path_, kMostOctets));
  auto tokens = parse_tokens(as_text(octets.expose()));
  if (!tokens) {
    tokens.error().detail = file.path_ + ": " + tokens.error().detail;
    return std::unexpected(std::move(tokens).error());
  }
  file.tokens_ = *std::move(tokens);
  return file;
}

Result<void> TokenFile::add(std::string application, const local::TokenHash& hash, UtcTime now) {
  if (!configured()) {
    return malformed("the configuration names no token file: [tokens] file");
  }
  const auto id = token_id(hash);
  if (std::ranges::any_of(tokens_, [&](const auto& token) { return token_id(token.hash) == id; })) {
    return malformed("there is a token " + id + " already");
  }
  if (tokens_.size() >= kMostTokens) {
    return malformed("there are 256 tokens: revoke some");
  }
  auto tokens = tokens_;
  tokens.push_back({std::move(application), hash, to_text(now)});
  return store(std::move(tokens));
}

Result<MadeToken> TokenFile::revoke(std::string_view id) {
  auto tokens = tokens_;
  const auto found =
      std::ranges::find_if(tokens, [&](const auto& token) { return token_id(token.hash) == id; });
  if (found == tokens.end()) {
    return malformed("there is no token \"" + std::string(id) + "\"");
  }
  MadeToken revoked = std::move(*found);
  tokens.erase(found);
  TRY_VOID(store(std::move(tokens)));
  return revoked;
}

// The file is the old one or the new one, whatever happens in between.
Result<void> TokenFile::store(std::vector<MadeToken> tokens) {
  const std::string fresh = path_ + ".new";
  (void)::unlink(fresh.c_str());
  const FileDescriptor out{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!out || !write_durably(out.get(), as_bytes(encode_tokens(tokens))) ||
      ::rename(fresh.c_str(), path_.c_str()) != 0) {
    return unwritable(path_);
  }
  if (!sync_folder_of(path_)) {
    return unwritable(folder_of(path_).string());
  }
  tokens_ = std::move(tokens);
  return {};
}

}  // namespace ut::daemon
