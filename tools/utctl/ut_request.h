// One request to a NAF through an application's socket of the agent, with bodies that are streamed.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

// Where the agent listens for applications: a Unix socket, or "127.0.0.1:8055" with a token.
struct UtDoor {
  std::string socket{};
  std::string tcp{};  // not empty: instead of the socket
  SecretBytes token{};
};

struct UtRequest {
  std::string method;
  std::string uri;                     // "http://NAF/...", percent-encoded
  std::vector<std::string> headers{};  // "If-Match: \"...\""
  // Gives at most `room` octets of the body, 0 at its end, nullopt when it cannot be read. Not set:
  // no body.
  std::function<std::optional<std::size_t>(char* to, std::size_t room)> body{};
  std::optional<std::uint64_t> body_octets{};  // nullopt: not known, sent in chunks
};

struct UtAnswer {
  long status = 0;
  std::string etag{};
  std::string content_type{};
  std::string refusal{};  // the body of an answer that is not 2xx, at most 64 KB of it
};

inline bool is_success(const UtAnswer& answer) {
  return answer.status >= 200 && answer.status < 300;
}

// What has gone and come, in octets; totals are 0 where they are not known.
struct Transfer {
  std::uint64_t sent = 0;
  std::uint64_t to_send = 0;
  std::uint64_t received = 0;
  std::uint64_t to_receive = 0;
};

struct UtListener {
  // The body of a 2xx as it comes; false ends the request.
  std::function<bool(std::string_view octets)> body = [](std::string_view) { return true; };
  // Before the first octet of it.
  std::function<void(const UtAnswer& header)> header = [](const UtAnswer&) {};
  std::function<void(const Transfer&)> progress{};  // not set: nobody looks
};

// What the NAF answered, whatever it is. Errors: the agent's problem when it is the agent who
// answers; agent_unreachable; input_malformed when the body cannot be read, or `listener` ended the
// request.
Result<UtAnswer> ask_naf(const UtDoor& door, const UtRequest& request, const UtListener& listener);

}  // namespace ut::utctl
