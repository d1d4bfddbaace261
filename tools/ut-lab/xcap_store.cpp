#include "tools/ut-lab/xcap_store.h"

#include "base/bytes.h"
#include "tools/ut-lab/crypto.h"
#include "tools/ut-lab/xcap_node.h"

#include <algorithm>
#include <array>

namespace ut::lab {
namespace {

struct ApplicationUsage {
  std::string_view auid;
  std::string_view media_type;
};
constexpr std::array kUsages = {
    ApplicationUsage{"resource-lists", "application/resource-lists+xml"},
    ApplicationUsage{"rls-services", "application/rls-services+xml"},
    ApplicationUsage{"pres-rules", "application/auth-policy+xml"},
    ApplicationUsage{"org.openmobilealliance.pres-rules", "application/auth-policy+xml"},
    ApplicationUsage{"pidf-manipulation", "application/pidf+xml"},
    ApplicationUsage{"simservs.ngn.etsi.org", "application/vnd.etsi.simservs+xml"},
    ApplicationUsage{"xcap-caps", "application/xcap-caps+xml"},
};

constexpr std::string_view kCapabilities =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<xcap-caps xmlns=\"urn:ietf:params:xml:ns:xcap-caps\">\n"
    "  <auids>\n"
    "    <auid>resource-lists</auid>\n"
    "    <auid>rls-services</auid>\n"
    "    <auid>pres-rules</auid>\n"
    "    <auid>org.openmobilealliance.pres-rules</auid>\n"
    "    <auid>pidf-manipulation</auid>\n"
    "    <auid>simservs.ngn.etsi.org</auid>\n"
    "    <auid>xcap-caps</auid>\n"
    "  </auids>\n"
    "</xcap-caps>\n";

const ApplicationUsage* usage_of(std::string_view auid) {
  const auto found = std::ranges::find(kUsages, auid, &ApplicationUsage::auid);
  return found == kUsages.end() ? nullptr : &*found;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Response not_allowed(std::string_view allow) {
  auto response = plain(405, "the method is not allowed here");
  response.headers.push_back({"Allow", std::string(allow)});
  return response;
}

// If-Match and If-None-Match before a change (RFC 9110 section 13.2.2).
bool preconditions_hold(const Request& request, const std::optional<std::string>& etag) {
  const auto* if_match = find_header(request.headers, "If-Match");
  const auto* if_none_match = find_header(request.headers, "If-None-Match");
  return (if_match == nullptr || etag_listed(*if_match, etag)) &&
         (if_none_match == nullptr || !etag_listed(*if_none_match, etag));
}

bool has_media_type(const Request& request, std::string_view expected) {
  const auto* value = find_header(request.headers, "Content-Type");
  return value != nullptr &&
         equal_ignoring_case(trimmed(std::string_view(*value).substr(0, value->find(';'))),
                             expected);
}

}  // namespace

std::string XcapPath::document_key() const {
  std::string key = auid + (xui ? "/users/" + *xui : "/global");
  for (const auto& segment : document) {
    key += '/' + segment;
  }
  return key;
}

std::expected<XcapPath, std::string> parse_xcap_path(std::string_view root,
                                                     std::string_view target) {
  XcapPath path;
  const auto question = target.find('?');
  if (question != std::string_view::npos) {
    const auto query = percent_decoded(target.substr(question + 1));
    if (!query) {
      return std::unexpected("the query is not percent-encoded correctly");
    }
    path.query = *query;
    target = target.substr(0, question);
  }
  const std::string prefix = root.empty() ? "/" : "/" + std::string(root) + "/";
  if (!target.starts_with(prefix)) {
    return std::unexpected("the target is not below the XCAP root");
  }
  target.remove_prefix(prefix.size());

  constexpr std::string_view kSeparator = "/~~/";
  if (const auto separator = target.find(kSeparator); separator != std::string_view::npos) {
    const auto selector = percent_decoded(target.substr(separator + kSeparator.size()));
    if (!selector || selector->empty()) {
      return std::unexpected("the node selector is malformed");
    }
    path.node_selector = *selector;
    target = target.substr(0, separator);
  }

  std::vector<std::string> segments;
  for (const auto part : split(target, '/')) {
    auto segment = percent_decoded(part);
    // A decoded '/' would let one segment pass for two.
    if (!segment || segment->empty() || *segment == "." || *segment == ".." ||
        segment->find('/') != std::string::npos || segment->find('\0') != std::string::npos) {
      return std::unexpected("a path segment is malformed");
    }
    segments.push_back(std::move(*segment));
  }
  std::size_t used = 2;
  if (segments.size() >= 4 && segments[1] == "users") {
    path.xui = segments[2];
    used = 3;
  } else if (segments.size() < 3 || segments[1] != "global") {
    return std::unexpected("the target names no document");
  }
  path.auid = segments[0];
  path.document.assign(segments.begin() + static_cast<std::ptrdiff_t>(used), segments.end());
  return path;
}

bool etag_listed(std::string_view value, const std::optional<std::string>& etag) {
  if (!etag) {
    return false;
  }
  const auto parts = split(value, ',');
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return trimmed(part) == "*" || trimmed(part) == *etag; });
}

Response XcapStore::answer(const Request& request, const std::vector<std::string>& identities) {
  const auto path = parse_xcap_path(root_, request.target);
  if (!path) {
    return plain(404, path.error());
  }
  if (usage_of(path->auid) == nullptr) {
    return plain(404, "unknown application usage");
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path->xui && std::ranges::find(identities, *path->xui) == identities.end()) {
    return plain(403, "this tree belongs to another user");
  }
  if (reads) {
    return get(*path, request);
  }
  if (!path->xui) {
    return not_allowed("GET, HEAD");
  }
  if (request.method == "PUT") {
    return put(*path, request);
  }
  if (request.method == "DELETE") {
    return remove(*path, request);
  }
  return not_allowed("GET, HEAD, PUT, DELETE");
}

const XcapStore::Document& XcapStore::store(const std::string& key, std::string content) {
  const std::string version = std::to_string(++versions_);
  std::string etag =
      "\"" + hash_hex(Hash::sha256, {as_bytes(version), as_bytes(content)}).substr(0, 16) + "\"";
  auto& document = documents_[key];
  document = {std::move(content), std::move(etag)};
  return document;
}

Response XcapStore::get(const XcapPath& path, const Request& request) {
  if (!path.xui && path.auid == "xcap-caps" && path.document == std::vector<std::string>{"index"} &&
      !documents_.contains(path.document_key())) {
    store(path.document_key(), std::string(kCapabilities));
  }
  const auto found = documents_.find(path.document_key());
  if (found == documents_.end()) {
    return plain(404, "no such document");
  }
  const auto& document = found->second;
  Response response{200, {{"ETag", document.etag}}, {}};
  if (path.node_selector.empty()) {
    response.headers.push_back({"Content-Type", std::string(usage_of(path.auid)->media_type)});
    response.body = document.content;
  } else {
    auto node = read_node(document.content, path.node_selector, path.query);
    if (!node) {
      return node.error();
    }
    response.headers.push_back({"Content-Type", std::string(media_type(node->kind))});
    response.body = std::move(node->text);
  }
  const auto* if_match = find_header(request.headers, "If-Match");
  if (if_match != nullptr && !etag_listed(*if_match, document.etag)) {
    return plain(412, "If-Match names another version");
  }
  const auto* if_none_match = find_header(request.headers, "If-None-Match");
  if (if_none_match != nullptr && etag_listed(*if_none_match, document.etag)) {
    return {304, {{"ETag", document.etag}}, {}};
  }
  return response;
}

Response XcapStore::put(const XcapPath& path, const Request& request) {
  const std::string key = path.document_key();
  const auto found = documents_.find(key);
  const bool exists = found != documents_.end();
  const auto etag = exists ? std::optional(found->second.etag) : std::nullopt;
  if (path.document.size() > 1) {
    return xcap_conflict("no-parent", "directories are not made by PUT");
  }
  if (!preconditions_hold(request, etag)) {
    return plain(412, "the document is another version than the request says");
  }
  if (path.node_selector.empty()) {
    if (!has_media_type(request, usage_of(path.auid)->media_type)) {
      return plain(415, "this application usage has another media type");
    }
    if (auto conflict = check_document(request.body)) {
      return *conflict;
    }
    const auto& document = store(key, request.body);
    return {exists ? 200U : 201U, {{"ETag", document.etag}}, {}};
  }
  if (!exists) {
    return xcap_conflict("no-parent", "the document does not exist");
  }
  auto changed = write_node(found->second.content, path.node_selector, path.query, request);
  if (!changed) {
    return changed.error();
  }
  const auto& document = store(key, std::move(changed->document));
  return {changed->created ? 201U : 200U, {{"ETag", document.etag}}, {}};
}

Response XcapStore::remove(const XcapPath& path, const Request& request) {
  const auto found = documents_.find(path.document_key());
  if (found == documents_.end()) {
    return plain(404, "no such document");
  }
  if (!preconditions_hold(request, found->second.etag)) {
    return plain(412, "the document is another version than the request says");
  }
  if (path.node_selector.empty()) {
    documents_.erase(found);
    return {204, {}, {}};
  }
  auto changed = delete_node(found->second.content, path.node_selector, path.query);
  if (!changed) {
    return changed.error();
  }
  const auto& document = store(found->first, std::move(*changed));
  return {200, {{"ETag", document.etag}}, {}};
}

}  // namespace ut::lab
