// The commands of BER-TLV files (TS 102 221 clause 11.3): data objects in blocks.
#include "isim/soft/card_status_words.h"
#include "isim/soft/uicc.h"
#include "isim/tlv.h"

#include <algorithm>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::uint32_t kTagList = 0x5c;
constexpr std::size_t kShortBlock = 256;

// Which block P2 asks for or brings.
enum class Block : std::uint8_t { first, next, unknown };

Block block_of(const CommandApdu& command) {
  switch (command.p2 & 0xe0) {
    case 0x80:
      return Block::first;
    case 0x00:
      return Block::next;
    default:
      return Block::unknown;
  }
}

// 5C: the tags of all objects, one after the other.
Bytes tag_list(const File& file) {
  Bytes tags;
  for (const auto& [tag, object] : file.objects) {
    append(tags, tag_octets(tag));
  }
  Bytes object;
  append_tlv(object, kTagList, tags);
  return object;
}

// Octets of the object that begins with `octets`, tag and length included; nullopt while the length
// is not whole or not one of one to four octets.
std::optional<std::size_t> whole_size(ByteView octets) {
  ByteView rest = octets;
  if (!read_tag(rest) || rest.empty()) {
    return std::nullopt;
  }
  const std::uint8_t first = rest.front();
  const std::size_t header = octets.size() - rest.size() + 1;
  if (first < 0x80) {
    return header + first;
  }
  const std::size_t count = first & 0x7fU;
  if (count == 0 || count > 3 || rest.size() < 1 + count) {
    return std::nullopt;
  }
  std::size_t length = 0;
  for (const std::uint8_t octet : rest.subspan(1, count)) {
    length = length << 8 | octet;
  }
  return header + count + length;
}

}  // namespace

Uicc::Target Uicc::object_target(Channel& channel, const CommandApdu& command,
                                 Operation operation) {
  const auto short_id = static_cast<std::uint8_t>(command.p2 & 0x1f);
  if (command.p1 != 0 || block_of(command) == Block::unknown || short_id == 31) {
    return {.sw = kWrongP1P2};
  }
  const auto sfi = short_id == 0 ? std::nullopt : std::optional(short_id);
  return target(
      channel, sfi, [](const File& file) { return file.kind == FileKind::ber_tlv; }, operation);
}

// RETRIEVE DATA, clause 11.3.1: the first block by tag, the next ones without data; 62F1 while
// there is more.
Uicc::Answer Uicc::retrieve_data(Channel& channel, const CommandApdu& command) {
  const auto found = object_target(channel, command, Operation::read);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  if (block_of(command) == Block::next) {
    const bool goes_on = channel.transfer && channel.transfer->file == found.file;
    return goes_on ? next_block(channel, command) : Answer{.sw = kConditions};
  }
  channel.transfer.reset();
  ByteView octets = command.data;
  if (octets.empty()) {
    return {.sw = kWrongLength};
  }
  const auto tag = read_tag(octets);
  if (!tag || !octets.empty()) {
    return {.sw = kWrongData};
  }
  const auto object = found.file->objects.find(*tag);
  if (*tag != kTagList && object == found.file->objects.end()) {
    return {.sw = kReferenceNotFound};
  }
  Channel::Transfer transfer{.file = found.file,
                             .octets = *tag == kTagList ? tag_list(*found.file) : object->second};
  const ByteView whole = transfer.octets;
  const std::size_t given = std::min<std::size_t>(command.le.value_or(kShortBlock), whole.size());
  auto data = SecretBytes::copy_of(whole.first(given));
  if (given == whole.size()) {
    return case4(command, std::move(data));
  }
  transfer.at = given;
  channel.transfer = std::move(transfer);
  return case4(command, std::move(data), kMoreData);
}

Uicc::Answer Uicc::next_block(Channel& channel, const CommandApdu& command) {
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (channel.transfer->to_card) {
    return {.sw = kConditions};
  }
  auto& transfer = *channel.transfer;
  const ByteView rest = ByteView(transfer.octets).subspan(transfer.at);
  const std::size_t wanted = command.le.value_or(kShortBlock);
  Answer answer;
  if (wanted <= rest.size() && command.le) {
    answer.data = SecretBytes::copy_of(rest.first(wanted));
  } else {
    answer = case2(command, rest.first(std::min(rest.size(), kShortBlock)));
  }
  if (answer.sw != kExecuted) {
    return answer;  // the same block again, with the Le that it says
  }
  transfer.at += answer.data.size();
  if (transfer.at == transfer.octets.size()) {
    channel.transfer.reset();
  } else {
    answer.sw = kMoreData;
  }
  return answer;
}

// SET DATA, clause 11.3.2: the first block begins with tag and length, 63F1 while more is expected;
// a tag alone deletes the object.
Uicc::Answer Uicc::set_data(Channel& channel, const CommandApdu& command) {
  const auto found = object_target(channel, command, Operation::update);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  if (command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (block_of(command) == Block::next) {
    if (!channel.transfer || !channel.transfer->to_card || channel.transfer->file != found.file) {
      return {.sw = kConditions};
    }
    return take_block(channel, *found.file, command.data);
  }
  channel.transfer.reset();
  ByteView rest = command.data;
  const auto tag = read_tag(rest);
  if (!tag || *tag == kTagList) {
    return {.sw = kWrongData};
  }
  if (rest.empty()) {
    return {.sw = found.file->objects.erase(*tag) == 0 ? kReferenceNotFound : kExecuted};
  }
  const auto whole = whole_size(command.data);
  if (!whole) {
    return {.sw = kWrongData};
  }
  const auto before = found.file->objects.find(*tag);
  const std::size_t replaced = before == found.file->objects.end() ? 0 : before->second.size();
  if (found.file->used() - replaced + *whole > found.file->capacity) {
    return {.sw = kNoMemory};
  }
  channel.transfer =
      Channel::Transfer{.to_card = true, .file = found.file, .whole = *whole, .tag = *tag};
  return take_block(channel, *found.file, command.data);
}

Uicc::Answer Uicc::take_block(Channel& channel, File& file, ByteView octets) {
  auto& transfer = *channel.transfer;
  if (transfer.octets.size() + octets.size() > transfer.whole) {
    channel.transfer.reset();
    return {.sw = kWrongLength};
  }
  append(transfer.octets, octets);
  if (transfer.octets.size() < transfer.whole) {
    return {.sw = kMoreDataExpected};
  }
  file.objects[transfer.tag] = std::move(transfer.octets);
  channel.transfer.reset();
  return {};
}

}  // namespace ut::isim::soft
