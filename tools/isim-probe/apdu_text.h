// An answer of the card in words: status word, and data as a tree where it is BER-TLV.
#pragma once

#include "base/bytes.h"
#include "isim/apdu.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ut::probe {

// A data object in a tree. Constructed ones (bit 6 of the first tag octet) have children in place
// of octets.
struct TlvNode {
  std::uint32_t tag = 0;
  std::string name{};  // of the tag where it stands, as in an FCP; may be empty
  Bytes octets{};
  std::string meaning{};  // of the octets; may be empty
  std::vector<TlvNode> children{};
};

// nullopt when `data` is not BER-TLV throughout or has no data object. At most 8 levels deep.
std::optional<std::vector<TlvNode>> tlv_tree(ByteView data);

std::string tlv_text(const std::vector<TlvNode>& nodes, std::size_t indent);
nlohmann::json tlv_json(const std::vector<TlvNode>& nodes);

// "9000 normal ending of the command"; what can be done follows where something can.
std::string status_text(isim::StatusWord sw);

std::string sw_hex(isim::StatusWord sw);

}  // namespace ut::probe
