#include "tools/utctl/documents/resource_lists.h"

#include "agent/local/public_identity.h"

namespace ut::utctl {
namespace {

constexpr std::string_view kLists = "urn:ietf:params:xml:ns:resource-lists";
// Of lists within lists; beyond it they are left alone.
constexpr unsigned kDeepest = 32;

bool is_uri(pugi::xml_node entry, std::string_view uri) {
  return is_element(entry, kLists, "entry") &&
         local::canonical_identity(entry.attribute("uri").value()) == uri;
}

void collect(pugi::xml_node parent, const std::string& before, unsigned depth,
             std::vector<ResourceList>& lists) {
  for (const auto& element : parent.children()) {
    if (!is_element(element, kLists, "list") || depth > kDeepest) {
      continue;
    }
    ResourceList list;
    list.name = before + element.attribute("name").value();
    list.display_name = trimmed_text(child_of(element, kLists, "display-name"));
    for (const auto& entry : element.children()) {
      if (is_element(entry, kLists, "entry")) {
        list.entries.emplace_back(entry.attribute("uri").value());
      } else if (is_element(entry, kLists, "external")) {
        list.elsewhere.emplace_back(entry.attribute("anchor").value());
      } else if (is_element(entry, kLists, "entry-ref")) {
        list.elsewhere.emplace_back(entry.attribute("ref").value());
      }
    }
    const std::string name = list.name;
    lists.push_back(std::move(list));
    collect(element, name + "/", depth + 1, lists);
  }
}

Understood<XmlDocument> parse(std::string_view text) {
  auto document = XmlDocument::parse(text);
  if (document && !is_element(document->root(), kLists, "resource-lists")) {
    return std::unexpected("it holds no resource lists: its document element is <" +
                           std::string(document->root().name()) + ">, not <resource-lists> of " +
                           std::string(kLists));
  }
  return document;
}

// The list by its path of names; two of one name below one element are an error of the document.
Understood<pugi::xml_node> find_list(pugi::xml_node root, std::string_view path) {
  pugi::xml_node at = root;
  while (at && !path.empty()) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    pugi::xml_node found;
    for (const auto& child : at.children()) {
      if (!is_element(child, kLists, "list") || child.attribute("name").value() != name) {
        continue;
      }
      if (found) {
        return std::unexpected("it has two lists with the name \"" + std::string(name) + "\"");
      }
      found = child;
    }
    at = found;
  }
  return at;
}

}  // namespace

Understood<std::vector<ResourceList>> resource_lists(std::string_view text) {
  const auto document = parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  std::vector<ResourceList> lists;
  collect(document->root(), {}, 1, lists);
  return lists;
}

Understood<ListsChange> with_entry(std::string_view text, std::string_view list,
                                   std::string_view uri) {
  const auto document = parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  auto found = find_list(document->root(), list);
  if (!found) {
    return std::unexpected(std::move(found).error());
  }
  pugi::xml_node element = *found;
  if (!element && list.contains('/')) {
    return std::unexpected("there is no list \"" + std::string(list) + "\"");
  }
  if (!element) {
    element = append_element(document->root(), kLists, "list", "rl");
    element.append_attribute("name") = std::string(list).c_str();
  }
  for (const auto& entry : element.children()) {
    if (is_uri(entry, uri)) {
      return ListsChange{std::string(text), false};
    }
  }
  append_element(element, kLists, "entry", "rl").append_attribute("uri") = std::string(uri).c_str();
  return ListsChange{document->text(), true};
}

Understood<ListsChange> without_entry(std::string_view text, std::string_view list,
                                      std::string_view uri) {
  const auto document = parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto found = find_list(document->root(), list);
  if (!found) {
    return std::unexpected(found.error());
  }
  if (!*found) {
    return std::unexpected("there is no list \"" + std::string(list) + "\"");
  }
  bool changed = false;
  for (auto entry = found->first_child(); entry;) {
    const auto next = entry.next_sibling();
    if (is_uri(entry, uri)) {
      remove_element(entry);
      changed = true;
    }
    entry = next;
  }
  return ListsChange{changed ? document->text() : std::string(text), changed};
}

}  // namespace ut::utctl
