// Access rules of EF_ARR (TS 102 221 clause 9.2, ISO/IEC 7816-4 clause 9.3): who may do what with a
// file.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ut::isim {

struct AccessCondition {
  enum class Kind : std::uint8_t {
    always,
    never,
    key,       // the key or PIN `reference` was verified
    any_of,    // one of `parts`
    all_of,    // all of `parts`
    none_of,   // none of `parts`
    security,  // a security condition octet, `reference`: secure messaging or what else it says
  };
  Kind kind = Kind::never;
  std::uint8_t reference = 0;
  std::vector<AccessCondition> parts{};
  bool operator==(const AccessCondition&) const = default;
};

// One pair of access mode and condition.
struct AccessRule {
  std::uint8_t modes = 0;  // the access mode octet; 0 when instructions are named instead
  Bytes instructions{};    // INS values
  AccessCondition condition{};
  bool operator==(const AccessRule&) const = default;
};

// A record of EF_ARR: pairs of AM_DO (80, or 81 to 8F with instructions) and SC_DO (90 always,
// 97 never, 9E, A4, A0, AF, A7), then FF. A mode without condition, an unknown tag or conditions
// nested more than four deep: card_file_malformed.
Result<std::vector<AccessRule>> decode_arr_record(ByteView record);

// "PIN1", "ADM1", "universal PIN", "second PIN1", "key 9A": a key reference (clause 9.5.1).
std::string key_name(std::uint8_t reference);

// "always", "PIN1 or ADM1".
std::string in_words(const AccessCondition& condition);

// "read", "update", "instruction 32": what the rule allows on an EF; on a DF `directory` is true
// and the same bits mean other things.
std::vector<std::string> operations(const AccessRule& rule, bool directory = false);

}  // namespace ut::isim
