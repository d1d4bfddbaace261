// The answers of the status page, as octets. Pure.
#pragma once

#include "tools/utctl/web/admission.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ut::utctl::web {

// An answer's header up to its empty line, which is left out so that more fields can follow. Every
// answer forbids whatever the page does not need: other origins, inline scripts, frames, Referer,
// storing. `octets` is the length of the body; nullopt: the body ends with the connection.
std::string answer_header(unsigned status, std::string_view type,
                          std::optional<std::size_t> octets);

// A page for people that says why they do not get what they asked for.
std::string refusal_page(const Refusal& refusal);

// Sends the browser on to `path`. It is a page and no redirect, as a browser that was sent here by
// another page would withhold the cookie (SameSite=Strict) along the redirect.
std::string forward_page(std::string_view path);

}  // namespace ut::utctl::web
