// What a NAF refused, for people and for programs.
#pragma once

#include "tools/utctl/answer.h"
#include "tools/utctl/ut_request.h"

#include <string>
#include <string_view>

namespace ut::utctl {

// What else than 2xx a request for `uri` was answered with: status, the XCAP error in words where
// there is one (RFC 4825 clause 11), and what to do next. The exit status tells 404, 409 and 412
// apart from the rest.
Answer refusal_of(const UtAnswer& answer, std::string_view method, const std::string& uri);

// Words for standard error, or {"error": {"text": ...}} for standard output.
Answer complaint(Exit exit, std::string text);

}  // namespace ut::utctl
