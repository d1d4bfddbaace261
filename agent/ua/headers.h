// The header table of the gateway [API-7]: which fields travel, as data, and the User-Agent and
// identity fields that are the agent's own.
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::ua {

enum class Direction : std::uint8_t { request, response };

// One row of the table. Names are compared without case and with '_' read as '-', as an XCAP server
// behind CGI or WSGI cannot tell the two apart.
struct HeaderRule {
  std::string_view name;  // lower case; a trailing '*' stands for any rest
  bool in_request;        // dropped on the way to the NAF
  bool in_response;       // dropped on the way to the application
  std::string_view reason;
};

// Every field that is dropped; what has no row passes.
std::span<const HeaderRule> header_table();

// Whether the table, or the Connection fields of the message, keep a field called `name` back.
// `connection` holds the values of all Connection fields of the same message (RFC 9110 7.6.1).
bool is_dropped(Direction direction, std::string_view name,
                std::span<const std::string_view> connection);

// Whether `name` is a token and `value` a field value (RFC 9110 5.1, 5.5): no CR, LF, NUL or other
// control octet but HTAB.
bool is_valid_field(std::string_view name, std::string_view value);

// Whether `target` may stand in a request line: origin form, no space, control octet or '#'.
bool is_valid_target(std::string_view target);

// The User-Agent of a Ua request: what the application calls itself without product tokens of
// GBA or AKMA, then `3gpp-gba` (TS 24.109 clause 5.2, TS 33.222 clause 5.3) [UA-5]. `fallback`
// stands for an application that names nothing.
// Without `gba` no product token of it: where AKA on Ut is the only method.
std::string user_agent(std::string_view of_application, std::string_view fallback, bool gba);

// What of an application's header goes to the NAF.
struct RequestFields {
  std::string user_agent;  // the value of our User-Agent, see user_agent()
  std::string lines;       // all other fields as header lines
};

// Applies the table. request_malformed for an invalid field.
Result<RequestFields> request_fields(const ports::HeaderFields& fields,
                                     std::string_view fallback_user_agent, bool gba);

// "name: value" CR LF.
void append_line(std::string& out, std::string_view name, std::string_view value);

// The same with the identity in quotes, as for X-3GPP-Intended-Identity (TS 24.109 annex G) [UA-8].
// request_malformed for a quote, backslash, space or control octet, which no public identity has.
Result<void> append_identity_line(std::string& out, std::string_view name,
                                  std::string_view identity);

// The fields of a NAF's answer that go to the application.
ports::HeaderFields response_fields(ports::HeaderFields fields);

// Whether `list`, a comma separated list of tokens, holds `token` (without case).
bool has_token(std::string_view list, std::string_view token);

// Equality without case, ASCII only.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace ut::ua
