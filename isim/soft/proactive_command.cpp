#include "isim/soft/proactive_command.h"

#include "isim/tlv.h"

namespace ut::isim::soft {

Bytes refresh_command(std::uint8_t number, RefreshMode mode, std::span<const FilePath> files) {
  constexpr std::uint8_t kRefresh = 0x01;
  constexpr std::uint8_t kUicc = 0x81;
  constexpr std::uint8_t kTerminal = 0x82;
  Bytes objects;
  // The highest bit of these tags asks for comprehension.
  append_tlv(objects, 0x81, Bytes{number, kRefresh, static_cast<std::uint8_t>(mode)});
  append_tlv(objects, 0x82, Bytes{kUicc, kTerminal});
  if (!files.empty()) {
    Bytes list{static_cast<std::uint8_t>(files.size())};
    for (const FilePath& path : files) {
      for (const FileId id : path) {
        list.push_back(static_cast<std::uint8_t>(id >> 8));
        list.push_back(static_cast<std::uint8_t>(id & 0xff));
      }
    }
    append_tlv(objects, 0x92, list);
  }
  Bytes command;
  append_tlv(command, 0xd0, objects);
  return command;
}

}  // namespace ut::isim::soft
