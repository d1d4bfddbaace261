// A small XCAP server (RFC 4825): documents kept octet for octet, ETags, conditional requests.
#pragma once

#include "tools/ut-lab/http.h"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

// <root>/AUID/users/XUI/document or <root>/AUID/global/document, then perhaps /~~/ and a node
// selector. Segments are percent-decoded one by one.
struct XcapPath {
  std::string auid;
  std::optional<std::string> xui;     // nullopt: the global tree
  std::vector<std::string> document;  // path below the user's or the global tree, not empty
  std::string node_selector;          // decoded; empty: the whole document
  std::string query;                  // decoded; namespace bindings of the selector

  // The key of the document in the store: "auid/users/xui/doc".
  std::string document_key() const;
};

// `target` in origin form. The error is one line for the client.
std::expected<XcapPath, std::string> parse_xcap_path(std::string_view root,
                                                     std::string_view target);

// Whether an If-Match or If-None-Match value names `etag`: "*" or a list of entity tags. A weak tag
// never matches (RFC 9110 section 8.8.3.2); nullopt for `etag` matches nothing, not even "*".
bool etag_listed(std::string_view value, const std::optional<std::string>& etag);

class XcapStore {
 public:
  // `root` begins and ends without '/', "" when documents begin right below the host.
  explicit XcapStore(std::string root = {}) : root_(std::move(root)) {}

  // One request of a user whose public identities are `identities`. Users may read and write below
  // their own XUI only, and read the global tree.
  Response answer(const Request& request, const std::vector<std::string>& identities);

  struct Document {
    std::string content;
    std::string etag;  // with its quotes
  };
  const std::map<std::string, Document>& documents() const { return documents_; }
  void clear() { documents_.clear(); }

 private:
  Response get(const XcapPath& path, const Request& request);
  Response put(const XcapPath& path, const Request& request);
  Response remove(const XcapPath& path, const Request& request);
  const Document& store(const std::string& key, std::string content);

  std::string root_;
  std::map<std::string, Document> documents_;
  unsigned long versions_ = 0;
};

}  // namespace ut::lab
