// Who is at the other end of a local connection [API-2].
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::local {

// The policy's name of every TCP socket.
inline constexpr std::string_view kTcpSocketName = "tcp";

// The socket of the agent's owner; no application is ever served there.
inline constexpr std::string_view kControlSocketName = "control";

// The TCP socket of numbers and health; no application and no owner is served there.
inline constexpr std::string_view kMetricsSocketName = "metrics";

// What the kernel says about the peer of a Unix socket.
struct PeerCredentials {
  uid_t uid = 0;
  std::vector<gid_t> groups;  // primary and supplementary
  pid_t pid = 0;
  std::string executable;  // absolute path; empty when it cannot be read or was not certain
  std::string unit;        // systemd unit, "presence.service"; empty likewise
};

struct Caller {
  std::string socket;                   // name of the listening socket, "tcp" for TCP
  std::optional<PeerCredentials> peer;  // nothing for TCP: the kernel does not tell there
};

// The peer of the connected Unix socket `fd`: SO_PEERCRED and SO_PEERGROUPS, as they were when the
// peer connected. Executable and unit come from /proc and are kept only if a pidfd (SO_PEERPIDFD,
// else pidfd_open) shows that the process still lived after they were read, so they cannot be those
// of a process that got the same pid later. system_call_failed.
Result<PeerCredentials> peer_credentials(int fd);

// The unit in the text of /proc/PID/cgroup: the last path component that ends in ".service" or
// ".scope"; empty when there is none.
std::string unit_of_cgroup(std::string_view cgroup);

// SHA-256 of a token.
using TokenHash = std::array<std::uint8_t, 32>;
TokenHash hash_token(std::string_view token);

// 64 hexadecimal digits; nullopt for anything else.
std::optional<TokenHash> token_hash_from_hex(std::string_view text);

// What a Proxy-Authorization field said. The token itself is not kept.
struct TokenClaim {
  std::optional<std::string> application;  // nullopt: Bearer, which names none
  TokenHash hash{};
};

// Reads "Basic base64(application:token)" (RFC 7617) or "Bearer token" (RFC 6750); nullopt for any
// other scheme or form. Copies of the token are wiped; `value` is the caller's to wipe.
std::optional<TokenClaim> token_claim(std::string_view value);

// Claims of values that came before. An application sends the same one with each request, and its
// hash is a twentieth of what a request costs.
class TokenClaims {
 public:
  // token_claim(value), kept with a copy of the value in secret memory, up to a few.
  std::optional<TokenClaim> read(std::string_view value);

 private:
  struct Kept {
    SecretBytes value;
    TokenClaim claim;
  };
  std::vector<Kept> kept_;  // the oldest first
};

}  // namespace ut::local
