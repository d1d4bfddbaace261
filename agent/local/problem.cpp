#include "agent/local/problem.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace ut::local {
namespace {

// The status of every code of a family that has no row of its own below.
unsigned family_status(ErrorFamily family) {
  switch (family) {
    case ErrorFamily::card:
    case ErrorFamily::pin:
    case ErrorFamily::limit:
      return 503;
    case ErrorFamily::ub:
    case ErrorFamily::tls:
    case ErrorFamily::ua:
    case ErrorFamily::network:
      return 502;
    case ErrorFamily::policy:
      return 403;
    case ErrorFamily::request:
      return 400;
    case ErrorFamily::config:
    case ErrorFamily::input:
    case ErrorFamily::internal:
      return 500;
  }
  return 500;
}

struct StatusRow {
  ErrorCode code;
  unsigned status;
};
constexpr std::array kStatuses = {
    StatusRow{ErrorCode::ub_timeout, 504},
    StatusRow{ErrorCode::ub_forgotten, 503},
    StatusRow{ErrorCode::ub_backing_off, 503},
    StatusRow{ErrorCode::ua_backing_off, 503},
    StatusRow{ErrorCode::ua_identity_not_owned, 403},
    StatusRow{ErrorCode::policy_token_wrong, 407},
    StatusRow{ErrorCode::request_method_refused, 405},
    StatusRow{ErrorCode::request_resource_unknown, 404},
    StatusRow{ErrorCode::request_connect_refused, 405},
    StatusRow{ErrorCode::network_timeout, 504},
    StatusRow{ErrorCode::limit_header, 431},
    StatusRow{ErrorCode::limit_body, 413},
    StatusRow{ErrorCode::limit_time, 408},
    StatusRow{ErrorCode::shutting_down, 503},
};

struct RetryRow {
  ErrorCode code;
  std::int64_t seconds;
};
constexpr std::array kRetries = {
    RetryRow{ErrorCode::card_service_unavailable, 5},
    RetryRow{ErrorCode::card_reader_absent, 5},
    RetryRow{ErrorCode::card_absent, 5},
    RetryRow{ErrorCode::card_removed, 5},
    RetryRow{ErrorCode::card_reset, 1},
    RetryRow{ErrorCode::card_busy, 5},
    RetryRow{ErrorCode::card_mute, 5},
    RetryRow{ErrorCode::card_transport, 1},
    RetryRow{ErrorCode::card_identity_changed, 1},
    RetryRow{ErrorCode::ub_forgotten, 1},
    RetryRow{ErrorCode::ub_backing_off, 10},
    RetryRow{ErrorCode::ua_backing_off, 10},
    RetryRow{ErrorCode::limit_connections, 1},
    RetryRow{ErrorCode::limit_queue, 1},
    RetryRow{ErrorCode::shutting_down, 5},
};

}  // namespace

unsigned problem_status(ErrorCode code) {
  const auto* row = std::ranges::find(kStatuses, code, &StatusRow::code);
  return row != kStatuses.end() ? row->status : family_status(family(code));
}

std::optional<std::int64_t> problem_retry_after(const Error& error) {
  if (error.retry_after) {
    return error.retry_after->count();
  }
  const auto* row = std::ranges::find(kRetries, error.code, &RetryRow::code);
  return row != kRetries.end() ? std::optional(row->seconds) : std::nullopt;
}

std::string problem_document(const Error& error, std::string_view request_id) {
  std::string detail = error.detail.empty() ? std::string{} : error.detail + "; ";
  detail += advice(error.code);
  nlohmann::ordered_json document = {
      {"type", problem_type(error.code)},          {"title", meaning(error.code)},
      {"status", problem_status(error.code)},      {"detail", detail},
      {"family", family_name(family(error.code))},
  };
  if (auto foreign = to_text(error.foreign); !foreign.empty()) {
    document["foreign"] = std::move(foreign);
  }
  if (const auto seconds = problem_retry_after(error)) {
    document["retry_after"] = *seconds;
  }
  if (!request_id.empty()) {
    document["request_id"] = request_id;
  }
  // A detail may quote what a peer sent, so it need not be UTF-8.
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace ut::local
