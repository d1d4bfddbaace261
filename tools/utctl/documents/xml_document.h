// An XML document that is changed in places and written again with everything else as it was.
#pragma once

#include <pugixml.hpp>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace ut::utctl {

// Why a document cannot be used as it is, in words for its owner.
template <class T>
using Understood = std::expected<T, std::string>;

// Of what is read and changed as a whole; far beyond any list that a person keeps.
inline constexpr std::size_t kLargestDocument = std::size_t{1024} * 1024;

class XmlDocument {
 public:
  // Well-formed UTF-8 of at most kLargestDocument octets, with one document element and no DTD,
  // whose entities would not be expanded.
  static Understood<XmlDocument> parse(std::string_view text);

  // Whitespace, comments and unknown elements are those of the text that was parsed.
  std::string text() const;

  pugi::xml_node root() const { return document_->document_element(); }

 private:
  XmlDocument() = default;
  std::unique_ptr<pugi::xml_document> document_;
  std::string before_{};  // the text in front of the document element
  std::string after_{};   // whitespace behind everything
};

// The namespace that the prefix of `node` stands for; empty: none.
std::string_view namespace_of(pugi::xml_node node);
std::string_view local_name(pugi::xml_node node);
bool is_element(pugi::xml_node node, std::string_view name_space, std::string_view local);

// The first child element of this name; an empty node when there is none.
pugi::xml_node child_of(pugi::xml_node parent, std::string_view name_space, std::string_view local);

// Adds an element at the end of `parent`, on a line of its own, indented by its depth. Its prefix
// is one that is bound to the namespace there; else `prefix`, or one like it, is bound at the
// element.
pugi::xml_node append_element(pugi::xml_node parent, std::string_view name_space,
                              std::string_view local, std::string_view prefix);

// Takes the element away, and the whitespace before it.
void remove_element(pugi::xml_node element);

// The text in `node` without whitespace around it.
std::string trimmed_text(pugi::xml_node node);

}  // namespace ut::utctl
