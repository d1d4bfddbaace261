#include "isim/soft/card_access.h"

#include "isim/tlv.h"

#include <algorithm>

namespace ut::isim::soft {
namespace {

using Kind = AccessCondition::Kind;

bool holds(const AccessCondition& condition, const KeyIsOpen& is_open) {
  const auto part_holds = [&is_open](const AccessCondition& part) { return holds(part, is_open); };
  switch (condition.kind) {
    case Kind::always:
      return true;
    case Kind::never:
      return false;
    case Kind::key:
      return is_open(condition.reference);
    case Kind::any_of:
      return std::ranges::any_of(condition.parts, part_holds);
    case Kind::all_of:
      return std::ranges::all_of(condition.parts, part_holds);
    case Kind::none_of:
      return std::ranges::none_of(condition.parts, part_holds);
    case Kind::security:
      return false;  // secure messaging, which this card does not do
  }
  return false;
}

// Security condition DO (TS 102 221 clause 9.2.5).
void append_condition(Bytes& to, const AccessCondition& condition) {
  if (condition.kind == Kind::key) {
    Bytes user_authentication;
    append_tlv(user_authentication, 0x83, Bytes{condition.reference});
    append_tlv(user_authentication, 0x95, Bytes{0x08});
    append_tlv(to, 0xa4, user_authentication);
  } else {
    append_tlv(to, condition.kind == Kind::always ? 0x90 : 0x97, {});
  }
}

}  // namespace

bool permits(ByteView arr_record, Operation operation, const KeyIsOpen& is_open) {
  const auto rules = decode_arr_record(arr_record);
  return rules && std::ranges::any_of(*rules, [&](const AccessRule& rule) {
           return (rule.modes & static_cast<std::uint8_t>(operation)) != 0 &&
                  holds(rule.condition, is_open);
         });
}

Bytes arr_record(const AccessCondition& read, const AccessCondition& update) {
  Bytes record;
  append_tlv(record, 0x80, Bytes{static_cast<std::uint8_t>(Operation::read)});
  append_condition(record, read);
  append_tlv(record, 0x80, Bytes{static_cast<std::uint8_t>(Operation::update)});
  append_condition(record, update);
  return record;
}

}  // namespace ut::isim::soft
