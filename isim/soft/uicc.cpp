#include "isim/soft/uicc.h"

#include "isim/soft/card_content.h"
#include "isim/tlv.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ut::isim::soft {
namespace {

// TS 102 221 clause 10.2.1.
constexpr StatusWord kWrongLength = 0x6700;
constexpr StatusWord kChannelUnsupported = 0x6881;
constexpr StatusWord kSecureMessagingUnsupported = 0x6882;
constexpr StatusWord kNotARecordFile = 0x6981;
constexpr StatusWord kSecurityStatus = 0x6982;
constexpr StatusWord kBlocked = 0x6983;
constexpr StatusWord kInvalidated = 0x6984;
constexpr StatusWord kConditions = 0x6985;
constexpr StatusWord kNoEf = 0x6986;
constexpr StatusWord kWrongData = 0x6a80;
constexpr StatusWord kFunctionUnsupported = 0x6a81;
constexpr StatusWord kFileNotFound = 0x6a82;
constexpr StatusWord kRecordNotFound = 0x6a83;
constexpr StatusWord kWrongP1P2 = 0x6a86;
constexpr StatusWord kReferenceNotFound = 0x6a88;
constexpr StatusWord kWrongOffset = 0x6b00;
constexpr StatusWord kUnknownIns = 0x6d00;
constexpr StatusWord kUnknownClass = 0x6e00;

constexpr std::uint8_t kPin1 = 0x01;

constexpr StatusWord wrong_le(std::size_t right) {
  return static_cast<StatusWord>(0x6c00 | (right & 0xff));
}
// 61xx, where 00 says 256 or more.
constexpr StatusWord waiting(std::size_t octets) {
  return static_cast<StatusWord>(0x6100 | (octets >= 256 ? 0 : octets));
}

// What a class octet says, or the status word that refuses it.
struct Class {
  bool interindustry = true;
  std::uint8_t channel = 0;
  StatusWord refusal = 0;
};

Class read_class(std::uint8_t cla) {
  const bool interindustry = cla < 0x80;
  switch (cla & 0x70) {
    case 0x00:
      if ((cla & 0x0c) != 0) {
        return {.refusal = kSecureMessagingUnsupported};
      }
      return {interindustry, channel_of(cla), 0};
    case 0x40:
      return {interindustry, channel_of(cla), 0};
    case 0x60:
      return {.refusal = kSecureMessagingUnsupported};
    default:
      return {.refusal = kUnknownClass};
  }
}

FileId file_id(ByteView octets) {
  return static_cast<FileId>(octets[0] << 8 | octets[1]);
}

}  // namespace

const Uicc::Instruction Uicc::kInstructions[] = {
    {0xa4, ClassKind::interindustry, &Uicc::select},
    {0xf2, ClassKind::proprietary, &Uicc::status},
    {0xc0, ClassKind::interindustry, &Uicc::get_response},
    {0x70, ClassKind::interindustry, &Uicc::manage_channel},
    {0xb0, ClassKind::interindustry, &Uicc::read_binary},
    {0xd6, ClassKind::interindustry, &Uicc::update_binary},
    {0xb2, ClassKind::interindustry, &Uicc::read_record},
    {0xdc, ClassKind::interindustry, &Uicc::update_record},
    {0x20, ClassKind::interindustry, &Uicc::verify},
    {0x24, ClassKind::interindustry, &Uicc::change_pin},
    {0x26, ClassKind::interindustry, &Uicc::disable_pin},
    {0x28, ClassKind::interindustry, &Uicc::enable_pin},
    {0x2c, ClassKind::interindustry, &Uicc::unblock_pin},
    {0x88, ClassKind::interindustry, &Uicc::authenticate},
};

Uicc::Uicc(CardProfile profile, SqnArray sqns, SqnStore& store, AuthenticateObserver observer)
    : files_(make_files(profile)),
      applications_(profile.applications),
      answers_(profile.answers),
      logical_channels_(profile.logical_channels),
      atr_(make_atr(profile.atr)),
      pin_(std::move(profile.pin), std::move(profile.puk), profile.pin_enabled),
      authenticator_(
          UsimAka(std::move(profile.algorithm), std::move(sqns), store),
          make_contexts(profile, files_),
          observer ? std::move(observer) : [](Application, AuthenticateEvent) {}) {
  reset();
}

void Uicc::reset() {
  channels_ = {};
  channels_[0] = {.open = true, .directory = files_.mf.get()};
  pending_ = {};
  pin_.forget_verification();
}

SecretBytes Uicc::exchange(ByteView command_apdu) {
  Answer answer;
  if (auto command = decode_command(command_apdu)) {
    answer = dispatch(*command);
    wipe(command->data);  // a PIN, perhaps
  } else {
    answer.sw = kWrongLength;
  }
  const ByteView data = answer.data.expose();
  SecretBytes octets(data.size() + 2);
  const auto to = octets.expose_mutable();
  std::ranges::copy(data, to.begin());
  to[data.size()] = static_cast<std::uint8_t>(answer.sw >> 8);
  to[data.size() + 1] = static_cast<std::uint8_t>(answer.sw & 0xff);
  return octets;
}

Uicc::Answer Uicc::dispatch(const CommandApdu& command) {
  const Class cla = read_class(command.cla);
  if (cla.refusal != 0) {
    return {.sw = cla.refusal};
  }
  // 6X and 9X cannot be instructions, which the search below finds as well (ISO/IEC 7816-3).
  const auto instruction = std::ranges::find(kInstructions, command.ins, &Instruction::ins);
  if (instruction == std::end(kInstructions)) {
    return {.sw = kUnknownIns};
  }
  if ((instruction->kind == ClassKind::interindustry) != cla.interindustry) {
    return {.sw = kUnknownClass};
  }
  auto& channel = channels_[cla.channel];
  if (!channel.open) {
    return {.sw = kChannelUnsupported};
  }
  const bool continues = instruction->run == &Uicc::get_response;
  if (!continues || cla.channel != pending_channel_) {
    pending_ = {};
  }
  pending_channel_ = cla.channel;
  return (this->*instruction->run)(channel, command);
}

bool Uicc::wants_all(const CommandApdu& command) {
  return command.le == 256U || command.le == 65536U;
}

Uicc::Answer Uicc::case2(const CommandApdu& command, ByteView data) const {
  if (!command.le) {
    // Four octets are, for T=0, a command with P3 = 00.
    return {.sw = answers_ == Answers::t0 ? wrong_le(data.size()) : kWrongLength};
  }
  const bool all = wants_all(command) && (answers_ == Answers::direct || data.size() == 256);
  if (!all && *command.le != data.size()) {
    return {.sw = wrong_le(data.size())};
  }
  return {.data = SecretBytes::copy_of(data)};
}

Uicc::Answer Uicc::case4(const CommandApdu& command, SecretBytes data) {
  if (data.empty()) {
    return {};
  }
  if (answers_ == Answers::t0 || !command.le) {
    pending_ = std::move(data);
    return {.sw = waiting(pending_.size())};
  }
  if (*command.le >= data.size()) {
    return {.data = std::move(data)};
  }
  const ByteView octets = data.expose();
  pending_ = SecretBytes::copy_of(octets.subspan(*command.le));
  return {.data = SecretBytes::copy_of(octets.first(*command.le)), .sw = waiting(pending_.size())};
}

Uicc::Answer Uicc::case4(const CommandApdu& command, ByteView data) {
  return case4(command, SecretBytes::copy_of(data));
}

// GET RESPONSE (ISO/IEC 7816-4 clause 7.6.1).
Uicc::Answer Uicc::get_response(Channel&, const CommandApdu& command) {
  if (command.p1 != 0 || command.p2 != 0) {
    return {.sw = kWrongP1P2};
  }
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (pending_.empty()) {
    return {.sw = kConditions};
  }
  const std::size_t size = pending_.size();
  const std::size_t wanted = command.le.value_or(256);
  const bool all = wanted >= 256 && answers_ == Answers::direct;
  if (!all && wanted > size) {
    return {.sw = wrong_le(size)};
  }
  const auto data = std::exchange(pending_, {});
  const std::size_t given = std::min(wanted, size);
  Answer answer{.data = SecretBytes::copy_of(data.expose().first(given))};
  if (given < size) {
    pending_ = SecretBytes::copy_of(data.expose().subspan(given));
    answer.sw = waiting(pending_.size());
  }
  return answer;
}

// SELECT, TS 102 221 clause 11.1.1.
Uicc::Answer Uicc::select(Channel& channel, const CommandApdu& command) {
  const auto returned = command.p2 & 0x0c;
  // 04 = FCP, 0C = nothing. 00 (FCI) is not in the standard's table; it gets the FCP, as programs
  // that know other smart cards ask so.
  const bool known = returned == 0x04 || returned == 0x0c || returned == 0x00;
  if (!known || (command.p2 & 0x90) != 0) {
    return {.sw = kWrongP1P2};
  }
  if (command.p1 == 0x04) {
    return select_by_name(channel, command);
  }
  if ((command.p2 & 0x63) != 0) {
    return {.sw = kWrongP1P2};
  }
  switch (command.p1) {
    case 0x00:
      return select_by_id(channel, command);
    case 0x03:
      return select_parent(channel, command);
    case 0x08:
    case 0x09:
      return select_by_path(channel, command);
    default:
      return {.sw = kWrongP1P2};
  }
}

Uicc::Answer Uicc::selected(Channel& channel, File& file, const CommandApdu& command) {
  if (file.is_directory()) {
    channel.directory = &file;
    channel.ef = nullptr;
  } else {
    channel.directory = file.parent;
    channel.ef = &file;
  }
  channel.record = 0;
  if ((command.p2 & 0x0c) == 0x0c) {
    return {};
  }
  return case4(command, fcp(file, pin_.enabled()));
}

// The files that clause 8.4.2 lets a file identifier reach.
File* Uicc::reachable(const Channel& channel, FileId fid) const {
  File& current = *channel.directory;
  if (fid == kMf) {
    return files_.mf.get();
  }
  if (fid == kCurrentApplication) {
    return channel.adf;
  }
  if (File* child = find_child(current, fid)) {
    return child;
  }
  if (current.kind == FileKind::df && current.fid == fid) {
    return &current;
  }
  if (current.parent == nullptr) {
    return nullptr;
  }
  if (current.parent->kind == FileKind::df && current.parent->fid == fid) {
    return current.parent;
  }
  File* sibling = find_child(*current.parent, fid);
  return sibling != nullptr && sibling->is_directory() ? sibling : nullptr;
}

Uicc::Answer Uicc::select_by_id(Channel& channel, const CommandApdu& command) {
  if (command.data.empty()) {
    return selected(channel, *files_.mf, command);
  }
  if (command.data.size() != 2) {
    return {.sw = kWrongLength};
  }
  File* file = reachable(channel, file_id(command.data));
  if (file == nullptr) {
    return {.sw = kFileNotFound};
  }
  return selected(channel, *file, command);
}

Uicc::Answer Uicc::select_parent(Channel& channel, const CommandApdu& command) {
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (channel.directory->parent == nullptr) {
    return {.sw = kFileNotFound};
  }
  return selected(channel, *channel.directory->parent, command);
}

Uicc::Answer Uicc::select_by_path(Channel& channel, const CommandApdu& command) {
  const ByteView path = command.data;
  if (path.empty() || path.size() % 2 != 0) {
    return {.sw = kWrongLength};
  }
  File* file = command.p1 == 0x08 ? files_.mf.get() : channel.directory;
  for (std::size_t i = 0; i < path.size(); i += 2) {
    const FileId fid = file_id(path.subspan(i));
    if (i == 0 && fid == kCurrentApplication) {
      file = channel.adf;
    } else {
      file = find_child(*file, fid);
    }
    const bool last = i + 2 == path.size();
    if (file == nullptr || (!last && !file->is_directory())) {
      return {.sw = kFileNotFound};
    }
  }
  return selected(channel, *file, command);
}

// `occurrence` is b2b1 of P2: first or only, last, next, previous; the latter two count from the
// application that is active on the channel.
File* Uicc::matching_application(const Channel& channel, ByteView name,
                                 std::uint8_t occurrence) const {
  enum : std::uint8_t { first = 0, last = 1, next = 2, previous = 3 };
  std::vector<File*> matching;
  std::ptrdiff_t current = -1;
  for (const auto& application : files_.applications) {
    const ByteView aid = application->aid;
    if (aid.size() >= name.size() && std::ranges::equal(aid.first(name.size()), name)) {
      if (application.get() == channel.adf) {
        current = std::ssize(matching);
      }
      matching.push_back(application.get());
    }
  }
  std::ptrdiff_t index = 0;
  switch (occurrence) {
    case last:
      index = std::ssize(matching) - 1;
      break;
    case next:
      index = current + 1;
      break;
    case previous:
      index = current < 0 ? std::ssize(matching) - 1 : current - 1;
      break;
    case first:
      break;
  }
  const bool exists = index >= 0 && index < std::ssize(matching);
  return exists ? matching[static_cast<std::size_t>(index)] : nullptr;
}

Uicc::Answer Uicc::select_by_name(Channel& channel, const CommandApdu& command) {
  constexpr std::size_t kLongestAid = 16;
  if (command.data.empty() || command.data.size() > kLongestAid) {
    return {.sw = kWrongLength};
  }
  const auto session = command.p2 & 0x60;
  const auto occurrence = static_cast<std::uint8_t>(command.p2 & 0x03);
  if (session != 0x00 && session != 0x40) {
    return {.sw = kWrongP1P2};
  }
  File* adf = matching_application(channel, command.data, occurrence);
  if (adf == nullptr) {
    return {.sw = kFileNotFound};
  }
  if (session == 0x40) {
    // Termination of the application's session on this channel.
    if (adf != channel.adf) {
      return {.sw = kFileNotFound};
    }
    channel.adf = nullptr;
    channel.application.reset();
    return selected(channel, *files_.mf, command);
  }
  const auto index =
      std::ranges::find_if(files_.applications,
                           [adf](const auto& application) { return application.get() == adf; }) -
      files_.applications.begin();
  channel.adf = adf;
  channel.application = applications_[static_cast<std::size_t>(index)];
  return selected(channel, *adf, command);
}

// STATUS, TS 102 221 clause 11.1.2. P1 tells how far the terminal is with the application, which
// changes nothing here.
Uicc::Answer Uicc::status(Channel& channel, const CommandApdu& command) {
  if (command.p1 > 0x02) {
    return {.sw = kWrongP1P2};
  }
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  switch (command.p2) {
    case 0x00:
      return case2(command, fcp(*channel.directory, pin_.enabled()));
    case 0x01: {
      if (channel.adf == nullptr) {
        return {.sw = kConditions};
      }
      Bytes name;
      append_tlv(name, 0x84, channel.adf->aid);
      return case2(command, name);
    }
    case 0x0c:
      return {};
    default:
      return {.sw = kWrongP1P2};
  }
}

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

bool Uicc::allowed(Access access) const {
  switch (access) {
    case Access::always:
      return true;
    case Access::pin:
      return pin_.satisfied();
    case Access::adm:
      return false;
  }
  return false;
}

Uicc::Target Uicc::target(Channel& channel, std::optional<std::uint8_t> sfi, FileKind kind,
                          Wish wish) {
  File* file = sfi ? find_by_sfi(*channel.directory, *sfi) : channel.ef;
  if (file == nullptr) {
    return {.sw = sfi ? kFileNotFound : kNoEf};
  }
  if (file->kind != kind) {
    return {.sw = kNotARecordFile};
  }
  const auto& rule = rule_of(file->rule);
  if (!allowed(wish == Wish::read ? rule.read : rule.update)) {
    return {.sw = kSecurityStatus};
  }
  if (sfi) {
    channel.ef = file;
    channel.record = 0;
  }
  return {.file = file};
}

Uicc::Target Uicc::binary_target(Channel& channel, const CommandApdu& command, Wish wish,
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
  const auto found = target(channel, sfi, FileKind::transparent, wish);
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
  const auto found = binary_target(channel, command, Wish::read, offset);
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
  const auto found = binary_target(channel, command, Wish::update, offset);
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

Uicc::Target Uicc::record_target(Channel& channel, const CommandApdu& command, Wish wish,
                                 std::size_t& record) {
  enum : std::uint8_t { next = 2, previous = 3, absolute = 4 };
  const auto mode = static_cast<std::uint8_t>(command.p2 & 0x07);
  const auto short_id = static_cast<std::uint8_t>(command.p2 >> 3);
  const bool known = mode == next || mode == previous || mode == absolute;
  if (!known || short_id == 31 || (mode != absolute && command.p1 != 0)) {
    return {.sw = kWrongP1P2};
  }
  const auto sfi = short_id == 0 ? std::nullopt : std::optional(short_id);
  const auto found = target(channel, sfi, FileKind::linear_fixed, wish);
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
  const auto found = record_target(channel, command, Wish::read, record);
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
  const auto found = record_target(channel, command, Wish::update, record);
  if (found.file == nullptr) {
    return {.sw = found.sw};
  }
  if (command.data.size() != found.file->record_size()) {
    return {.sw = kWrongLength};
  }
  found.file->records[record - 1] = command.data;
  if ((command.p2 & 0x07) != 0x04) {
    channel.record = record;
  }
  return {};
}

Uicc::Answer Uicc::pin_answer(Pin::Outcome outcome, std::uint8_t tries) const {
  switch (outcome) {
    case Pin::Outcome::done:
      return {};
    case Pin::Outcome::wrong:
      return {.sw = static_cast<StatusWord>(0x63c0 | tries)};
    case Pin::Outcome::blocked:
      return {.sw = kBlocked};
    case Pin::Outcome::disabled:
      return {.sw = kInvalidated};
    case Pin::Outcome::wrong_state:
      return {.sw = kConditions};
    case Pin::Outcome::new_malformed:
      return {.sw = kWrongData};
  }
  return {.sw = kConditions};
}

namespace {

// P1 and P2 of the PIN commands: this card has PIN1 alone.
StatusWord check_pin_reference(const CommandApdu& command) {
  if (command.p1 != 0) {
    return kWrongP1P2;
  }
  return command.p2 == kPin1 ? StatusWord{0} : kReferenceNotFound;
}

PinCode first_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).first(PinCode::size));
}

PinCode second_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).subspan(PinCode::size));
}

}  // namespace

// VERIFY PIN, TS 102 221 clause 11.1.9; without data it tells the state and spends no try.
Uicc::Answer Uicc::verify(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.empty()) {
    if (pin_.satisfied()) {
      return {};
    }
    return pin_answer(pin_.pin_tries() == 0 ? Pin::Outcome::blocked : Pin::Outcome::wrong,
                      pin_.pin_tries());
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.verify(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// CHANGE PIN, TS 102 221 clause 11.1.10.
Uicc::Answer Uicc::change_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != 2 * PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.change(first_pin(command), second_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// DISABLE PIN, TS 102 221 clause 11.1.11.
Uicc::Answer Uicc::disable_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.disable(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// ENABLE PIN, TS 102 221 clause 11.1.12.
Uicc::Answer Uicc::enable_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.enable(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// UNBLOCK PIN, TS 102 221 clause 11.1.13; without data it tells the PUK's tries.
Uicc::Answer Uicc::unblock_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.empty()) {
    return pin_answer(pin_.puk_tries() == 0 ? Pin::Outcome::blocked : Pin::Outcome::wrong,
                      pin_.puk_tries());
  }
  if (command.data.size() != 2 * PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.unblock(first_pin(command), second_pin(command));
  return pin_answer(outcome, pin_.puk_tries());
}

// AUTHENTICATE, TS 31.103 and TS 31.102 clause 7.1.
Uicc::Answer Uicc::authenticate(Channel& channel, const CommandApdu& command) {
  if (!channel.application || channel.directory != channel.adf) {
    return {.sw = kConditions};
  }
  if (!pin_.satisfied()) {
    return {.sw = kSecurityStatus};
  }
  if (command.p1 != 0) {
    return {.sw = kWrongP1P2};
  }
  auto answer = authenticator_.run(*channel.application, command.p2, command.data);
  if (answer.sw != 0x9000) {
    return {.sw = answer.sw};
  }
  return case4(command, std::move(answer.data));
}

}  // namespace ut::isim::soft
