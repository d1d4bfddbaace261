// The one parser of request targets: policy and wire read what it gives, so they cannot read two
// different things into one target [API-3].
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::local {

enum class XcapTree : std::uint8_t { none, users, global };

// A request target taken apart. `origin_form` is what goes on the wire, byte for byte as the
// application sent it [XC-2]; the parts from `root` on are for policy.
struct Target {
  std::string naf;  // FQDN, lower case, no trailing dot
  std::uint16_t port = 443;
  std::string origin_form;  // path and query, begins with '/'

  // <root>/<AUID>/users/<XUI>/<document> or <root>/<AUID>/global/<document> (RFC 4825 clause 6).
  // The first segment that is `users` or `global` decides; all that stands before it is literal.
  XcapTree tree = XcapTree::none;
  std::string root;      // "/" or "/services": the path before the AUID; empty without a tree
  std::string auid;      // empty without a tree
  std::string xui;       // canonical_identity of the segment after `users`; empty in other trees
  std::string document;  // as sent: what follows, without the node selector
  bool has_node_selector = false;  // a segment "~~" is there
  std::string query;               // as sent, without '?'
};

// Reads a target in origin form, for which `host` (the value of Host) is needed, or in absolute
// form. In absolute form a Host that names another authority is refused: RFC 9112 clause 3.2.2 lets
// the target win, but it also obliges clients to send both alike, so a difference is a mistake or
// an attempt to make two readers disagree. Port: http:// and plain Host with 80 or none mean 443,
// as everything leaves as TLS; https:// with none too; any other port is kept.
//
// request_host_invalid for an authority that is not an FQDN of letters, digits and hyphens with at
// least two labels, or an IP address; request_target_invalid for every other form and for dot
// segments, encoded '/', '\', NUL and controls, raw '\', '"' and non-ASCII, bad percent-encoding,
// empty segments before "~~", a fragment or userinfo.
Result<Target> parse_target(std::string_view request_target, std::optional<std::string_view> host);

// An FQDN in lower case without a trailing dot; nullopt for everything else, addresses too.
std::optional<std::string> canonical_naf(std::string_view name);

}  // namespace ut::local
