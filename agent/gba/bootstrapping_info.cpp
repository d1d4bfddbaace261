#include "agent/gba/bootstrapping_info.h"

#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace ut::gba {
namespace {

constexpr std::string_view kNamespace = "uri:3gpp-gba";

std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view local_name_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The namespace of an element, from the nearest declaration of its prefix.
std::string_view namespace_of(pugi::xml_node element) {
  const auto prefix = prefix_of(element.name());
  const std::string declaration = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (auto node = element; node; node = node.parent()) {
    if (const auto attribute = node.attribute(declaration.c_str())) {
      return attribute.value();
    }
  }
  return {};
}

bool is_element(pugi::xml_node node, std::string_view local_name) {
  return node.type() == pugi::node_element && local_name_of(node.name()) == local_name &&
         namespace_of(node) == kNamespace;
}

// The child of this name; nullopt unless there is exactly one, which holds text alone.
std::optional<std::string_view> text_of_only_child(pugi::xml_node parent, std::string_view name) {
  std::optional<std::string_view> text;
  for (const auto child : parent.children()) {
    if (!is_element(child, name)) {
      continue;
    }
    const auto content = child.first_child();
    if (text || content.next_sibling() || (content && content.type() != pugi::node_pcdata)) {
      return std::nullopt;
    }
    text = content.value();
  }
  return text;
}

pugi::xml_node find_child(pugi::xml_node parent, std::string_view name) {
  for (const auto child : parent.children()) {
    if (is_element(child, name)) {
      return child;
    }
  }
  return {};
}

bool has_document_type(pugi::xml_node document) {
  return std::ranges::any_of(document.children(),
                             [](pugi::xml_node node) { return node.type() == pugi::node_doctype; });
}

std::string_view collapse(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Takes `digits` decimal digits from the front.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits),
                   [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

// ".123": at least one digit.
bool take_fraction(std::string_view& text) {
  if (!take(text, '.')) {
    return true;
  }
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

}  // namespace

bool is_b_tid(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBTid && std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
}

std::optional<UtcTime> parse_utc_date_time(std::string_view text) {
  const auto year = take_number(text, 4);
  const bool dash1 = take(text, '-');
  const auto month = take_number(text, 2);
  const bool dash2 = take(text, '-');
  const auto day = take_number(text, 2);
  const bool letter = take(text, 'T');
  const auto hour = take_number(text, 2);
  const bool colon1 = take(text, ':');
  const auto minute = take_number(text, 2);
  const bool colon2 = take(text, ':');
  const auto second = take_number(text, 2);
  const bool fraction = take_fraction(text);
  const bool utc = take(text, 'Z');
  if (!year || !dash1 || !month || !dash2 || !day || !letter || !hour || !colon1 || !minute ||
      !colon2 || !second || !fraction || !utc || !text.empty()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  const bool end_of_day = *hour == 24 && *minute == 0 && *second == 0;
  if (!date.ok() || (*hour > 23 && !end_of_day) || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

Parsed<BootstrappingInfo> parse_bootstrapping_info(ByteView octets) {
  if (octets.size() > kMaxBootstrappingInfo) {
    return std::unexpected("the document is too large");
  }
  if (std::ranges::find(octets, 0) != octets.end()) {
    return std::unexpected("the document holds a NUL");
  }
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(octets.data(), octets.size(),
                           pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
                           pugi::encoding_utf8);
  if (!parsed) {
    return std::unexpected("the document is not well-formed XML");
  }
  if (has_document_type(document)) {
    return std::unexpected("the document has a DTD");
  }
  const auto root = document.document_element();
  if (!is_element(root, "BootstrappingInfo")) {
    return std::unexpected("the root is not BootstrappingInfo of uri:3gpp-gba");
  }
  const auto b_tid = text_of_only_child(root, "btid");
  if (!b_tid || !is_b_tid(*b_tid)) {
    return std::unexpected("btid is missing, doubled or not printable");
  }
  const auto lifetime_text = text_of_only_child(root, "lifetime");
  const auto lifetime =
      lifetime_text ? parse_utc_date_time(collapse(*lifetime_text)) : std::nullopt;
  if (!lifetime) {
    return std::unexpected("lifetime is missing, doubled or not a UTC date and time");
  }
  BootstrappingInfo info{std::string(*b_tid), *lifetime, std::nullopt};
  // Its content is lax (##any): a currenttime that cannot be read is like none.
  if (const auto extension = find_child(root, "Extension")) {
    if (const auto text = text_of_only_child(extension, "currenttime")) {
      info.current_time = parse_utc_date_time(collapse(*text));
    }
  }
  return info;
}

}  // namespace ut::gba
