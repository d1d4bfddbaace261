// Which requests the status page answers, and to whom. Pure.
#pragma once

#include "tools/utctl/web/session.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace ut::utctl::web {

// What is looked at of a request.
struct PageRequest {
  std::string_view method{};
  std::string_view target{};
  std::optional<std::string_view> host{};  // nullopt: none, or several
  std::optional<std::string_view> origin{};
  std::string_view fetch_site{};  // Sec-Fetch-Site; empty: not sent
  std::string_view cookie{};
  bool has_body = false;
};

enum class Resource : std::uint8_t {
  link,  // "/open/" and a token
  page,
  status,
  events,
  style,
  script,
  icon,
};

// A refusal as the user reads it.
struct Refusal {
  unsigned status;
  std::string_view title;
  std::string_view advice;
};

inline constexpr std::string_view kLinkPath = "/open/";

// `authority` is the page's own, as the link has it: "127.0.0.1:40123". It is the only Host that is
// answered, so that no name that somebody points to this address is [API-5]; pages of other origins
// get nothing; what tells of the agent goes to the session alone. There is nothing but GET.
std::expected<Resource, Refusal> admit(const PageRequest& request, std::string_view authority,
                                       const Session& session);

// The token of a request that was admitted as Resource::link.
std::string_view link_token_of(std::string_view target);

// Why the link did not open the session; `exchange` is not Exchange::opened.
Refusal refusal_of(Session::Exchange exchange);

}  // namespace ut::utctl::web
