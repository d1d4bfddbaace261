#include "isim/soft/pin_file.h"

#include "base/encoding.h"
#include "isim/soft/state_file.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ut::isim::soft {
namespace {

constexpr std::string_view kFormat = "soft-isim PINs 1\n";
constexpr std::string_view kReplaced = "PIN1 replaced\n";
constexpr std::string_view kNotReplaced = "PIN1 itself  \n";
static_assert(kReplaced.size() == kNotReplaced.size());

// Reference, tries of PIN and PUK, enabled, PIN: each octet two hexadecimal digits.
constexpr std::size_t kLineOctets = 4 + PinCode::size;
constexpr std::size_t kLine = 2 * kLineOctets + 1;

bool restore_line(PinSet& pins, std::string_view line) {
  auto octets = from_hex(line.substr(0, kLine - 1));
  if (line.back() != '\n' || !octets) {
    return false;
  }
  Pin* pin = pins.find((*octets)[0]);
  const bool known = pin != nullptr && (*octets)[3] <= 1 &&
                     pin->restore({*PinCode::from(ByteView(*octets).subspan(4)), (*octets)[3] == 1,
                                   (*octets)[1], (*octets)[2]});
  wipe(*octets);
  return known;
}

// All or nothing is for the caller: a card does not start with half of it.
bool restore(PinSet& pins, std::string_view text) {
  if (!text.starts_with(kFormat)) {
    return false;
  }
  text.remove_prefix(kFormat.size());
  const bool replaced = text.starts_with(kReplaced);
  if (!replaced && !text.starts_with(kNotReplaced)) {
    return false;
  }
  text.remove_prefix(kReplaced.size());
  if (text.size() != kLine * pins.all().size()) {
    return false;
  }
  pins.replace_pin1(replaced);
  for (; !text.empty(); text.remove_prefix(kLine)) {
    if (!restore_line(pins, text.substr(0, kLine))) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<void> PinFile::load(PinSet& pins) const {
  TRY(const auto octets, read_state_file(file_));
  if (octets && !restore(pins, as_text(octets->expose()))) {
    return fail(ErrorCode::config_invalid, "read PINs",
                file_.string() +
                    " does not hold the PINs of this profile: remove it to start with those of the "
                    "profile");
  }
  return {};
}

Result<void> PinFile::save(const PinSet& pins) const {
  SecretBytes text(kFormat.size() + kReplaced.size() + kLine * pins.all().size());
  auto to = text.expose_mutable().begin();
  to = std::ranges::copy(as_bytes(kFormat), to).out;
  to = std::ranges::copy(as_bytes(pins.pin1_replaced() ? kReplaced : kNotReplaced), to).out;
  for (const auto& [reference, pin] : pins.all()) {
    const auto memory = pin.memory();
    const std::array<std::uint8_t, 4> head = {reference, memory.pin_tries, memory.puk_tries,
                                              static_cast<std::uint8_t>(memory.enabled ? 1 : 0)};
    SecretBytes line(kLineOctets);
    const auto pin_octets = std::ranges::copy(head, line.expose_mutable().begin()).out;
    std::ranges::copy(memory.pin.expose(), pin_octets);
    to = std::ranges::copy(to_hex_secret(line.expose()).expose(), to).out;
    *to++ = '\n';
  }
  return write_state_file(file_, text.expose());
}

}  // namespace ut::isim::soft
