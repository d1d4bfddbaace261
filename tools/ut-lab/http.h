// HTTP messages as plain values, so that what the lab decides is tested without sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

struct HeaderField {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string target;  // as it came, octet for octet
  std::vector<HeaderField> headers;
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::vector<HeaderField> headers{};
  std::string body{};
};

std::string lower_case(std::string_view text);

bool equal_ignoring_case(std::string_view left, std::string_view right);

// The value of the first field of that name, or nullptr.
const std::string* find_header(const std::vector<HeaderField>& headers, std::string_view name);

// How many fields of that name there are.
std::size_t count_headers(const std::vector<HeaderField>& headers, std::string_view name);

// A User-Agent or Server value contains the product token, alone or as "token/version"
// (RFC 9110 section 10.1.5).
bool has_product_token(std::string_view value, std::string_view token);

// text/plain answer with one line that says why.
Response plain(unsigned status, std::string_view text);
// application/json answer.
Response json(unsigned status, std::string text);

// "Not Found" and so on; "Unknown" for a status the lab never sends.
std::string_view reason_phrase(unsigned status);

// The octets of an HTTP/1.1 answer. `head`: the answer to HEAD, without its body. Content-Length is
// added except where RFC 9110 section 8.6 forbids it (204, 304).
std::string serialise(const Response& response, bool head, bool keep_alive);

// Percent-decoded text (RFC 3986 section 2.1); nullopt for '%' without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace ut::lab
