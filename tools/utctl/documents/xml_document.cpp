#include "tools/utctl/documents/xml_document.h"

#include <algorithm>
#include <cctype>
#include <ranges>
#include <vector>

namespace ut::utctl {
namespace {

constexpr unsigned kIndent = 2;

bool is_whitespace(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string declaration_of(std::string_view prefix) {
  return prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
}

// What `prefix` stands for at `node`.
std::string_view bound_to(pugi::xml_node node, std::string_view prefix) {
  const std::string name = declaration_of(prefix);
  for (; node; node = node.parent()) {
    if (const auto attribute = node.attribute(name.c_str())) {
      return attribute.value();
    }
  }
  return {};
}

// Gives the prefix of a name in the namespace at `node`; false when none is bound to it.
bool find_prefix(pugi::xml_node node, std::string_view name_space, std::string& prefix) {
  for (auto at = node; at; at = at.parent()) {
    for (const auto& attribute : at.attributes()) {
      const std::string_view name = attribute.name();
      const bool declares = name == "xmlns" || name.starts_with("xmlns:");
      const auto candidate =
          name == "xmlns" ? std::string_view() : name.substr(std::min<std::size_t>(6, name.size()));
      if (declares && attribute.value() == name_space && bound_to(node, candidate) == name_space) {
        prefix = candidate;
        return true;
      }
    }
  }
  return false;
}

unsigned depth_of(pugi::xml_node node) {
  unsigned depth = 0;
  for (; node.parent() && node.parent().type() == pugi::node_element; node = node.parent()) {
    ++depth;
  }
  return depth;
}

std::string line_at(unsigned depth) {
  return "\n" + std::string(std::size_t{kIndent} * depth, ' ');
}

// pugixml takes an encoding for granted; XCAP knows UTF-8 alone (RFC 4825 clause 5).
bool says_other_encoding(const pugi::xml_document& document) {
  std::string encoding = document.first_child().type() == pugi::node_declaration
                             ? document.first_child().attribute("encoding").value()
                             : "";
  std::ranges::transform(encoding, encoding.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return !encoding.empty() && encoding != "utf-8" && encoding != "us-ascii";
}

std::string line_of(std::string_view text, std::ptrdiff_t offset) {
  const auto at =
      std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)), text.size());
  return std::to_string(1 + std::ranges::count(text.substr(0, at), '\n'));
}

Understood<void> check_prefixes(pugi::xml_node node) {
  // A loop, as a peer chooses how deep elements are.
  for (pugi::xml_node at = node; at;) {
    if (at.type() == pugi::node_element) {
      const auto prefix = prefix_of(at.name());
      if (!prefix.empty() && prefix != "xml" && bound_to(at, prefix).empty()) {
        return std::unexpected("the prefix of <" + std::string(at.name()) + "> is not declared");
      }
    }
    if (at.first_child()) {
      at = at.first_child();
      continue;
    }
    while (at && at != node && !at.next_sibling()) {
      at = at.parent();
    }
    at = at == node ? pugi::xml_node() : at.next_sibling();
  }
  return {};
}

}  // namespace

Understood<XmlDocument> XmlDocument::parse(std::string_view text) {
  if (text.size() > kLargestDocument) {
    return std::unexpected("it is larger than " + std::to_string(kLargestDocument) + " octets");
  }
  XmlDocument parsed;
  parsed.document_ = std::make_unique<pugi::xml_document>();
  constexpr auto kOptions =
      (pugi::parse_full | pugi::parse_ws_pcdata) & ~static_cast<unsigned>(pugi::parse_eol);
  const auto result =
      parsed.document_->load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!result) {
    return std::unexpected("line " + line_of(text, result.offset) +
                           " is not well-formed XML: " + result.description());
  }
  if (says_other_encoding(*parsed.document_)) {
    return std::unexpected("its XML declaration names another encoding than UTF-8");
  }
  unsigned elements = 0;
  for (const auto& child : parsed.document_->children()) {
    if (child.type() == pugi::node_doctype) {
      return std::unexpected("it has a document type definition");
    }
    elements += child.type() == pugi::node_element ? 1U : 0U;
    if (child.type() == pugi::node_pcdata && !is_whitespace(child.value())) {
      return std::unexpected("there is text outside of its document element");
    }
  }
  if (elements != 1) {
    return std::unexpected("it must have one document element, and has " +
                           std::to_string(elements));
  }
  parsed.before_ = text.substr(0, static_cast<std::size_t>(parsed.root().offset_debug()) - 1);
  parsed.after_ = text.substr(text.rfind('>') + 1);
  if (auto bound = check_prefixes(parsed.root()); !bound) {
    return std::unexpected(std::move(bound).error());
  }
  return parsed;
}

std::string XmlDocument::text() const {
  struct Writer final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
    std::string text;
  } writer;
  // pugixml leaves out the whitespace outside of the document element.
  writer.text = before_;
  root().print(writer, "", pugi::format_raw, pugi::encoding_utf8);
  for (auto node = root().next_sibling(); node; node = node.next_sibling()) {
    node.print(writer, "", pugi::format_raw, pugi::encoding_utf8);
  }
  writer.text += after_;
  return std::move(writer.text);
}

std::string_view namespace_of(pugi::xml_node node) {
  return bound_to(node, prefix_of(node.name()));
}

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_element(pugi::xml_node node, std::string_view name_space, std::string_view local) {
  return node.type() == pugi::node_element && local_name(node) == local &&
         namespace_of(node) == name_space;
}

pugi::xml_node child_of(pugi::xml_node parent, std::string_view name_space,
                        std::string_view local) {
  return parent.find_child(
      [&](pugi::xml_node child) { return is_element(child, name_space, local); });
}

pugi::xml_node append_element(pugi::xml_node parent, std::string_view name_space,
                              std::string_view local, std::string_view prefix) {
  std::string chosen;
  const bool bound = find_prefix(parent, name_space, chosen);
  if (!bound) {
    chosen = prefix;
    for (unsigned number = 1; !bound_to(parent, chosen).empty(); ++number) {
      chosen = std::string(prefix) + std::to_string(number);
    }
  }
  const unsigned depth = depth_of(parent) + 1;
  const auto last = parent.last_child();
  const bool closes_line = last.type() == pugi::node_pcdata && is_whitespace(last.value());
  if (closes_line) {
    parent.remove_child(last);
  }
  parent.append_child(pugi::node_pcdata).set_value(line_at(depth).c_str());
  const std::string name = chosen.empty() ? std::string(local) : chosen + ":" + std::string(local);
  auto element = parent.append_child(name.c_str());
  parent.append_child(pugi::node_pcdata).set_value(line_at(depth - 1).c_str());
  if (!bound) {
    element.append_attribute(declaration_of(chosen).c_str()) = std::string(name_space).c_str();
  }
  return element;
}

void remove_element(pugi::xml_node element) {
  auto parent = element.parent();
  const auto before = element.previous_sibling();
  if (before.type() == pugi::node_pcdata && is_whitespace(before.value())) {
    parent.remove_child(before);
  }
  parent.remove_child(element);
}

std::string trimmed_text(pugi::xml_node node) {
  const std::string_view text = node.text().get();
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos
             ? std::string()
             : std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace ut::utctl
