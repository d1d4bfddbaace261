#include "isim/status_word.h"

#include <algorithm>
#include <array>
#include <string>

namespace ut::isim {
namespace {

struct Row {
  StatusWord sw;
  StatusMeaning meaning;
};

using enum StatusKind;
constexpr auto kRefused = ErrorCode::card_command_refused;

// Sorted by number.
constexpr std::array kRows = {
    Row{0x6200, {warning, "no information given", kRefused}},
    Row{0x6281, {warning, "part of the data may be corrupted", kRefused}},
    Row{0x6282, {warning, "end of file before Le octets were read", kRefused}},
    Row{0x6283, {warning, "the selected file is deactivated", kRefused}},
    Row{0x6285, {warning, "the selected file is terminated", kRefused}},
    Row{0x62f1, {warning, "more data available", kRefused}},
    Row{0x62f2, {warning, "more data available and a proactive command waits", kRefused}},
    Row{0x62f3, {warning, "response data available", kRefused}},
    Row{0x63f1, {warning, "more data expected", kRefused}},
    Row{0x63f2, {warning, "more data expected and a proactive command waits", kRefused}},
    Row{0x6400, {refused, "execution error, memory unchanged", kRefused}},
    Row{0x6500, {refused, "execution error, memory changed", kRefused}},
    Row{0x6581, {refused, "memory problem", kRefused}},
    Row{0x6700, {refused, "wrong length", kRefused}},
    Row{0x6800, {refused, "function of the class octet not supported", kRefused}},
    Row{0x6881, {refused, "logical channel not supported", kRefused}},
    Row{0x6882, {refused, "secure messaging not supported", kRefused}},
    Row{0x6900, {refused, "command not allowed", kRefused}},
    Row{0x6981, {refused, "command incompatible with the file structure", kRefused}},
    Row{0x6982, {refused, "security status not satisfied", ErrorCode::card_security_status}},
    Row{0x6983, {refused, "authentication or PIN method blocked", ErrorCode::pin_blocked}},
    Row{0x6984, {refused, "referenced data invalidated", kRefused}},
    Row{0x6985, {refused, "conditions of use not satisfied", kRefused}},
    Row{0x6986, {refused, "command not allowed, no EF selected", kRefused}},
    Row{0x6989, {refused, "secure channel: security status not satisfied", kRefused}},
    Row{0x6a80, {refused, "incorrect parameters in the data field", kRefused}},
    Row{0x6a81, {refused, "function not supported", kRefused}},
    Row{0x6a82, {refused, "file not found", ErrorCode::card_file_missing}},
    Row{0x6a83, {refused, "record not found", ErrorCode::card_file_missing}},
    Row{0x6a84, {refused, "not enough memory space", kRefused}},
    Row{0x6a86, {refused, "incorrect P1 or P2", kRefused}},
    Row{0x6a87, {refused, "Lc inconsistent with P1 and P2", kRefused}},
    Row{0x6a88, {refused, "referenced data not found", kRefused}},
    Row{0x6b00, {refused, "wrong P1 or P2", kRefused}},
    Row{0x6d00, {refused, "instruction not supported", kRefused}},
    Row{0x6e00, {refused, "class not supported", kRefused}},
    Row{0x6f00, {refused, "technical problem", kRefused}},
    Row{0x9000, {normal, "executed", kRefused}},
    Row{0x9300, {busy, "the card is busy with its toolkit", ErrorCode::card_toolkit_busy}},
    Row{0x9862, {refused, "authentication error, incorrect MAC", kRefused}},
    Row{0x9863, {refused, "authentication error, session invalidated", kRefused}},
    Row{0x9864,
        {refused, "authentication error, security context not supported",
         ErrorCode::card_aka_unsupported}},
    Row{0x9865, {refused, "key freshness failure", kRefused}},
    Row{0x9866, {refused, "authentication error, no memory space available", kRefused}},
    Row{0x9867, {refused, "authentication error, no memory space available in EF_MUK", kRefused}},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::sw));

}  // namespace

StatusMeaning meaning_of(StatusWord sw) {
  const unsigned sw1 = sw >> 8;
  if (sw1 == 0x61) {
    return {more_data, "more octets wait for GET RESPONSE", ErrorCode::card_answer_malformed};
  }
  if (sw1 == 0x6c) {
    return {wrong_length, "wrong Le, the right one is given", ErrorCode::card_answer_malformed};
  }
  if (sw1 == 0x91) {
    return {normal, "executed, and a proactive command waits", kRefused};
  }
  if ((sw & 0xfff0) == 0x63c0) {
    return {tries_left, "verification failed; tries left are given", ErrorCode::pin_wrong};
  }
  const auto row = std::ranges::lower_bound(kRows, sw, {}, &Row::sw);
  if (row != kRows.end() && row->sw == sw) {
    return row->meaning;
  }
  if (sw1 == 0x62 || sw1 == 0x63) {
    return {warning, "executed, with a warning", kRefused};
  }
  return {refused, "not in the tables of the UICC", kRefused};
}

bool executed(StatusWord sw) {
  const StatusKind kind = meaning_of(sw).kind;
  return kind == normal || kind == warning;
}

Error to_error(StatusWord sw, std::string_view where) {
  const StatusMeaning meaning = meaning_of(sw);
  return Error{meaning.error, where, {ForeignKind::status_word, sw}, std::string(meaning.text)};
}

}  // namespace ut::isim
