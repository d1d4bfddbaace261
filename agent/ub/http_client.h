// HTTP as the Ub run needs it: one GET, the answer whole.
#pragma once

#include "agent/ports.h"
#include "base/result.h"
#include "base/secret.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::ub {

struct HttpRequest {
  std::string host;  // a host name
  std::uint16_t port = 80;
  std::string target = "/";
  SecretBytes authorization{};  // the value of Authorization; empty: none is sent
};

struct HeaderField {
  std::string name;
  std::string value;
};

struct HttpResponse {
  unsigned status = 0;
  std::vector<HeaderField> headers{};                 // as they came, in order; no trailers
  std::string body{};                                 // as transferred; no content coding is undone
  std::optional<std::chrono::seconds> retry_after{};  // Retry-After (RFC 9110 clause 10.2.3)

  // The values of all fields of this name, in order; valid as long as the fields.
  std::vector<std::string_view> values(std::string_view name) const;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Redirects are not followed. ub_bsf_unreachable, ub_timeout, or ub_answer_malformed for an
  // answer that is no HTTP/1.x, is cut short or is too large.
  virtual ports::Task<Result<HttpResponse>> get(HttpRequest request) = 0;

  // Closes the connections that are kept for a next request: the run is over.
  virtual void disconnect() = 0;

  // This machine is in another network: requests whose connection can bring no answer any more, or
  // is not there yet, end with ub_bsf_unreachable at once.
  virtual void network_changed() = 0;
};

}  // namespace ut::ub
