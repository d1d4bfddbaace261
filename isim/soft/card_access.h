// Access rules as the card enforces them: what a record of EF_ARR lets happen (TS 102 221 clause
// 9.2, ISO/IEC 7816-4 clause 9.3), and the records that a card of ours is made with.
#pragma once

#include "base/bytes.h"
#include "isim/access_rules.h"

#include <cstdint>
#include <functional>

namespace ut::isim::soft {

// The bits of the access mode octet for an EF (ISO/IEC 7816-4 table 17).
enum class Operation : std::uint8_t {
  read = 0x01,    // READ, SEARCH RECORD, RETRIEVE DATA
  update = 0x02,  // UPDATE, SET DATA
};

// Tells whether a key reference (clause 9.5.1) is open: verified, or not needed.
using KeyIsOpen = std::function<bool(std::uint8_t reference)>;

// Whether one record of an EF_ARR lets `operation` happen. A record that is malformed or says
// nothing about it lets nothing happen.
bool permits(ByteView arr_record, Operation operation, const KeyIsOpen& is_open);

// A record of EF_ARR with one condition for reading and one for updating; `always`, `never` and
// `key` conditions only.
Bytes arr_record(const AccessCondition& read, const AccessCondition& update);

inline constexpr std::uint8_t kPin1 = 0x01;
inline constexpr std::uint8_t kAdm1 = 0x0a;
inline constexpr std::uint8_t kSecondPin1 = 0x81;

}  // namespace ut::isim::soft
