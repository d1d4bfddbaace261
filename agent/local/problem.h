// What an application is told of a failure: problem documents (RFC 9457) [API-4].
#pragma once

#include "agent/problem_type.h"
#include "base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::local {

using ports::problem_type;

// The status code of the answer.
unsigned problem_status(ErrorCode code);

// Seconds after which a new try makes sense without anybody doing anything: what the failure itself
// says, else what is usual for its code; nullopt: there are none.
std::optional<std::int64_t> problem_retry_after(const Error& error);

// The document, application/problem+json: type, title, status, detail (what is known and what to do
// next), family, and where they apply foreign ("SW 6982"), retry_after and request_id, by which the
// request is found in the log. Holds no personal data as long as Error::detail holds none.
std::string problem_document(const Error& error, std::string_view request_id = {});

}  // namespace ut::local
