// The bodies of POST /keys and POST /forget.
#pragma once

#include "agent/gba/naf_id.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace ut::control {

struct KeyRequest {
  gba::NafId naf_id;
  bool with_key = true;              // false: all but the key itself
  bool force_bootstrapping = false;  // the NAF refused the key of the present association
  std::string subscriber{};          // whose key, by his name; empty: the application's first
};

// {"naf": FQDN, "ua_protocol_id": ten hexadecimal digits, "with_key": true,
// "force_bootstrapping": false, "subscriber": NAME}; the last three may be left out.
// request_body_malformed for anything else: other, doubled or missing members too.
Result<KeyRequest> parse_key_request(std::string_view body);

// The body of POST /forget: {"subscriber": NAME}, or nothing: all of them, which is an empty name.
Result<std::string> parse_forget_request(std::string_view body);

}  // namespace ut::control
