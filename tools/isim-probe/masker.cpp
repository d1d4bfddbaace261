#include "tools/isim-probe/masker.h"

#include "isim/apdu.h"
#include "isim/pin_form.h"
#include "isim/status_word.h"
#include "isim/tlv.h"
#include "isim/uicc_files.h"

#include <algorithm>
#include <string_view>

namespace ut::probe {
namespace {

using isim::Directory;
using isim::FileSpec;
using isim::is_pin_command;
using isim::kCurrentApplication;

constexpr std::uint8_t kSelect = 0xa4;
constexpr std::uint8_t kStatus = 0xf2;
constexpr std::uint8_t kReadBinary = 0xb0;
constexpr std::uint8_t kReadRecord = 0xb2;
constexpr std::uint8_t kGetResponse = 0xc0;
constexpr std::uint8_t kRetrieveData = 0xcb;
constexpr std::uint8_t kManageChannel = 0x70;
constexpr std::uint8_t kAuthenticate = 0x88;
constexpr std::uint8_t kAuthenticateOdd = 0x89;
constexpr std::size_t kHeader = 5;  // CLA INS P1 P2 P3

bool is_uicc_class(std::uint8_t cla) {
  return (cla & 0xf0) == 0x00 || (cla & 0xf0) == 0x40 || (cla & 0xf0) == 0x80 ||
         (cla & 0xf0) == 0xc0;
}

isim::StatusWord status_of(ByteView answer) {
  return answer.size() < 2
             ? isim::StatusWord{0}
             : static_cast<isim::StatusWord>(answer[answer.size() - 2] << 8 | answer.back());
}

isim::FileId id_at(ByteView data, std::size_t at) {
  return static_cast<isim::FileId>(data[at] << 8 | data[at + 1]);
}

// Data of a command with short length fields; others are not followed.
ByteView data_of(ByteView command) {
  if (command.size() <= kHeader || command[4] == 0 || command.size() < kHeader + command[4]) {
    return {};
  }
  return command.subspan(kHeader, command[4]);
}

const FileSpec* by_sfi(std::optional<Directory> directory, unsigned sfi) {
  if (!directory || sfi == 0) {
    return nullptr;
  }
  const auto files = isim::files_of(*directory);
  const auto found = std::ranges::find_if(files, [&](const auto& file) { return file.sfi == sfi; });
  return found == files.end() ? nullptr : &*found;
}

// RAND and AUTN go over the air in clear; NAF_Id, IMPI and what HTTP Digest takes do not belong
// here.
bool is_challenge(ByteView command) {
  const std::uint8_t context = command.size() > 3 ? command[3] : 0;
  const ByteView data = data_of(command);
  return context == 0x80 || context == 0x81 ||
         (context == 0x84 && !data.empty() && data.front() == 0xdd);
}

bool is_harmless_command(ByteView command) {
  switch (command[1]) {
    case kSelect:
    case kStatus:
    case kReadBinary:
    case kReadRecord:
    case kGetResponse:
    case kRetrieveData:
    case kManageChannel:
      return true;
    case kAuthenticate:
      return is_challenge(command);
    default:
      return false;
  }
}

void zero(std::span<std::uint8_t> octets) {
  std::ranges::fill(octets, std::uint8_t{0});
}

// Letters become x and digits 0, so that decoders still work; a scheme stays.
void mask_text(std::span<std::uint8_t> text) {
  const std::string_view view = as_text(text);
  for (const std::string_view scheme : {"sip:", "sips:", "tel:"}) {
    if (view.starts_with(scheme)) {
      text = text.subspan(scheme.size());
      break;
    }
  }
  for (std::uint8_t& c : text) {
    const bool digit = c >= '0' && c <= '9';
    const bool punctuation = c == '@' || c == '.' || c == ':' || c == '-' || c == '+' || c == ';';
    c = digit ? '0' : punctuation ? c : 'x';
  }
}

void mask_text_object(std::span<std::uint8_t> data) {
  ByteView rest = data;
  const auto object = isim::read_tlv(rest);
  const bool padded = std::ranges::all_of(rest, [](std::uint8_t c) { return c == 0xff; });
  if (!object || object->tag != 0x80 || !padded) {
    zero(data);
    return;
  }
  const auto at = static_cast<std::size_t>(object->value.data() - data.data());
  mask_text(data.subspan(at, object->value.size()));
}

// Swapped BCD; padding F stays.
void mask_digits(std::span<std::uint8_t> data) {
  for (std::uint8_t& c : data) {
    const unsigned high = (c & 0xf0) < 0xa0 ? 0U : c & 0xf0U;
    const unsigned low = (c & 0x0f) < 0x0a ? 0U : c & 0x0fU;
    c = static_cast<std::uint8_t>(high | low);
  }
}

// Length and the octet with type and parity stay (TS 31.102 clause 4.2.2).
void mask_imsi(std::span<std::uint8_t> data) {
  if (data.size() < 2) {
    zero(data);
    return;
  }
  data[1] = static_cast<std::uint8_t>(data[1] & 0x0f);
  mask_digits(data.subspan(2));
}

// Tag and lengths stay: DB Lres RES Lck CK Lik IK; 04 SRES 08 Kc. AUTS, which goes over the air in
// clear, stays as it is.
void mask_authentication(std::span<std::uint8_t> data) {
  if (data.size() == 16 && data[0] == 0xdc && data[1] == 14) {
    return;
  }
  std::size_t at = !data.empty() && data[0] == 0xdb ? 1 : 0;
  bool formed = !data.empty();
  for (std::size_t next = at; formed && next < data.size();) {
    next += 1U + data[next];
    formed = next <= data.size();
  }
  if (!formed) {
    zero(data);
    return;
  }
  while (at < data.size()) {
    const std::size_t length = data[at];
    zero(data.subspan(at + 1, length));
    at += 1 + length;
  }
}

}  // namespace

void Masker::reset() {
  channels_ = {};
}

Masker::Kind Masker::kind_of(const FileSpec* file) {
  if (file == nullptr) {
    return Kind::unknown;
  }
  if (file->secret || file->name == "EF_XCAPConfigData") {  // which may hold a password
    return Kind::secret;
  }
  const std::string_view name = file->name;
  if (name == "EF_DIR" || name == "EF_ARR" || name == "EF_AD" || name == "EF_IST" ||
      name == "EF_UST" || name == "EF_PL") {
    return Kind::harmless;
  }
  if (name == "EF_IMPI" || name == "EF_IMPU" || name == "EF_DOMAIN") {
    return Kind::text;
  }
  if (name == "EF_ICCID") {
    return Kind::digits;
  }
  return name == "EF_IMSI" ? Kind::imsi : Kind::unknown;
}

Masker::Kind Masker::kind_of_read(Channel& channel, ByteView command, bool records,
                                  bool& from_start) {
  const unsigned p1 = command[2];
  const unsigned p2 = command[3];
  const unsigned sfi = records ? p2 >> 3 : (p1 & 0x80) != 0 ? p1 & 0x1f : 0U;
  if (sfi != 0) {
    channel.file = by_sfi(channel.directory, sfi);
  }
  from_start = records || (sfi != 0 ? p2 == 0 : p1 == 0 && p2 == 0);
  return kind_of(channel.file);
}

void Masker::select(Channel& channel, ByteView command) {
  const std::uint8_t p1 = command[2];
  const ByteView data = data_of(command);
  channel.file = nullptr;
  if (p1 == 0x04) {
    channel.directory =
        isim::has_prefix(data, isim::kIsimAidPrefix)   ? std::optional(Directory::isim)
        : isim::has_prefix(data, isim::kUsimAidPrefix) ? std::optional(Directory::usim)
                                                       : std::nullopt;
    channel.application = channel.directory;
  } else if (data.size() == 2 && id_at(data, 0) == isim::kMf) {
    channel.directory = Directory::mf;
  } else if (data.size() == 2 && (p1 == 0x00 || p1 == 0x08)) {
    if (p1 == 0x08) {
      channel.directory = Directory::mf;
    }
    channel.file =
        channel.directory ? isim::find_file(*channel.directory, id_at(data, 0)) : nullptr;
    if (channel.file == nullptr) {
      channel.directory.reset();  // a directory, for all that is known
    }
  } else if (data.size() == 4 && (p1 == 0x08 || p1 == 0x09) &&
             id_at(data, 0) == kCurrentApplication && channel.application) {
    channel.directory = channel.application;
    channel.file = isim::find_file(*channel.directory, id_at(data, 2));
  } else {
    channel.directory.reset();
  }
}

void Masker::manage_channel(ByteView command, ByteView answer) {
  if (command[2] == 0x80) {
    channels_.at(command[3] % channels_.size()) = {};
  } else if (answer.size() == 3 && answer[0] < channels_.size()) {
    channels_.at(answer[0]) = {};
    // A channel opened from the basic one begins in the MF (TS 102 221 clause 11.1.17).
    channels_.at(answer[0]).directory =
        isim::channel_of(command[0]) == 0 ? std::optional(Directory::mf) : std::nullopt;
  }
}

bool Masker::keeps(Kind kind) const {
  switch (kind) {
    case Kind::harmless:
      return true;
    case Kind::text:
    case Kind::digits:
    case Kind::imsi:
      return keep_ >= Keep::identities;
    case Kind::unknown:
      return keep_ >= Keep::no_secrets;
    case Kind::authentication:
    case Kind::secret:
      return keep_ == Keep::everything;
  }
  return false;
}

void Masker::mask_data(std::span<std::uint8_t> data, Kind kind, bool from_start) const {
  // Space that was never written says nothing.
  const bool empty = std::ranges::all_of(data, [](std::uint8_t c) { return c == 0xff; });
  if (empty || keeps(kind)) {
    return;
  }
  if (!from_start) {
    kind = Kind::unknown;
  }
  switch (kind) {
    case Kind::text:
      return mask_text_object(data);
    case Kind::digits:
      return mask_digits(data);
    case Kind::imsi:
      return mask_imsi(data);
    case Kind::authentication:
      return mask_authentication(data);
    case Kind::harmless:
    case Kind::unknown:
    case Kind::secret:
      return zero(data);
  }
}

SecretBytes Masker::mask_command(ByteView command) const {
  SecretBytes kept = SecretBytes::copy_of(command);
  if (command.size() <= kHeader || keep_ == Keep::everything) {
    return kept;
  }
  const bool pin = is_pin_command(command[1]);
  if ((is_uicc_class(command[0]) && is_harmless_command(command)) ||
      (keep_ == Keep::no_secrets && !pin)) {
    return kept;
  }
  zero(kept.expose_mutable().subspan(kHeader));
  return kept;
}

Masker::Masked Masker::mask(ByteView command, ByteView answer) {
  Masked result{mask_command(command), SecretBytes::copy_of(answer)};
  const auto changed = [&] {
    return !std::ranges::equal(result.command.expose(), command) ||
           !std::ranges::equal(result.answer.expose(), answer);
  };
  const isim::StatusWord sw = status_of(answer);
  const auto status = isim::meaning_of(sw).kind;
  const bool more = status == isim::StatusKind::more_data;
  Kind kind = Kind::unknown;
  bool from_start = true;
  Channel none;
  const bool followed = command.size() >= 4 && is_uicc_class(command[0]);
  Channel& channel = followed ? channels_.at(isim::channel_of(command[0])) : none;
  if (followed) {
    switch (command[1]) {
      case kSelect:
        kind = Kind::harmless;
        if (isim::executed(sw) || more) {
          select(channel, command);
        }
        break;
      case kStatus:
        kind = Kind::harmless;
        break;
      case kManageChannel:
        kind = Kind::harmless;
        manage_channel(command, answer);
        break;
      case kReadBinary:
      case kReadRecord:
        kind = kind_of_read(channel, command, command[1] == kReadRecord, from_start);
        break;
      case kRetrieveData:
        kind = channel.file != nullptr && kind_of(channel.file) == Kind::secret ? Kind::secret
                                                                                : Kind::unknown;
        break;
      case kAuthenticate:
      case kAuthenticateOdd:
        kind = Kind::authentication;
        break;
      case kGetResponse:
        kind = channel.waiting;
        from_start = !channel.begun;
        break;
      default:
        break;
    }
  }
  if (answer.size() > 2) {
    mask_data(result.answer.expose_mutable().first(answer.size() - 2), kind, from_start);
  }
  const bool part = command.size() > 1 && command[1] == kGetResponse;
  channel.waiting = more || part ? kind : Kind::unknown;
  channel.begun = more && (part || answer.size() > 2);
  result.masked = changed();
  return result;
}

}  // namespace ut::probe
