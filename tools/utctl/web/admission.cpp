#include "tools/utctl/web/admission.h"

#include <algorithm>
#include <array>
#include <string>

namespace ut::utctl::web {
namespace {

constexpr std::string_view kNewLink =
    "End utctl web with Ctrl-C and start it again: it prints a new link.";

constexpr Refusal kOtherAddress = {421, "This is not the address of the status page",
                                   "Open the link as utctl web printed it."};
constexpr Refusal kOtherPage = {403, "Another page asked for the status",
                                "Open the link that utctl web printed yourself."};
constexpr Refusal kReadOnly = {405, "The status page can only be looked at",
                               "Use utctl for whatever is to be changed."};
constexpr Refusal kNoBody = {400, "The request carries something", "Open the status page anew."};
constexpr Refusal kNoSession = {403, "The status page was not opened here",
                                "Open the link that utctl web printed. It works once; for another "
                                "browser end utctl web and start it again."};
constexpr Refusal kNotFound = {404, "There is nothing here",
                               "Open the link that utctl web printed."};

struct Place {
  std::string_view name;
  Resource resource;
};
// The same for everybody: they tell nothing of the agent.
constexpr std::array kPublic = {
    Place{"/page.css", Resource::style},
    Place{"/page.js", Resource::script},
    Place{"/icon.svg", Resource::icon},
};
// Below the session's path.
constexpr std::array kOfSession = {
    Place{"", Resource::page},
    Place{"status", Resource::status},
    Place{"events", Resource::events},
};

template <std::size_t N>
std::optional<Resource> found(const std::array<Place, N>& places, std::string_view name) {
  const auto* const place = std::ranges::find(places, name, &Place::name);
  return place == places.end() ? std::nullopt : std::optional(place->resource);
}

bool is_own_origin(std::string_view origin, std::string_view authority) {
  constexpr std::string_view kScheme = "http://";
  return origin.starts_with(kScheme) && origin.substr(kScheme.size()) == authority;
}

// Nothing asked, or the page itself; "none" is the user.
bool is_own_site(std::string_view fetch_site) {
  return fetch_site.empty() || fetch_site == "same-origin" || fetch_site == "none";
}

}  // namespace

std::expected<Resource, Refusal> admit(const PageRequest& request, std::string_view authority,
                                       const Session& session) {
  if (request.host != authority) {
    return std::unexpected(kOtherAddress);
  }
  if (request.origin && !is_own_origin(*request.origin, authority)) {
    return std::unexpected(kOtherPage);
  }
  if (request.method != "GET") {
    return std::unexpected(kReadOnly);
  }
  if (request.has_body) {
    return std::unexpected(kNoBody);
  }
  // Whoever has the link may have found it in another page, such as a mail or what --open made.
  if (request.target.starts_with(kLinkPath)) {
    return Resource::link;
  }
  if (!is_own_site(request.fetch_site)) {
    return std::unexpected(kOtherPage);
  }
  if (const auto resource = found(kPublic, request.target)) {
    return *resource;
  }
  if (!session.holds(request.cookie)) {
    return std::unexpected(kNoSession);
  }
  if (request.target.starts_with(session.path())) {
    if (const auto resource = found(kOfSession, request.target.substr(session.path().size()))) {
      return *resource;
    }
  }
  return std::unexpected(kNotFound);
}

std::string_view link_token_of(std::string_view target) {
  return target.substr(kLinkPath.size());
}

Refusal refusal_of(Session::Exchange exchange) {
  if (exchange == Session::Exchange::used_before) {
    return {403, "This link was used before", kNewLink};
  }
  return {403, "This link is not known", kNewLink};
}

}  // namespace ut::utctl::web
