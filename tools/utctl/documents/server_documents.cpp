#include "tools/utctl/documents/server_documents.h"

#include <algorithm>
#include <array>

namespace ut::utctl {
namespace {

constexpr std::string_view kCaps = "urn:ietf:params:xml:ns:xcap-caps";
constexpr std::string_view kError = "urn:ietf:params:xml:ns:xcap-error";
constexpr std::size_t kMostDetails = 16;

struct Meaning {
  std::string_view element;
  std::string_view meaning;
};
// RFC 4825 clause 11.
constexpr std::array kMeanings = {
    Meaning{"not-well-formed", "the body is not well-formed XML; correct it"},
    Meaning{"not-xml-frag", "the body is no fragment of XML with one element; correct it"},
    Meaning{"no-parent",
            "the document or element that this would be part of is not there; put that first"},
    Meaning{"schema-validation-error",
            "the document would not be valid by its schema; correct the body"},
    Meaning{"not-xml-att-value", "the body is no value of an attribute; correct it"},
    Meaning{"cannot-insert",
            "a GET of the same address would not give what is put; name the element as the address "
            "does"},
    Meaning{"cannot-delete",
            "the address would name another element afterwards; name the element by an attribute"},
    Meaning{"uniqueness-failure",
            "a value that has to be unique is there already; choose another one"},
    Meaning{"constraint-failure",
            "the document would break a rule of its application usage; correct the body"},
    Meaning{"extension", "the server has a rule of its own"},
    Meaning{"not-utf-8", "the body is not UTF-8; convert it"},
};

std::vector<std::string> texts_of(pugi::xml_node parent, std::string_view group,
                                  std::string_view member) {
  std::vector<std::string> texts;
  for (const auto& child : child_of(parent, kCaps, group).children()) {
    if (is_element(child, kCaps, member)) {
      texts.push_back(trimmed_text(child));
    }
  }
  return texts;
}

std::string name_and_attributes(pugi::xml_node element) {
  std::string text(local_name(element));
  for (const auto& attribute : element.attributes()) {
    const std::string_view name = attribute.name();
    if (!name.starts_with("xmlns") && name != "phrase") {
      text += " " + std::string(name) + "=\"" + attribute.value() + "\"";
    }
  }
  if (auto value = trimmed_text(element); !value.empty()) {
    text += ": " + value;
  }
  return text;
}

}  // namespace

Understood<XcapCaps> xcap_caps(std::string_view text) {
  const auto document = XmlDocument::parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto root = document->root();
  if (!is_element(root, kCaps, "xcap-caps")) {
    return std::unexpected("its document element is <" + std::string(root.name()) +
                           ">, not <xcap-caps> of " + std::string(kCaps));
  }
  return XcapCaps{texts_of(root, "auids", "auid"), texts_of(root, "extensions", "extension"),
                  texts_of(root, "namespaces", "namespace")};
}

std::optional<XcapError> xcap_error(std::string_view text) {
  const auto document = XmlDocument::parse(text);
  if (!document || !is_element(document->root(), kError, "xcap-error")) {
    return std::nullopt;
  }
  const auto element = document->root().find_child(
      [](pugi::xml_node node) { return node.type() == pugi::node_element; });
  if (!element) {
    return std::nullopt;
  }
  XcapError error;
  error.element = local_name(element);
  error.phrase = element.attribute("phrase").value();
  const auto known = std::ranges::find(kMeanings, error.element, &Meaning::element);
  error.meaning = known == kMeanings.end() ? "this error is not of RFC 4825" : known->meaning;
  for (const auto& child : element.children()) {
    if (child.type() == pugi::node_element && error.details.size() < kMostDetails) {
      error.details.push_back(name_and_attributes(child));
    }
  }
  if (auto value = trimmed_text(element); !value.empty()) {
    error.details.push_back(std::move(value));
  }
  return error;
}

}  // namespace ut::utctl
