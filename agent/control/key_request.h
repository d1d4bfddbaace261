// The body of POST /keys.
#pragma once

#include "agent/gba/naf_id.h"
#include "base/result.h"

#include <string_view>

namespace ut::control {

struct KeyRequest {
  gba::NafId naf_id;
  bool with_key = true;              // false: all but the key itself
  bool force_bootstrapping = false;  // the NAF refused the key of the present association
};

// {"naf": FQDN, "ua_protocol_id": ten hexadecimal digits, "with_key": true,
// "force_bootstrapping": false}; the last two may be left out. request_body_malformed for anything
// else: other, doubled or missing members too.
Result<KeyRequest> parse_key_request(std::string_view body);

}  // namespace ut::control
