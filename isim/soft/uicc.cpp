#include "isim/soft/uicc.h"

#include "isim/soft/card_content.h"
#include "isim/soft/card_status_words.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ut::isim::soft {
namespace {

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
    {0xa2, ClassKind::interindustry, &Uicc::search_record},
    {0xcb, ClassKind::proprietary, &Uicc::retrieve_data},
    {0xdb, ClassKind::proprietary, &Uicc::set_data},
    {0x20, ClassKind::interindustry, &Uicc::verify},
    {0x24, ClassKind::interindustry, &Uicc::change_pin},
    {0x26, ClassKind::interindustry, &Uicc::disable_pin},
    {0x28, ClassKind::interindustry, &Uicc::enable_pin},
    {0x2c, ClassKind::interindustry, &Uicc::unblock_pin},
    {0xaa, ClassKind::proprietary, &Uicc::terminal_capability},
    {0x10, ClassKind::proprietary, &Uicc::terminal_profile},
    {0x12, ClassKind::proprietary, &Uicc::fetch},
    {0x14, ClassKind::proprietary, &Uicc::terminal_response},
    {0x88, ClassKind::interindustry, &Uicc::authenticate},
};

Uicc::Uicc(CardProfile profile, SqnArray sqns, SqnStore& store, AuthenticateObserver observer)
    : files_(make_files(profile)),
      applications_(profile.applications),
      answers_(profile.answers),
      logical_channels_(profile.logical_channels),
      atr_(make_atr(profile.atr)),
      pins_(std::move(profile.pins)),
      pin_file_(std::move(profile.pin_file)),
      authenticator_(
          UsimAka(std::move(profile.algorithm), std::move(sqns), store),
          make_contexts(profile, files_),
          observer ? std::move(observer) : [](Application, AuthenticateEvent) {}) {
  reset();
}

Result<void> Uicc::keep_pins() {
  if (pin_file_) {
    TRY_VOID(pin_file_->load(pins_));
    keeps_pins_ = true;
  }
  return {};
}

void Uicc::reset() {
  channels_ = {};
  channels_[0] = {.open = true, .directory = files_.mf.get()};
  pending_ = {};
  pins_.forget_verification();
  if (asked_for_reset()) {
    proactive_.pop_front();
  }
  terminal_profile_ = false;
  fetched_ = false;
}

SecretBytes Uicc::exchange(ByteView command_apdu) {
  Answer answer;
  if (auto command = decode_command(command_apdu)) {
    answer = dispatch(*command);
    answer.sw = with_proactive(answer.sw);
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
  const bool block =
      instruction->run == &Uicc::retrieve_data || instruction->run == &Uicc::set_data;
  if (!continues && !block) {
    channel.transfer.reset();
  }
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

Uicc::Answer Uicc::case4(const CommandApdu& command, SecretBytes data, StatusWord sw) {
  if (data.empty()) {
    return {.sw = sw};
  }
  pending_sw_ = sw;
  if (answers_ == Answers::t0 || !command.le) {
    pending_ = std::move(data);
    return {.sw = waiting(pending_.size())};
  }
  if (*command.le >= data.size()) {
    return {.data = std::move(data), .sw = sw};
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
  Answer answer{.data = SecretBytes::copy_of(data.expose().first(given)), .sw = pending_sw_};
  if (given < size) {
    pending_ = SecretBytes::copy_of(data.expose().subspan(given));
    answer.sw = waiting(pending_.size());
  }
  return answer;
}

// AUTHENTICATE, TS 31.103 and TS 31.102 clause 7.1.
Uicc::Answer Uicc::authenticate(Channel& channel, const CommandApdu& command) {
  if (!channel.application || channel.directory != channel.adf) {
    return {.sw = kConditions};
  }
  if (!pins_.is_open(kPin1)) {
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
