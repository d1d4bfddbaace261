// Proactive commands that a card gives to the terminal (TS 102 223): as octets, without a card.
#pragma once

#include "base/bytes.h"
#include "isim/toolkit.h"

#include <cstdint>
#include <span>

namespace ut::isim::soft {

// REFRESH (TS 102 223 clause 6.6.13): D0 with command details, device identities UICC to terminal,
// and the file list where there are files. At most 30 files.
Bytes refresh_command(std::uint8_t number, RefreshMode mode, std::span<const FilePath> files);

}  // namespace ut::isim::soft
