// The grammar of HTTP authentication fields (RFC 7235 clause 2.1, RFC 7615), strictly read. No
// splitting at commas: quoted strings may hold commas, escapes and spaces.
#pragma once

#include "agent/gba/parsed.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::gba {

// One name=value. The value is without quotes and escapes.
struct AuthParameter {
  std::string name;  // lower case
  std::string value;
  bool operator==(const AuthParameter&) const = default;
};
using AuthParameters = std::vector<AuthParameter>;

// The value of the parameter `name` (lower case); nullptr when there is none.
const std::string* find(const AuthParameters& parameters, std::string_view name);

struct AuthChallenge {
  std::string scheme;   // lower case
  std::string token68;  // "Negotiate YII...=": empty when there are parameters or nothing
  AuthParameters parameters;
  bool operator==(const AuthChallenge&) const = default;
};

// All challenges of all WWW-Authenticate fields of one message, in order. Refused: anything that
// the grammar does not allow, a parameter given twice in one challenge, more than 16 challenges, 32
// parameters in one, 16384 octets in all.
Parsed<std::vector<AuthChallenge>> parse_challenges(std::span<const std::string_view> fields);

// The parameters of all Authentication-Info fields of one message, with the same bounds.
Parsed<AuthParameters> parse_auth_parameters(std::span<const std::string_view> fields);

}  // namespace ut::gba
