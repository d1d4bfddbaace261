#include "isim/soft/uicc.h"

#include "isim/soft/card_status_words.h"

#include <algorithm>

namespace ut::isim::soft {

Uicc::Target Uicc::target(Channel& channel, std::optional<std::uint8_t> sfi, IsKind is_kind,
                          Operation operation) {
  File* file = sfi ? find_by_sfi(*channel.directory, *sfi) : channel.ef;
  if (file == nullptr) {
    return {.sw = sfi ? kFileNotFound : kNoEf};
  }
  if (!is_kind(*file)) {
    return {.sw = kNotARecordFile};
  }
  const auto is_open = [this](std::uint8_t reference) { return pins_.is_open(reference); };
  if (!permits(rule_of(*file), operation, is_open)) {
    return {.sw = kSecurityStatus};
  }
  if (sfi) {
    channel.ef = file;
    channel.record = 0;
  }
  return {.file = file};
}

Uicc::Target Uicc::binary_target(Channel& channel, const CommandApdu& command, Operation operation,
                                 std::size_t& offset) {
  std::optional<std::uint8_t> sfi;
  if ((command.p1 & 0x80) != 0) {
    sfi = command.p1 & 0x1f;
    if ((command.p1 & 0x60) != 0 || sfi == 0 || sfi == 31) {
      return {.sw = kWrongP1P2};
    }
    offset = command.p2;
  } else {
    offset = static_cast<std::size_t>(command.p1) << 8 | command.p2;
  }
  const auto found = target(
      channel, sfi, [](const File& file) { return file.kind == FileKind::transparent; }, operation);
  if (found.file != nullptr && offset >= found.file->content.size()) {
    return {.sw = kWrongOffset};
  }
  return found;
}

// READ BINARY, TS 102 221 clause 11.1.3.
Uicc::Answer Uicc::read_binary(Channel& channel, const CommandApdu& command) {
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  std::size_t offset = 0;
  const auto found = binary_target(channel, command, Operation::read, offset);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  const ByteView rest = ByteView(found.file->content).subspan(offset);
  if (command.le && *command.le <= rest.size()) {
    return {.data = SecretBytes::copy_of(rest.first(*command.le))};
  }
  return case2(command, rest);
}

// UPDATE BINARY, TS 102 221 clause 11.1.4.
Uicc::Answer Uicc::update_binary(Channel& channel, const CommandApdu& command) {
  std::size_t offset = 0;
  const auto found = binary_target(channel, command, Operation::update, offset);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  if (command.data.empty() || offset + command.data.size() > found.file->content.size()) {
    return {.sw = kWrongLength};
  }
  std::ranges::copy(command.data,
                    found.file->content.begin() + static_cast<std::ptrdiff_t>(offset));
  return {};
}

Uicc::Target Uicc::record_target(Channel& channel, const CommandApdu& command, Operation operation,
                                 std::size_t& record) {
  enum : std::uint8_t { next = 2, previous = 3, absolute = 4 };
  const auto mode = static_cast<std::uint8_t>(command.p2 & 0x07);
  const auto short_id = static_cast<std::uint8_t>(command.p2 >> 3);
  const bool known = mode == next || mode == previous || mode == absolute;
  if (!known || short_id == 31 || (mode != absolute && command.p1 != 0)) {
    return {.sw = kWrongP1P2};
  }
  const auto sfi = short_id == 0 ? std::nullopt : std::optional(short_id);
  const auto found =
      target(channel, sfi, [](const File& file) { return file.has_records(); }, operation);
  if (found.file == nullptr) {
    return found;
  }
  const std::size_t count = found.file->records.size();
  switch (mode) {
    case next:
      record = channel.record + 1;
      break;
    case previous:
      record = channel.record == 0 ? count : channel.record - 1;
      break;
    default:
      record = command.p1 == 0 ? channel.record : command.p1;
      break;
  }
  if (record == 0 || record > count) {
    return {.sw = kRecordNotFound};
  }
  return found;
}

// READ RECORD, TS 102 221 clause 11.1.5.
Uicc::Answer Uicc::read_record(Channel& channel, const CommandApdu& command) {
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  std::size_t record = 0;
  const auto found = record_target(channel, command, Operation::read, record);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  auto answer = case2(command, found.file->records[record - 1]);
  // Only next and previous move the pointer, and not when the command comes again with another Le.
  if (answer.sw == 0x9000 && (command.p2 & 0x07) != 0x04) {
    channel.record = record;
  }
  return answer;
}

// UPDATE RECORD, TS 102 221 clause 11.1.6.
Uicc::Answer Uicc::update_record(Channel& channel, const CommandApdu& command) {
  std::size_t record = 0;
  const auto found = record_target(channel, command, Operation::update, record);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  if (command.data.size() != found.file->record_size()) {
    return {.sw = kWrongLength};
  }
  if (found.file->kind == FileKind::cyclic) {
    // PREVIOUS alone: the oldest record becomes the first one, and new.
    if ((command.p2 & 0x07) != 0x03) {
      return {.sw = kNotARecordFile};
    }
    auto& records = found.file->records;
    std::ranges::rotate(records, records.end() - 1);
    records.front() = command.data;
    channel.record = 1;
    return {};
  }
  found.file->records[record - 1] = command.data;
  if ((command.p2 & 0x07) != 0x04) {
    channel.record = record;
  }
  return {};
}

// SEARCH RECORD, TS 102 221 clause 11.1.7: simple search, forwards or backwards from a record. The
// answer is the numbers of the records that hold the pattern; 6282 when there are none.
Uicc::Answer Uicc::search_record(Channel& channel, const CommandApdu& command) {
  enum : std::uint8_t { forwards = 4, backwards = 5 };
  const auto mode = static_cast<std::uint8_t>(command.p2 & 0x07);
  const auto short_id = static_cast<std::uint8_t>(command.p2 >> 3);
  if ((mode != forwards && mode != backwards) || short_id == 31) {
    return {.sw = kWrongP1P2};
  }
  const auto sfi = short_id == 0 ? std::nullopt : std::optional(short_id);
  const auto found =
      target(channel, sfi, [](const File& file) { return file.has_records(); }, Operation::read);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  const auto& records = found.file->records;
  if (command.data.empty() || command.data.size() > found.file->record_size()) {
    return {.sw = kWrongLength};
  }
  const std::size_t start = command.p1 != 0 ? command.p1 : channel.record;
  if (start == 0 || start > records.size()) {
    return {.sw = kRecordNotFound};
  }
  Bytes numbers;
  const auto look_at = [&](std::size_t number) {
    if (!std::ranges::search(records[number - 1], command.data).empty()) {
      numbers.push_back(static_cast<std::uint8_t>(number));
    }
  };
  if (mode == forwards) {
    for (std::size_t number = start; number <= records.size(); ++number) {
      look_at(number);
    }
  } else {
    for (std::size_t number = start; number > 0; --number) {
      look_at(number);
    }
  }
  if (numbers.empty()) {
    return {.sw = kEndOfFile};
  }
  channel.record = numbers.front();
  return case4(command, numbers);
}

}  // namespace ut::isim::soft
