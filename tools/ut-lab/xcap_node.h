// Nodes of XCAP documents (RFC 4825 clause 6.3): elements and attributes read, written and deleted
// so that every octet outside the node stays as it was.
#pragma once

#include "tools/ut-lab/http.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace ut::lab {

enum class NodeKind : std::uint8_t { element, attribute };
// "application/xcap-el+xml" or "application/xcap-att+xml"
std::string_view media_type(NodeKind kind);

struct Node {
  NodeKind kind;
  std::string text;
};

struct WrittenNode {
  std::string document;  // the whole of it
  bool created;
};

// 409 with an xcap-error document: `element` is one of RFC 4825 clause 11.
Response xcap_conflict(std::string_view element, std::string_view phrase);

// nullopt when `document` is UTF-8 and well-formed XML with one document element.
std::optional<Response> check_document(std::string_view document);

// Selectors are made of steps name, *, name[n], name[@attribute="value"], name[n][@a="v"], and
// perhaps a last step @attribute. `query` binds prefixes: xmlns(p=uri). A name without prefix is in
// the namespace of the document element. Errors are whole answers: 400, 404, 409 or 415.
std::expected<Node, Response> read_node(const std::string& document, std::string_view selector,
                                        std::string_view query);
std::expected<WrittenNode, Response> write_node(const std::string& document,
                                                std::string_view selector, std::string_view query,
                                                const Request& request);
std::expected<std::string, Response> delete_node(const std::string& document,
                                                 std::string_view selector, std::string_view query);

}  // namespace ut::lab
