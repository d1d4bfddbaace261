// What a terminal owes a proactive card (TS 102 223): its profile, and an answer to each command.
// Only REFRESH is obeyed. Pure.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "isim/uicc_files.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ut::isim {

// A file by its path from the MF: {3F00, 2FE2}, {3F00, 7FFF, 6F02}; 7FFF is the application that is
// active.
using FilePath = std::vector<FileId>;

// The command qualifier of REFRESH (clause 8.6). 07 and above are not for this terminal: steering
// of roaming is for whoever has a radio.
enum class RefreshMode : std::uint8_t {
  initialisation_and_full_file_change = 0x00,
  file_change = 0x01,
  initialisation_and_file_change = 0x02,
  initialisation = 0x03,
  uicc_reset = 0x04,
  application_reset = 0x05,
  session_reset = 0x06,
};

// "file-change"; stable.
std::string_view name(RefreshMode mode);

struct Refresh {
  RefreshMode mode = RefreshMode::initialisation;
  std::vector<FilePath> files{};  // that changed; empty: any may have
  bool operator==(const Refresh&) const = default;
};

// What every proactive command says of itself: number, type and qualifier (clause 8.6).
using CommandDetails = std::array<std::uint8_t, 3>;

// The general result of TERMINAL RESPONSE (clause 8.12).
enum class TerminalResult : std::uint8_t {
  performed = 0x00,
  beyond_capabilities = 0x30,
  data_not_understood = 0x32,
};

// What is to be done with a proactive command.
struct ProactiveReply {
  CommandDetails details{};
  TerminalResult result = TerminalResult::beyond_capabilities;
  std::vector<Refresh> refresh{};  // one when it is a REFRESH that is obeyed, else none
};

// Reads what FETCH gave: template D0 of BER-TLV and comprehension-TLV objects.
// card_answer_malformed when there are no command details to answer by.
Result<ProactiveReply> judge_proactive(ByteView octets);

// The data of TERMINAL PROFILE (clause 5.2): profile download and REFRESH, nothing else [M].
Bytes terminal_profile();

// The data of TERMINAL RESPONSE (clause 6.8).
Bytes terminal_response(const CommandDetails& details, TerminalResult result);

}  // namespace ut::isim
