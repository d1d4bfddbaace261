// Addresses of XCAP documents and nodes, from what is short to type (RFC 4825 clause 6). Pure.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

// Where the documents of one user are.
struct XcapHome {
  std::string root{};  // "http://xcap.home1.net/"
  std::string xui{};   // "sip:me@home1.net"
};

// The home of `subscriber` (empty: the first) in what GET http://ut-agent/xcap gave, with its
// default identity. agent_unreachable when that is no such document; input_malformed when he is not
// in it; his problem when he has one.
Result<XcapHome> home_from(ByteView document, std::string_view subscriber);

// Whether the address is a whole URI, for which no home is needed.
bool is_whole_uri(std::string_view address);

// The http URI of an address:
//   a whole one                      http or https; the agent sends both as TLS
//   "AUID/users/XUI/...", "AUID/global/..."   below the root
//   "AUID/DOCUMENT", with or without "/~~/NODE"   in the folder of the user
// What may not stand in a URI as it is, is percent-encoded; "%HH" stays. input_malformed.
Result<std::string> uri_of(std::string_view address, const XcapHome& home);

// The address of a document of the user.
std::string document_address(std::string_view auid, std::string_view document);

// The media type of what is put at this URI: of an attribute or element behind "/~~/", else of the
// application usage; nullopt for usages that are not known here.
std::optional<std::string> media_type_of(std::string_view uri);

}  // namespace ut::utctl
