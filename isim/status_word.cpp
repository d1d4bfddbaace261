#include "isim/status_word.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ut::isim {
namespace {

struct Row {
  StatusWord sw;
  StatusMeaning meaning;
};

using enum StatusKind;
constexpr auto kRefused = ErrorCode::card_command_refused;

// Sorted by number. The cause of the status words of class 98 is told in TS 31.102 clause 7.3.1 and
// TS 31.103 clause 7.1.3.
constexpr std::array kRows = {
    Row{0x6200, {warning, "no information given", "", kRefused}},
    Row{0x6281,
        {warning, "part of the data may be corrupted",
         "read it again; if it stays, replace the card", kRefused}},
    Row{0x6282, {warning, "end of file before Le octets were read", "", kRefused}},
    Row{0x6283,
        {warning, "the selected file is deactivated", "ask the operator to activate it", kRefused}},
    Row{0x6285,
        {warning, "the selected file is terminated", "ask the operator for another card",
         kRefused}},
    Row{0x62f1, {warning, "more data available", "ask for the next block", kRefused}},
    Row{0x62f2,
        {warning, "more data available and a proactive command waits", "ask for the next block",
         kRefused}},
    Row{0x62f3, {warning, "response data available", "", kRefused}},
    Row{0x63f1, {warning, "more data expected", "send the next block", kRefused}},
    Row{0x63f2,
        {warning, "more data expected and a proactive command waits", "send the next block",
         kRefused}},
    Row{0x6400, {refused, "execution error, memory unchanged", "try again", kRefused}},
    Row{0x6500, {refused, "execution error, memory changed", "try again", kRefused}},
    Row{0x6581, {refused, "memory problem", "replace the card", kRefused}},
    Row{0x6700, {refused, "wrong length", "this card wants another length of data", kRefused}},
    Row{0x6800,
        {refused, "function of the class octet not supported", "use the basic channel", kRefused}},
    Row{0x6881,
        {refused, "logical channel not supported or not open", "use another channel", kRefused}},
    Row{0x6882,
        {refused, "secure messaging not supported", "use another card for this command", kRefused}},
    Row{0x6900, {refused, "command not allowed", "see the access rule of the file", kRefused}},
    Row{0x6981,
        {refused, "command incompatible with the file structure",
         "read the file as what its FCP says", kRefused}},
    Row{0x6982,
        {refused, "security status not satisfied", "verify the PIN",
         ErrorCode::card_security_status}},
    Row{0x6983,
        {refused, "authentication or PIN method blocked", "unblock the PIN with the PUK",
         ErrorCode::pin_blocked}},
    Row{0x6984,
        {refused, "referenced data invalidated",
         "the PIN is disabled or the file deactivated: ask the operator", kRefused}},
    Row{0x6985,
        {refused, "conditions of use not satisfied",
         "select the application; for a NAF key, bootstrap first", kRefused}},
    Row{0x6986, {refused, "command not allowed, no EF selected", "select a file first", kRefused}},
    Row{0x6989,
        {refused, "secure channel: security status not satisfied", "set up the secure channel",
         kRefused}},
    Row{0x6a80,
        {refused, "incorrect parameters in the data field", "check what is sent", kRefused}},
    Row{0x6a81, {refused, "function not supported", "use a card that supports it", kRefused}},
    Row{0x6a82,
        {refused, "file not found", "check EF_DIR and the service table",
         ErrorCode::card_file_missing}},
    Row{0x6a83,
        {refused, "record not found", "the file has fewer records", ErrorCode::card_file_missing}},
    Row{0x6a84,
        {refused, "not enough memory space", "ask the operator for a card with a larger file",
         kRefused}},
    Row{0x6a86, {refused, "incorrect P1 or P2", "use a card that supports it", kRefused}},
    Row{0x6a87, {refused, "Lc inconsistent with P1 and P2", "check what is sent", kRefused}},
    Row{0x6a88,
        {refused, "referenced data not found", "this key, PIN or data object is not on the card",
         kRefused}},
    Row{0x6b00,
        {refused, "wrong P1 or P2", "the offset or reference is beyond the file", kRefused}},
    Row{0x6d00, {refused, "instruction not supported", "use a card that supports it", kRefused}},
    Row{0x6e00,
        {refused, "class not supported", "use the basic channel, or a card that supports it",
         kRefused}},
    Row{0x6f00, {refused, "technical problem", "reset the card and try again", kRefused}},
    Row{0x9000, {normal, "executed", "", kRefused}},
    Row{0x9300,
        {busy, "the card is busy with its toolkit", "try again later",
         ErrorCode::card_toolkit_busy}},
    Row{0x9862,
        {refused, "authentication error, incorrect MAC",
         "the challenge is not from the card's operator: do not send it again", kRefused}},
    Row{0x9863,
        {refused, "authentication error, session invalidated", "start the security session anew",
         kRefused}},
    Row{0x9864,
        {refused, "authentication error, security context not supported",
         "use another context if policy allows it", ErrorCode::card_aka_unsupported}},
    Row{0x9865,
        {refused, "key freshness failure",
         "the key is older than the one on the card: ask for a new one", kRefused}},
    Row{0x9866,
        {refused, "authentication error, no memory space available",
         "ask the operator for a card with room for keys", kRefused}},
    Row{0x9867,
        {refused, "authentication error, no memory space available in EF_MUK",
         "ask the operator for a card with room for keys", kRefused}},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::sw));

}  // namespace

StatusMeaning meaning_of(StatusWord sw) {
  const unsigned sw1 = sw >> 8;
  if (sw1 == 0x61) {
    return {more_data, "more octets wait for GET RESPONSE", "send GET RESPONSE",
            ErrorCode::card_answer_malformed};
  }
  if (sw1 == 0x6c) {
    return {wrong_length, "wrong Le, the right one is given", "send it again with that Le",
            ErrorCode::card_answer_malformed};
  }
  if (sw1 == 0x91) {
    return {normal, "executed, and a proactive command waits", "", kRefused};
  }
  if ((sw & 0xfff0) == 0x63c0) {
    return {tries_left, "verification failed; tries left are given",
            "correct the PIN before another try", ErrorCode::pin_wrong};
  }
  const auto row = std::ranges::lower_bound(kRows, sw, {}, &Row::sw);
  if (row != kRows.end() && row->sw == sw) {
    return row->meaning;
  }
  if (sw1 == 0x62 || sw1 == 0x63) {
    return {warning, "executed, with a warning", "", kRefused};
  }
  return {refused, "not in the tables of the UICC", "see the card's documentation", kRefused};
}

bool executed(StatusWord sw) {
  const StatusKind kind = meaning_of(sw).kind;
  return kind == normal || kind == warning;
}

Error to_error(StatusWord sw, std::string_view where) {
  const StatusMeaning meaning = meaning_of(sw);
  std::string detail(meaning.text);
  if (!meaning.advice.empty()) {
    detail += " (" + std::string(meaning.advice) + ")";
  }
  return Error{meaning.error, where, {ForeignKind::status_word, sw}, std::move(detail)};
}

}  // namespace ut::isim
