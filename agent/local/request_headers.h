// The table of request header fields: what becomes of each that an application sends [API-7].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ut::local {

enum class FieldUse : std::uint8_t {
  forward,  // end-to-end: goes to the NAF as it is
  drop,     // ours to set, hop-by-hop, or a claim that only we or a proxy may make
  host,     // read by us; not forwarded, as are the rest
  content_length,
  transfer_encoding,
  connection,
  expect,
  proxy_authorization,
  intended_identity,
  subscriber,  // Ut-Subscriber: for whom the request is, a word between application and agent
  request_id,  // by which the log tells requests apart: never forwarded
  user_agent,  // forwarded without product tokens of GBA
  web_page,    // sent by web browsers alone: the request is refused [API-5]
};

// Names are compared without case; a name that is not in the table is forwarded. A name that is in
// it but for '_' in place of '-' is dropped: servers behind CGI or WSGI cannot tell the two apart.
FieldUse field_use(std::string_view name);

bool same_name(std::string_view a, std::string_view b);

// `user_agent` without the product tokens of TS 24.109 ("3gpp-gba", "3gpp-gba-uicc", ...), which
// the agent alone may claim [UA-5]. Empty when nothing else is left.
std::string without_gba_tokens(std::string_view user_agent);

// Whether this is the User-Agent of a web browser, which begins with "Mozilla/" in all of them. It
// is what is left to tell a page's image without Referer by, and no page can change it [API-5].
bool is_browser(std::string_view user_agent);

}  // namespace ut::local
