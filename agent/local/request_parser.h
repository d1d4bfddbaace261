// Reads one HTTP/1.1 request of an application from octets, strictly: what two readers could take
// for two different messages is refused (RFC 9112 clause 11.2).
#pragma once

#include "agent/local/caller.h"
#include "agent/ports.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::local {

// Finds the end of a header while it arrives, each octet looked at once.
class HeaderScanner {
 public:
  // `block` is all that has come of this message so far and may only grow between calls. The length
  // of the header with its empty line; 0: more is needed. request_malformed for a line that does
  // not end in CRLF and for a folded line (obs-fold).
  Result<std::size_t> scan(std::string_view block);

 private:
  std::size_t line_at_ = 0;
  std::size_t searched_ = 0;
};

// A request whose header was read.
struct LocalRequest {
  std::string method;
  std::string target;  // as sent
  std::optional<std::string> host;
  ports::HeaderFields headers;  // through the header table [API-7]
  std::optional<TokenClaim> claim;
  bool has_proxy_authorization = false;  // also when it could not be read
  std::string intended_identity;         // without quotes [UA-8]
  std::string subscriber;                // as Ut-Subscriber names him; empty: not at all
  ports::RequestId id{};                 // as X-Request-Id gives it, where that can be one
  bool from_web_page = false;            // [API-5]
  bool http_1_0 = false;
  bool keep_alive = false;
  bool has_body = false;
  bool chunked = false;  // how the body comes
  bool expects_continue = false;
  std::string body;
};

class RequestParser {
 public:
  // `known` must outlive it.
  RequestParser(std::size_t header_fields, std::size_t body_octets, TokenClaims& known);
  ~RequestParser();

  // `block` is a whole header as HeaderScanner delimits it; a token in it is wiped. Gives
  // request_malformed, request_host_invalid, limit_header, limit_body.
  Result<void> read_header(std::span<char> block);

  // Takes octets of the body; the number of them that belonged to it. The rest, when the body is
  // not done, must come again with more behind it. request_malformed, limit_body.
  Result<std::size_t> read_body(std::string_view octets);

  // Whether the message is whole.
  bool done() const;

  LocalRequest& request();
  const LocalRequest& request() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ut::local
