// Proactive commands that a card gives to the terminal (TS 102 223): as octets, without a card.
#pragma once

#include "base/bytes.h"
#include "isim/uicc_files.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ut::isim::soft {

// The command qualifier of REFRESH (TS 102 223 clause 8.6).
enum class RefreshMode : std::uint8_t {
  initialisation_and_full_file_change = 0x00,
  file_change = 0x01,
  initialisation_and_file_change = 0x02,
  initialisation = 0x03,
  uicc_reset = 0x04,
  application_reset = 0x05,
  session_reset = 0x06,
};

// From the MF: {3F00, 2FE2}, {3F00, 7FFF, 6F02}. 7FFF is the application that is active.
using FilePath = std::vector<FileId>;

// REFRESH (TS 102 223 clause 6.6.13): D0 with command details, device identities UICC to terminal,
// and the file list where there are files. At most 30 files.
Bytes refresh_command(std::uint8_t number, RefreshMode mode, std::span<const FilePath> files);

}  // namespace ut::isim::soft
