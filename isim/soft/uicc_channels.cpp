#include "isim/soft/uicc.h"

#include "isim/soft/card_status_words.h"

#include <algorithm>

namespace ut::isim::soft {

// MANAGE CHANNEL, TS 102 221 clause 11.1.17.
Uicc::Answer Uicc::manage_channel(Channel& channel, const CommandApdu& command) {
  if (logical_channels_ == 0) {
    return {.sw = kChannelUnsupported};
  }
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  switch (command.p1) {
    case 0x00:
      return open_channel(channel, command);
    case 0x80:
      if (command.p2 == 0 || command.p2 >= kChannels) {
        return {.sw = kWrongP1P2};
      }
      if (!channels_[command.p2].open) {
        return {.sw = kChannelUnsupported};
      }
      channels_[command.p2] = {};
      return {};
    default:
      return {.sw = kWrongP1P2};
  }
}

Uicc::Answer Uicc::open_channel(const Channel& origin, const CommandApdu& command) {
  const auto open = [this, &origin](std::size_t number) {
    // From the basic channel a new one starts in the MF, from another one where that one stands.
    const bool basic = &origin == &channels_.front();
    Channel fresh = basic ? Channel{.directory = files_.mf.get()} : origin;
    fresh.open = true;
    fresh.ef = nullptr;
    fresh.record = 0;
    channels_[number] = fresh;
  };
  const std::size_t end = logical_channels_ + std::size_t{1};
  if (command.p2 != 0) {
    if (command.p2 >= kChannels) {
      return {.sw = kWrongP1P2};
    }
    if (command.p2 >= end || channels_[command.p2].open) {
      return {.sw = kChannelUnsupported};
    }
    open(command.p2);
    return {};
  }
  const auto free =
      std::find_if(channels_.begin() + 1, channels_.begin() + static_cast<std::ptrdiff_t>(end),
                   [](const Channel& other) { return !other.open; });
  const auto number = static_cast<std::size_t>(free - channels_.begin());
  if (number == end) {
    return {.sw = kFunctionUnsupported};
  }
  const std::uint8_t answer[] = {static_cast<std::uint8_t>(number)};
  auto handed_over = case2(command, answer);
  if (handed_over.sw == 0x9000) {
    open(number);
  }
  return handed_over;
}

}  // namespace ut::isim::soft
