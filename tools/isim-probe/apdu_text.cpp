#include "tools/isim-probe/apdu_text.h"

#include "base/encoding.h"
#include "isim/status_word.h"
#include "isim/tlv.h"

#include <algorithm>
#include <array>

namespace ut::probe {
namespace {

constexpr int kDeepest = 8;
constexpr std::uint32_t kFcp = 0x62;

struct TagName {
  std::uint32_t parent;  // 0: at the top
  std::uint32_t tag;
  std::string_view name;
};

// TS 102 221 clauses 11.1.1.3 and 13.1.
constexpr TagName kTagNames[] = {
    {0, 0x62, "FCP template"},
    {0, 0x61, "application template"},
    {0, 0x6f, "FCI template"},
    {0x61, 0x4f, "AID"},
    {0x61, 0x50, "application label"},
    {kFcp, 0x80, "file size"},
    {kFcp, 0x81, "total file size"},
    {kFcp, 0x82, "file descriptor"},
    {kFcp, 0x83, "file identifier"},
    {kFcp, 0x84, "DF name"},
    {kFcp, 0x88, "short file identifier"},
    {kFcp, 0x8a, "life cycle status"},
    {kFcp, 0x8b, "security attributes, referenced"},
    {kFcp, 0x8c, "security attributes, compact"},
    {kFcp, 0xa5, "proprietary information"},
    {kFcp, 0xab, "security attributes, expanded"},
    {kFcp, 0xc6, "PIN status template"},
    {0xc6, 0x83, "key reference"},
    {0xc6, 0x90, "PS_DO"},
    {0xc6, 0x95, "usage qualifier"},
};

std::string_view name_of(std::uint32_t parent, std::uint32_t tag) {
  const auto found = std::ranges::find_if(
      kTagNames, [&](const TagName& row) { return row.parent == parent && row.tag == tag; });
  return found == std::end(kTagNames) ? std::string_view() : found->name;
}

std::string descriptor_meaning(std::uint8_t octet) {
  if ((octet & 0x38) == 0x38) {
    return (octet & 0x07) == 0x01 ? "BER-TLV" : "DF or ADF";
  }
  switch (octet & 0x07) {
    case 1:
      return "transparent";
    case 2:
      return "linear fixed";
    case 6:
      return "cyclic";
    default:
      return {};
  }
}

std::string number_meaning(ByteView octets) {
  std::size_t number = 0;
  for (const std::uint8_t octet : octets) {
    number = number << 8 | octet;
  }
  return std::to_string(number) + " octets";
}

std::string meaning_of(std::uint32_t parent, std::uint32_t tag, ByteView octets) {
  if (octets.empty()) {
    return {};
  }
  if (parent == kFcp && tag == 0x82) {
    return descriptor_meaning(octets.front());
  }
  if (parent == kFcp && (tag == 0x80 || tag == 0x81) && octets.size() <= 4) {
    return number_meaning(octets);
  }
  if (parent == kFcp && tag == 0x88) {
    return "SFI " + std::to_string(octets.front() >> 3);
  }
  const bool text =
      std::ranges::all_of(octets, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
  return text && octets.size() >= 3 ? "\"" + std::string(as_text(octets)) + "\"" : std::string();
}

// The form bit of the first octet; C6 has data objects in it without saying so.
bool is_constructed(std::uint32_t parent, std::uint32_t tag) {
  const Bytes octets = isim::tag_octets(tag);
  return (octets.front() & 0x20) != 0 || (parent == kFcp && tag == 0xc6);
}

std::optional<std::vector<TlvNode>> tree(ByteView data, std::uint32_t parent, int depth) {
  const auto objects = isim::read_tlvs(data);
  if (!objects || depth > kDeepest) {
    return std::nullopt;
  }
  std::vector<TlvNode> nodes;
  for (const auto& object : *objects) {
    TlvNode node{object.tag, std::string(name_of(parent, object.tag)), {}, {}, {}};
    auto children = is_constructed(parent, object.tag) ? tree(object.value, object.tag, depth + 1)
                                                       : std::nullopt;
    if (children) {
      node.children = *std::move(children);
    } else {
      node.octets = to_bytes(object.value);
      node.meaning = meaning_of(parent, object.tag, object.value);
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace

std::optional<std::vector<TlvNode>> tlv_tree(ByteView data) {
  auto nodes = tree(data, 0, 0);
  return nodes && !nodes->empty() ? nodes : std::nullopt;
}

std::string tlv_text(const std::vector<TlvNode>& nodes, std::size_t indent) {
  std::string text;
  for (const TlvNode& node : nodes) {
    text += std::string(indent, ' ') + to_hex(isim::tag_octets(node.tag));
    text += node.name.empty() ? "" : " " + node.name;
    text += node.octets.empty() ? "" : ": " + to_hex(node.octets);
    text += node.meaning.empty() ? "" : " (" + node.meaning + ")";
    text += "\n" + tlv_text(node.children, indent + 2);
  }
  return text;
}

nlohmann::json tlv_json(const std::vector<TlvNode>& nodes) {
  nlohmann::json list = nlohmann::json::array();
  for (const TlvNode& node : nodes) {
    nlohmann::json one = {{"tag", to_hex(isim::tag_octets(node.tag))}};
    if (!node.name.empty()) {
      one["name"] = node.name;
    }
    if (!node.meaning.empty()) {
      one["meaning"] = node.meaning;
    }
    if (node.children.empty()) {
      one["octets"] = to_hex(node.octets);
    } else {
      one["children"] = tlv_json(node.children);
    }
    list.push_back(std::move(one));
  }
  return list;
}

std::string sw_hex(isim::StatusWord sw) {
  const std::array<std::uint8_t, 2> octets = {static_cast<std::uint8_t>(sw >> 8),
                                              static_cast<std::uint8_t>(sw & 0xff)};
  return to_hex(octets);
}

std::string status_text(isim::StatusWord sw) {
  const auto meaning = isim::meaning_of(sw);
  return sw_hex(sw) + " " + std::string(meaning.text) +
         (meaning.advice.empty() ? "" : ": " + std::string(meaning.advice));
}

}  // namespace ut::probe
