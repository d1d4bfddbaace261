// What a terminal tells the card of itself, and the proactive commands that it then gets (TS 102
// 221 clauses 7.4.2, 11.1.19 and 11.2).
#include "isim/soft/card_status_words.h"
#include "isim/soft/uicc.h"
#include "isim/tlv.h"

#include <algorithm>
#include <utility>

namespace ut::isim::soft {

void Uicc::queue_proactive(Bytes command) {
  proactive_.push_back(std::move(command));
}

void Uicc::refresh(RefreshMode mode, std::span<const FilePath> files) {
  constexpr std::uint8_t kLastNumber = 0xfe;  // TS 102 223 clause 8.6: 01 to FE
  refresh_number_ = refresh_number_ == kLastNumber ? std::uint8_t{1}
                                                   : static_cast<std::uint8_t>(refresh_number_ + 1);
  queue_proactive(refresh_command(refresh_number_, mode, files));
}

bool Uicc::update_file(const FilePath& path, ByteView content) {
  constexpr FileId kActiveApplication = 0x7fff;
  File* file = files_.mf.get();
  for (std::size_t at = 1; file != nullptr && at < path.size(); ++at) {
    file = at == 1 && path[at] == kActiveApplication && !files_.applications.empty()
               ? files_.applications.front().get()
               : find_child(*file, path[at]);
  }
  if (file == nullptr || file->kind != FileKind::transparent ||
      content.size() > file->content.size()) {
    return false;
  }
  std::ranges::fill(file->content, std::uint8_t{0xff});
  std::ranges::copy(content, file->content.begin());
  return true;
}

// The terminal that was asked for a reset of the UICC does it, and says nothing before [M].
bool Uicc::asked_for_reset() const {
  if (!fetched_) {
    return false;
  }
  const auto reply = judge_proactive(proactive_.front());
  return reply && !reply->refresh.empty() && reply->refresh.front().mode == RefreshMode::uicc_reset;
}

// 9000 becomes 91xx, 62F1 and 63F1 become 62F2 and 63F2 while a command waits for a terminal that
// has sent its profile.
StatusWord Uicc::with_proactive(StatusWord sw) const {
  if (!terminal_profile_ || proactive_.empty() || fetched_) {
    return sw;
  }
  switch (sw) {
    case kExecuted:
      return static_cast<StatusWord>(0x9100 | (proactive_.front().size() & 0xff));
    case kMoreData:
      return kMoreDataAndProactive;
    case kMoreDataExpected:
      return kMoreDataExpectedAndProactive;
    default:
      return sw;
  }
}

// TERMINAL CAPABILITY, clause 11.1.19: template A9, which changes nothing here.
Uicc::Answer Uicc::terminal_capability(Channel&, const CommandApdu& command) {
  if (command.p1 != 0 || command.p2 != 0) {
    return {.sw = kWrongP1P2};
  }
  ByteView rest = command.data;
  const auto capabilities = read_tlv(rest);
  const bool right = capabilities && capabilities->tag == 0xa9 && rest.empty() &&
                     read_tlvs(capabilities->value).has_value();
  return {.sw = right ? kExecuted : kWrongData};
}

// What the toolkit's commands have in common: P1 P2 = 0000, on the basic channel [M].
StatusWord Uicc::check_toolkit(const Channel& channel, const CommandApdu& command) const {
  if (command.p1 != 0 || command.p2 != 0) {
    return kWrongP1P2;
  }
  return &channel == &channels_.front() ? kExecuted : kChannelUnsupported;
}

// TERMINAL PROFILE, clause 11.2.1: from here on the card may be proactive.
Uicc::Answer Uicc::terminal_profile(Channel& channel, const CommandApdu& command) {
  if (const auto sw = check_toolkit(channel, command); sw != kExecuted) {
    return {.sw = sw};
  }
  if (command.data.empty()) {
    return {.sw = kWrongLength};
  }
  terminal_profile_ = true;
  return {};
}

// FETCH, clause 11.2.3.
Uicc::Answer Uicc::fetch(Channel& channel, const CommandApdu& command) {
  if (const auto sw = check_toolkit(channel, command); sw != kExecuted) {
    return {.sw = sw};
  }
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (!terminal_profile_ || proactive_.empty() || fetched_) {
    return {.sw = kConditions};
  }
  auto answer = case2(command, proactive_.front());
  fetched_ = answer.sw == kExecuted;
  return answer;
}

// TERMINAL RESPONSE, clause 11.2.4: for the command that was fetched, by its command details.
Uicc::Answer Uicc::terminal_response(Channel& channel, const CommandApdu& command) {
  if (const auto sw = check_toolkit(channel, command); sw != kExecuted) {
    return {.sw = sw};
  }
  if (!fetched_) {
    return {.sw = kConditions};
  }
  const auto details = [](ByteView objects) {
    const auto with_comprehension = find_tlv(objects, 0x81);
    return with_comprehension ? with_comprehension : find_tlv(objects, 0x01);
  };
  ByteView fetched = proactive_.front();
  const auto wanted = read_tlv(fetched);
  const auto given = details(command.data);
  const auto expected = wanted ? details(wanted->value) : std::nullopt;
  if (!given || !expected || !std::ranges::equal(*given, *expected)) {
    return {.sw = kWrongData};
  }
  proactive_.pop_front();
  fetched_ = false;
  return {};
}

}  // namespace ut::isim::soft
