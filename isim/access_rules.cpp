#include "isim/access_rules.h"

#include "base/encoding.h"
#include "isim/tlv.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace ut::isim {
namespace {

using Kind = AccessCondition::Kind;

constexpr int kMaxDepth = 4;
constexpr std::uint32_t kAccessMode = 0x80;
constexpr std::uint32_t kCommandDescription = 0x84;  // the access mode is a list of INS values

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_file_malformed, "EF_ARR");
}

std::optional<Kind> template_kind(std::uint32_t tag) {
  switch (tag) {
    case 0xa0:
      return Kind::any_of;
    case 0xaf:
      return Kind::all_of;
    case 0xa7:
      return Kind::none_of;
    default:
      return std::nullopt;
  }
}

// Each level takes the objects it holds, so the nesting is bounded by `depth` and by the octets.
Result<AccessCondition> decode_condition(const Tlv& object, int depth) {
  if (depth > kMaxDepth) {
    return malformed();
  }
  AccessCondition condition;
  if (object.tag == 0x90 || object.tag == 0x97) {
    condition.kind = object.tag == 0x90 ? Kind::always : Kind::never;
    return condition;
  }
  if (object.tag == 0x9e && object.value.size() == 1) {
    condition.kind = Kind::security;
    condition.reference = object.value[0];
    return condition;
  }
  if (object.tag == 0xa4) {
    const auto reference = find_tlv(object.value, 0x83);
    if (!reference || reference->size() != 1) {
      return malformed();
    }
    condition.kind = Kind::key;
    condition.reference = reference->front();
    return condition;
  }
  const auto kind = template_kind(object.tag);
  const auto parts = read_tlvs(object.value);
  if (!kind || !parts || parts->empty()) {
    return malformed();
  }
  condition.kind = *kind;
  for (const Tlv& part : *parts) {
    TRY(AccessCondition decoded, decode_condition(part, depth + 1));
    condition.parts.push_back(std::move(decoded));
  }
  return condition;
}

std::string hex_octet(std::uint8_t octet) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {kDigits[octet >> 4], kDigits[octet & 0x0f]};
}

std::string joined(const std::vector<AccessCondition>& parts, std::string_view word) {
  std::string text;
  for (const AccessCondition& part : parts) {
    if (!text.empty()) {
      text += word;
    }
    const bool grouped = part.kind == Kind::any_of || part.kind == Kind::all_of;
    text += grouped ? "(" + in_words(part) + ")" : in_words(part);
  }
  return text;
}

}  // namespace

Result<std::vector<AccessRule>> decode_arr_record(ByteView record) {
  const auto objects = read_tlvs(record);
  if (!objects) {
    return malformed();
  }
  std::vector<AccessRule> rules;
  std::optional<AccessRule> open;  // a mode that waits for its condition
  for (const Tlv& object : *objects) {
    if (object.tag >= kAccessMode && object.tag <= 0x8f) {
      if (open || object.value.empty()) {
        return malformed();
      }
      open.emplace();
      if (object.tag == kAccessMode) {
        open->modes = object.value[0];
      } else if (object.tag == kCommandDescription) {
        open->instructions = to_bytes(object.value);
      } else {
        // 81 to 8F describe the command by CLA, INS, P1, P2 in the order of the tag's low bits.
        const bool has_cla = (object.tag & 0x08) != 0;
        const std::size_t at = has_cla ? 1 : 0;
        if ((object.tag & 0x04) == 0 || object.value.size() <= at) {
          return malformed();
        }
        open->instructions = {object.value[at]};
      }
      continue;
    }
    if (!open) {
      return malformed();
    }
    TRY(open->condition, decode_condition(object, 0));
    rules.push_back(*std::exchange(open, std::nullopt));
  }
  if (open) {
    return malformed();
  }
  return rules;
}

std::string key_name(std::uint8_t reference) {
  if (reference >= 0x01 && reference <= 0x08) {
    return "PIN" + std::to_string(reference);
  }
  if (reference >= 0x0a && reference <= 0x0e) {
    return "ADM" + std::to_string(reference - 0x09);
  }
  if (reference == 0x11) {
    return "universal PIN";
  }
  if (reference >= 0x81 && reference <= 0x88) {
    return "second PIN" + std::to_string(reference - 0x80);
  }
  if (reference >= 0x8a && reference <= 0x8e) {
    return "ADM" + std::to_string(reference - 0x84);
  }
  return "key " + hex_octet(reference);
}

std::string in_words(const AccessCondition& condition) {
  switch (condition.kind) {
    case Kind::always:
      return "always";
    case Kind::never:
      return "never";
    case Kind::key:
      return key_name(condition.reference);
    case Kind::any_of:
      return joined(condition.parts, " or ");
    case Kind::all_of:
      return joined(condition.parts, " and ");
    case Kind::none_of:
      return "not (" + joined(condition.parts, " or ") + ")";
    case Kind::security:
      return "security condition " + hex_octet(condition.reference);
  }
  return "never";
}

std::vector<std::string> operations(const AccessRule& rule, bool directory) {
  // ISO/IEC 7816-4 tables 17 and 18; from the lowest bit.
  constexpr std::array<std::string_view, 7> kFile = {"read",     "update",    "write", "deactivate",
                                                     "activate", "terminate", "delete"};
  constexpr std::array<std::string_view, 7> kDirectory = {
      "delete child", "create EF", "create DF", "deactivate", "activate", "terminate", "delete"};
  std::vector<std::string> all;
  for (std::size_t bit = 0; bit < kFile.size(); ++bit) {
    if ((rule.modes >> bit & 1) != 0) {
      all.emplace_back(directory ? kDirectory[bit] : kFile[bit]);
    }
  }
  for (const std::uint8_t instruction : rule.instructions) {
    switch (instruction) {
      case 0x32:
        all.emplace_back("increase");
        break;
      case 0xd4:
        all.emplace_back("resize");
        break;
      default:
        all.push_back("instruction " + hex_octet(instruction));
    }
  }
  return all;
}

}  // namespace ut::isim
