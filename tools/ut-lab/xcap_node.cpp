#include "tools/ut-lab/xcap_node.h"

#include <pugixml.hpp>

#include <charconv>
#include <map>
#include <vector>

namespace ut::lab {
namespace {

struct Step {
  std::string name;  // "*" for any
  std::optional<unsigned> position{};
  std::string attribute{};  // of the predicate [@attribute="value"]; empty: none
  std::string value{};
};

struct Selector {
  std::vector<Step> steps;
  std::string attribute{};  // of a last step @attribute; empty: an element is meant
  std::map<std::string, std::string> prefixes{};
};

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto octet = static_cast<unsigned char>(text[i++]);
    unsigned more = 0;
    std::uint32_t code = octet;
    if (octet >= 0xF0 && octet < 0xF5) {
      more = 3;
      code = octet & 0x07U;
    } else if (octet >= 0xE0) {
      more = octet < 0xF0 ? 2 : 4;
      code = octet & 0x0FU;
    } else if (octet >= 0xC2) {
      more = 1;
      code = octet & 0x1FU;
    } else if (octet >= 0x80) {
      return false;
    }
    if (more == 4 || text.size() - i < more) {
      return false;
    }
    for (unsigned k = 0; k < more; ++k) {
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xC0U) != 0x80U) {
        return false;
      }
      code = code << 6 | (next & 0x3FU);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (overlong || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) {
      return false;
    }
  }
  return true;
}

bool parse_xml(pugi::xml_document& document, std::string_view text) {
  const auto options = pugi::parse_full & ~static_cast<unsigned>(pugi::parse_eol);
  if (!document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8)) {
    return false;
  }
  std::size_t elements = 0;
  for (const auto& child : document.children()) {
    elements += child.type() == pugi::node_element ? 1U : 0U;
  }
  return elements == 1;
}

// Splits at '/' outside of quotes.
std::vector<std::string_view> split_steps(std::string_view selector) {
  std::vector<std::string_view> steps;
  std::size_t begin = 0;
  char quote = 0;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    const char c = selector[i];
    if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '/') {
      steps.push_back(selector.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  steps.push_back(selector.substr(begin));
  return steps;
}

std::optional<Step> parse_step(std::string_view text) {
  Step step;
  const auto bracket = text.find('[');
  step.name = std::string(text.substr(0, bracket));
  if (step.name.empty()) {
    return std::nullopt;
  }
  text.remove_prefix(std::min(text.size(), bracket));
  while (!text.empty()) {
    if (text.size() < 3 || text.front() != '[') {
      return std::nullopt;
    }
    text.remove_prefix(1);
    if (text.front() == '@') {
      const auto equals = text.find('=');
      if (equals == std::string_view::npos || equals + 2 > text.size() || !step.attribute.empty()) {
        return std::nullopt;
      }
      const char quote = text[equals + 1];
      const auto end = text.find(quote, equals + 2);
      if ((quote != '"' && quote != '\'') || end == std::string_view::npos) {
        return std::nullopt;
      }
      step.attribute = std::string(text.substr(1, equals - 1));
      step.value = std::string(text.substr(equals + 2, end - equals - 2));
      text.remove_prefix(end + 1);
    } else {
      unsigned position = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
      if (error != std::errc() || position == 0 || step.position) {
        return std::nullopt;
      }
      step.position = position;
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    if (!text.starts_with(']')) {
      return std::nullopt;
    }
    text.remove_prefix(1);
  }
  return step;
}

// xmlns(p=uri) xmlns(q=uri)
std::optional<std::map<std::string, std::string>> parse_bindings(std::string_view query) {
  std::map<std::string, std::string> bindings;
  while (!query.empty()) {
    constexpr std::string_view kStart = "xmlns(";
    const auto equals = query.find('=');
    const auto end = query.find(')');
    if (!query.starts_with(kStart) || end == std::string_view::npos || equals > end) {
      return std::nullopt;
    }
    bindings.emplace(query.substr(kStart.size(), equals - kStart.size()),
                     query.substr(equals + 1, end - equals - 1));
    query.remove_prefix(end + 1);
    query.remove_prefix(std::min(query.size(), query.find_first_not_of(' ')));
  }
  return bindings;
}

std::optional<Selector> parse_selector(std::string_view text, std::string_view query) {
  Selector selector;
  auto bindings = parse_bindings(query);
  if (!bindings) {
    return std::nullopt;
  }
  selector.prefixes = std::move(*bindings);
  auto steps = split_steps(text);
  if (steps.back().starts_with('@')) {
    selector.attribute = std::string(steps.back().substr(1));
    steps.pop_back();
    if (selector.attribute.empty()) {
      return std::nullopt;
    }
  }
  for (const auto each : steps) {
    auto step = parse_step(each);
    if (!step) {
      return std::nullopt;
    }
    selector.steps.push_back(std::move(*step));
  }
  return selector.steps.empty() ? std::nullopt : std::optional(std::move(selector));
}

std::string_view local_name(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view namespace_of(pugi::xml_node element) {
  const std::string_view prefix = prefix_of(element.name());
  const std::string declaration = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (auto node = element; node; node = node.parent()) {
    if (const auto attribute = node.attribute(declaration.c_str())) {
      return attribute.value();
    }
  }
  return {};
}

// One document and one selector: finds what the selector means in it.
class Finder {
 public:
  Finder(pugi::xml_node document_element, const Selector& selector)
      : selector_(selector), default_namespace_(namespace_of(document_element)) {}

  bool name_matches(pugi::xml_node element, const Step& step) const {
    if (element.type() != pugi::node_element) {
      return false;
    }
    if (step.name == "*") {
      return true;
    }
    std::string_view wanted = default_namespace_;
    if (const auto prefix = prefix_of(step.name); !prefix.empty()) {
      const auto bound = selector_.prefixes.find(std::string(prefix));
      if (bound == selector_.prefixes.end()) {
        return false;
      }
      wanted = bound->second;
    }
    return local_name(element.name()) == local_name(step.name) && namespace_of(element) == wanted;
  }

  static bool attribute_matches(pugi::xml_node element, const Step& step) {
    if (step.attribute.empty()) {
      return true;
    }
    const auto attribute = element.attribute(step.attribute.c_str());
    return attribute && attribute.value() == step.value;
  }

  // Children of `parent` that the step means; RFC 4825 wants exactly one in the end.
  std::vector<pugi::xml_node> children(pugi::xml_node parent, const Step& step) const {
    std::vector<pugi::xml_node> found;
    unsigned position = 0;
    for (const auto& child : parent.children()) {
      if (!name_matches(child, step)) {
        continue;
      }
      ++position;
      if ((!step.position || *step.position == position) && attribute_matches(child, step)) {
        found.push_back(child);
      }
    }
    return found;
  }

  // The one element that the first `count` steps mean, or null.
  pugi::xml_node element(pugi::xml_node document, std::size_t count) const {
    std::vector<pugi::xml_node> level = {document};
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<pugi::xml_node> next;
      for (const auto& parent : level) {
        const auto found = children(parent, selector_.steps[i]);
        next.insert(next.end(), found.begin(), found.end());
      }
      level = std::move(next);
    }
    return level.size() == 1 ? level.front() : pugi::xml_node();
  }

 private:
  const Selector& selector_;
  std::string_view default_namespace_;
};

// Where an element stands in the text of its document, in octets.
struct Range {
  std::size_t begin;
  std::size_t start_tag_end;  // behind the '>' of the start tag
  std::size_t end;            // behind the '>' of the end tag
  bool empty_tag;             // <name/>
};

// Behind the '>' of the tag at `at`; quoted attribute values may hold '>'.
std::size_t tag_end(std::string_view text, std::size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t behind(std::string_view text, std::string_view mark, std::size_t from) {
  const auto found = text.find(mark, from);
  return found == std::string_view::npos ? text.size() : found + mark.size();
}

// The text is known to be well-formed.
Range range_of(std::string_view text, pugi::xml_node element) {
  Range range{};
  range.begin = static_cast<std::size_t>(element.offset_debug()) - 1;
  range.start_tag_end = tag_end(text, range.begin);
  range.empty_tag = text[range.start_tag_end - 2] == '/';
  range.end = range.start_tag_end;
  unsigned depth = range.empty_tag ? 0 : 1;
  while (depth > 0 && range.end < text.size()) {
    const auto at = std::min(text.find('<', range.end), text.size());
    const auto rest = text.substr(at);
    if (rest.starts_with("<!--")) {
      range.end = behind(text, "-->", at);
    } else if (rest.starts_with("<![CDATA[")) {
      range.end = behind(text, "]]>", at);
    } else if (rest.starts_with("<?")) {
      range.end = behind(text, "?>", at);
    } else {
      range.end = tag_end(text, at);
      if (rest.starts_with("</")) {
        --depth;
      } else if (text[range.end - 2] != '/') {
        ++depth;
      }
    }
  }
  return range;
}

// The octets of name="value" within the start tag, and of the value alone.
struct AttributeRange {
  std::size_t begin;  // of the white space before the name
  std::size_t value_begin;
  std::size_t value_end;
};

std::optional<AttributeRange> attribute_range(std::string_view text, const Range& element,
                                              std::string_view name) {
  std::size_t at = text.find_first_of(" \t\r\n/>", element.begin + 1);
  while (at < element.start_tag_end) {
    const auto begin = at;
    at = text.find_first_not_of(" \t\r\n", at);
    if (text[at] == '/' || text[at] == '>') {
      return std::nullopt;
    }
    const auto name_end = text.find_first_of(" \t\r\n=", at);
    const auto open = text.find_first_of("\"'", name_end);
    const auto close = text.find(text[open], open + 1);
    if (text.substr(at, name_end - at) == name) {
      return AttributeRange{begin, open + 1, close};
    }
    at = close + 1;
  }
  return std::nullopt;
}

struct Opened {
  pugi::xml_document document;
  Selector selector;
};

std::optional<Response> open(Opened& opened, const std::string& document, std::string_view selector,
                             std::string_view query) {
  auto parsed = parse_selector(selector, query);
  if (!parsed) {
    return plain(400, "the node selector or its namespace bindings are malformed");
  }
  opened.selector = std::move(*parsed);
  if (!parse_xml(opened.document, document)) {
    return plain(500, "a stored document is not well-formed");
  }
  return std::nullopt;
}

bool has_media_type(const Request& request, NodeKind kind) {
  const auto* value = find_header(request.headers, "Content-Type");
  return value != nullptr &&
         equal_ignoring_case(std::string_view(*value).substr(0, value->find(';')),
                             media_type(kind));
}

std::expected<WrittenNode, Response> write_attribute(const std::string& text, const Opened& opened,
                                                     const Finder& finder,
                                                     const std::string& value) {
  const auto element = finder.element(opened.document, opened.selector.steps.size());
  if (!element) {
    return std::unexpected(xcap_conflict("no-parent", "the element does not exist"));
  }
  if (value.find_first_of("<\"") != std::string::npos) {
    return std::unexpected(xcap_conflict("not-xml-att-value", "not an attribute value"));
  }
  const auto range = range_of(text, element);
  const auto place = attribute_range(text, range, opened.selector.attribute);
  WrittenNode written{text, !place.has_value()};
  if (place) {
    written.document.replace(place->value_begin, place->value_end - place->value_begin, value);
  } else {
    written.document.insert(range.start_tag_end - (range.empty_tag ? 2 : 1),
                            " " + opened.selector.attribute + "=\"" + value + "\"");
  }
  pugi::xml_document after;
  if (!parse_xml(after, written.document)) {
    return std::unexpected(xcap_conflict("not-xml-att-value", "not an attribute value"));
  }
  return written;
}

std::expected<WrittenNode, Response> write_element(const std::string& text, const Opened& opened,
                                                   const Finder& finder,
                                                   const std::string& element) {
  pugi::xml_document fragment;
  if (!is_utf8(element)) {
    return std::unexpected(xcap_conflict("not-utf-8", "the element is not UTF-8"));
  }
  if (!parse_xml(fragment, element)) {
    return std::unexpected(xcap_conflict("not-xml-frag", "not one element"));
  }
  const auto& steps = opened.selector.steps;
  WrittenNode written{text, false};
  if (const auto existing = finder.element(opened.document, steps.size())) {
    const auto range = range_of(text, existing);
    written.document.replace(range.begin, range.end - range.begin, element);
  } else {
    const auto parent = finder.element(opened.document, steps.size() - 1);
    if (!parent || steps.size() < 2) {
      return std::unexpected(xcap_conflict("no-parent", "the parent does not exist"));
    }
    written.created = true;
    const auto range = range_of(text, parent);
    if (range.empty_tag) {
      written.document.replace(range.start_tag_end - 2, 2,
                               ">" + element + "</" + parent.name() + ">");
    } else {
      written.document.insert(text.rfind("</", range.end), element);
    }
  }
  // A PUT must be repeatable: the selector has to mean what was written (RFC 4825 clause 8.2.3).
  pugi::xml_document after;
  const bool well_formed = parse_xml(after, written.document);
  const Finder again(after.document_element(), opened.selector);
  const auto found = well_formed ? again.element(after, steps.size()) : pugi::xml_node();
  if (!found) {
    return std::unexpected(xcap_conflict("cannot-insert", "the selector would not mean it"));
  }
  const auto range = range_of(written.document, found);
  if (std::string_view(written.document).substr(range.begin, range.end - range.begin) != element) {
    return std::unexpected(xcap_conflict("cannot-insert", "the selector would mean another"));
  }
  return written;
}

}  // namespace

std::string_view media_type(NodeKind kind) {
  return kind == NodeKind::element ? "application/xcap-el+xml" : "application/xcap-att+xml";
}

Response xcap_conflict(std::string_view element, std::string_view phrase) {
  return {409,
          {{"Content-Type", "application/xcap-error+xml"}},
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><" +
              std::string(element) + " phrase=\"" + std::string(phrase) + "\"/></xcap-error>\n"};
}

std::optional<Response> check_document(std::string_view document) {
  if (!is_utf8(document)) {
    return xcap_conflict("not-utf-8", "the document is not UTF-8");
  }
  pugi::xml_document parsed;
  if (!parse_xml(parsed, document)) {
    return xcap_conflict("not-well-formed", "the document is not well-formed XML");
  }
  return std::nullopt;
}

std::expected<Node, Response> read_node(const std::string& document, std::string_view selector,
                                        std::string_view query) {
  Opened opened;
  if (auto refused = open(opened, document, selector, query)) {
    return std::unexpected(std::move(*refused));
  }
  const Finder finder(opened.document.document_element(), opened.selector);
  const auto element = finder.element(opened.document, opened.selector.steps.size());
  if (!element) {
    return std::unexpected(plain(404, "no such node"));
  }
  const auto range = range_of(document, element);
  if (opened.selector.attribute.empty()) {
    return Node{NodeKind::element, document.substr(range.begin, range.end - range.begin)};
  }
  const auto place = attribute_range(document, range, opened.selector.attribute);
  if (!place) {
    return std::unexpected(plain(404, "no such node"));
  }
  return Node{NodeKind::attribute,
              document.substr(place->value_begin, place->value_end - place->value_begin)};
}

std::expected<WrittenNode, Response> write_node(const std::string& document,
                                                std::string_view selector, std::string_view query,
                                                const Request& request) {
  Opened opened;
  if (auto refused = open(opened, document, selector, query)) {
    return std::unexpected(std::move(*refused));
  }
  const bool attribute = !opened.selector.attribute.empty();
  if (!has_media_type(request, attribute ? NodeKind::attribute : NodeKind::element)) {
    return std::unexpected(plain(415, "nodes have a media type of their own"));
  }
  const Finder finder(opened.document.document_element(), opened.selector);
  return attribute ? write_attribute(document, opened, finder, request.body)
                   : write_element(document, opened, finder, request.body);
}

std::expected<std::string, Response> delete_node(const std::string& document,
                                                 std::string_view selector,
                                                 std::string_view query) {
  Opened opened;
  if (auto refused = open(opened, document, selector, query)) {
    return std::unexpected(std::move(*refused));
  }
  const auto& steps = opened.selector.steps;
  const Finder finder(opened.document.document_element(), opened.selector);
  const auto element = finder.element(opened.document, steps.size());
  if (!element) {
    return std::unexpected(plain(404, "no such node"));
  }
  const auto range = range_of(document, element);
  std::string after = document;
  if (!opened.selector.attribute.empty()) {
    const auto place = attribute_range(document, range, opened.selector.attribute);
    if (!place) {
      return std::unexpected(plain(404, "no such node"));
    }
    return after.erase(place->begin, place->value_end + 1 - place->begin);
  }
  after.erase(range.begin, range.end - range.begin);
  // A DELETE must be repeatable: nothing may move to where the selector points (clause 8.2.4).
  pugi::xml_document left;
  const bool well_formed = parse_xml(left, after);
  const Finder again(left.document_element(), opened.selector);
  if (!well_formed || again.element(left, steps.size())) {
    return std::unexpected(xcap_conflict("cannot-delete", "the selector would mean another"));
  }
  return after;
}

}  // namespace ut::lab
