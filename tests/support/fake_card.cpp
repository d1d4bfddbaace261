#include "tests/support/fake_card.h"

#include "base/encoding.h"
#include "isim/tlv.h"
#include "tests/support/vectors.h"

#include <algorithm>

namespace ut::test {
namespace {

const Bytes kAtr{0x3b, 0x00};

std::string file_name(ByteView id) {
  std::string name = to_hex(id);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

std::unexpected<Error> broken(ErrorCode code) {
  return fail(code, "fake card");
}

}  // namespace

Bytes text_object(std::string_view text, std::size_t size) {
  Bytes octets;
  isim::append_tlv(octets, 0x80, as_bytes(text));
  octets.resize(std::max(size, octets.size()), 0xff);
  return octets;
}

// --- ScriptedCard ---

ScriptedCard& ScriptedCard::on(std::string_view command, std::string_view answer) {
  script_.push_back({std::string(command), hex(answer)});
  return *this;
}

ScriptedCard& ScriptedCard::on(std::string_view command, ErrorCode failure) {
  script_.push_back({std::string(command), broken(failure)});
  return *this;
}

ByteView ScriptedCard::atr() const {
  return kAtr;
}

Result<void> ScriptedCard::begin() {
  uses.emplace_back("begin");
  return {};
}

Result<void> ScriptedCard::end(Leave leave) {
  uses.emplace_back(leave == Leave::reset ? "end reset" : "end as_is");
  return {};
}

Result<void> ScriptedCard::reset() {
  uses.emplace_back("reset");
  return {};
}

Result<SecretBytes> ScriptedCard::transmit(ByteView command_apdu) {
  const std::string command = to_hex(command_apdu);
  if (script_.empty() || script_.front().command != command) {
    problem_ +=
        "got " + command + " for " + (script_.empty() ? "the end" : script_.front().command) + "; ";
    return SecretBytes::copy_of(hex("6f00"));
  }
  const Step step = std::move(script_.front());
  script_.pop_front();
  if (!step.answer) {
    return std::unexpected(step.answer.error());
  }
  return SecretBytes::copy_of(*step.answer);
}

std::string ScriptedCard::problem() const {
  return script_.empty() ? problem_ : problem_ + "not sent: " + script_.front().command;
}

// --- FakeUicc ---

FakeUicc::FakeUicc(FakeUiccProfile profile, isim::CardProtocol protocol)
    : profile_(std::move(profile)), protocol_(protocol), tries_(profile_.pin_tries) {
  build_files();
  forget();
}

void FakeUicc::add(const std::string& path, std::uint8_t sfi, Bytes body, bool needs_pin) {
  files_[path] = {0x41, {std::move(body)}, needs_pin, sfi};
}

void FakeUicc::add_isim(const std::string& directory, const std::string& impi) {
  const bool pin = profile_.pin.has_value();
  files_[directory] = {0x78, {}, false, 0};
  add(directory + "/6F02", 0x02, text_object(impi, 80), pin);
  add(directory + "/6F03", 0x05, text_object(profile_.domain, 64), pin);
  File impus{0x42, {}, pin, 0x04};
  for (const auto& impu : profile_.impus) {
    impus.records.push_back(text_object(impu, 80));
  }
  impus.records.emplace_back(80, std::uint8_t{0xff});
  files_[directory + "/6F04"] = impus;
  if (!profile_.ist.empty()) {
    add(directory + "/6F07", 0x07, profile_.ist, pin);
  }
  add(directory + "/6FAD", 0x03, hex("000000"));
}

void FakeUicc::build_files() {
  const Bytes isim_aid = hex("a0000000871004ff49ff0589");
  const Bytes usim_aid = hex("a0000000871002ff49ff0589");
  const auto dir_record = [&](const Bytes& aid, std::string_view label) {
    Bytes inner;
    if (profile_.label_before_aid) {
      isim::append_tlv(inner, 0x50, as_bytes(label));
    }
    isim::append_tlv(inner, 0x4f, aid);
    if (!profile_.label_before_aid) {
      isim::append_tlv(inner, 0x50, as_bytes(label));
    }
    Bytes record;
    isim::append_tlv(record, 0x61, inner);
    record.resize(38, 0xff);
    return record;
  };
  File dir{0x42, {Bytes(38, 0xff)}, false, 0x1e};
  if (profile_.has_usim) {
    dir.records.push_back(dir_record(usim_aid, "USIM"));
    aids_[to_hex(usim_aid)] = "USIM";
    files_["USIM"] = {0x78, {}, false, 0};
    add("USIM/6F07", 0x07, hex(profile_.imsi_file), profile_.pin.has_value());
    add("USIM/6FAD", 0x03, hex("00000002"));
  }
  if (profile_.has_isim) {
    dir.records.push_back(dir_record(isim_aid, "ISIM"));
    aids_[to_hex(isim_aid)] = "ISIM";
    add_isim("ISIM", profile_.impi);
  }
  if (!profile_.second_impi.empty()) {
    const Bytes second_aid = hex("a0000000871004ff49ff0590");
    dir.records.push_back(dir_record(second_aid, "ISIM 2"));
    aids_[to_hex(second_aid)] = "ISIM2";
    add_isim("ISIM2", profile_.second_impi);
  }
  files_["3F00"] = {0x78, {}, false, 0};
  files_["3F00/2F00"] = dir;
  Bytes iccid;
  for (std::size_t i = 0; i + 1 < profile_.iccid_digits.size(); i += 2) {
    iccid.push_back(static_cast<std::uint8_t>((profile_.iccid_digits[i + 1] - '0') << 4 |
                                              (profile_.iccid_digits[i] - '0')));
  }
  iccid.resize(10, 0xff);
  add("3F00/2FE2", 0x02, iccid);
  for (const FakeFile& file : profile_.files) {
    const bool locked = profile_.pin.has_value() && !file.path.starts_with("3F00");
    files_[file.path] = {file.descriptor, file.parts, locked, file.sfi};
  }
}

ByteView FakeUicc::atr() const {
  return kAtr;
}

Result<void> FakeUicc::begin() {
  in_transaction_ = true;
  return {};
}

Result<void> FakeUicc::end(Leave leave) {
  in_transaction_ = false;
  if (leave == Leave::reset) {
    return reset();
  }
  return {};
}

Result<void> FakeUicc::reset() {
  ++resets_;
  forget();
  return {};
}

void FakeUicc::forget() {
  selection_.clear();
  selection_[0] = {};
  verified_ = false;
  waiting_.clear();
}

Bytes FakeUicc::fcp(const std::string& path) const {
  const File& file = files_.at(path);
  Bytes inner;
  if (file.descriptor == 0x42) {
    const Bytes descriptor{0x42, 0x21, 0x00, static_cast<std::uint8_t>(file.records[0].size()),
                           static_cast<std::uint8_t>(file.records.size())};
    isim::append_tlv(inner, 0x82, descriptor);
  } else {
    isim::append_tlv(inner, 0x82, Bytes{file.descriptor, 0x21});
  }
  if (file.descriptor == 0x41) {
    const std::size_t size = file.records[0].size();
    const Bytes octets{static_cast<std::uint8_t>(size >> 8),
                       static_cast<std::uint8_t>(size & 0xff)};
    isim::append_tlv(inner, 0x80, octets);
  }
  if (file.descriptor != 0x78) {
    isim::append_tlv(inner, 0x88,
                     file.sfi == 0 ? Bytes{} : Bytes{static_cast<std::uint8_t>(file.sfi << 3)});
  }
  if (file.descriptor == 0x78) {
    isim::append_tlv(inner, 0xc6,
                     profile_.pin ? hex("900180830101830181") : hex("900100830101830181"));
  }
  Bytes octets;
  isim::append_tlv(octets, 0x62, inner);
  return octets;
}

isim::ResponseApdu FakeUicc::select(const isim::CommandApdu& command, Selection& selection) {
  if (command.p1 == 0x04) {
    const auto found = aids_.find(to_hex(command.data));
    if (found == aids_.end()) {
      return {{}, 0x6a82};
    }
    selection = {found->second, {}};
    return {fcp(found->second), 0x9000};
  }
  const std::string name = file_name(command.data);
  if (name == "3F00") {
    selection = {};
    return {fcp("3F00"), 0x9000};
  }
  const std::string path = selection.directory + "/" + name;
  if (!files_.contains(path)) {
    return {{}, 0x6a82};
  }
  selection.file = path;
  return {fcp(path), 0x9000};
}

bool FakeUicc::select_by_sfi(std::uint8_t sfi, Selection& selection) const {
  for (const auto& [path, file] : files_) {
    if (profile_.sfi_access && file.sfi == sfi && path.starts_with(selection.directory + "/")) {
      selection.file = path;
      return true;
    }
  }
  return false;
}

isim::ResponseApdu FakeUicc::read(const isim::CommandApdu& command, Selection& selection) {
  const bool by_sfi = command.ins == 0xb0 && (command.p1 & 0x80) != 0;
  if (by_sfi && !select_by_sfi(command.p1 & 0x1f, selection)) {
    return {{}, 0x6a82};
  }
  const auto found = files_.find(selection.file);
  if (found == files_.end()) {
    return {{}, 0x6986};
  }
  const File& file = found->second;
  if (file.needs_pin && !verified_) {
    return {{}, 0x6982};
  }
  const std::size_t le = command.le.value_or(0);
  if (command.ins == 0xb2) {
    if (command.p1 == 0 || command.p1 > file.records.size()) {
      return {{}, 0x6a83};
    }
    const Bytes& record = file.records[command.p1 - 1U];
    if (le != record.size()) {
      return {{}, static_cast<isim::StatusWord>(0x6c00 | record.size())};
    }
    return {record, 0x9000};
  }
  const std::size_t offset =
      by_sfi ? command.p2 : static_cast<std::size_t>(command.p1) << 8 | command.p2;
  const Bytes& body = file.records[0];
  if (offset >= body.size()) {
    return {{}, 0x6b00};
  }
  const std::size_t left = body.size() - offset;
  // Le = 00 over T=1 asks for all there is; over T=0 the length must be right.
  if (le == 256 && left < le && protocol_ == isim::CardProtocol::t1) {
    return {to_bytes(ByteView(body).subspan(offset)), 0x9000};
  }
  if (le > left) {
    return {{}, static_cast<isim::StatusWord>(0x6c00 | (left & 0xff))};
  }
  return {to_bytes(ByteView(body).subspan(offset, le)), 0x9000};
}

isim::ResponseApdu FakeUicc::update(const isim::CommandApdu& command, const Selection& selection) {
  const auto found = files_.find(selection.file);
  if (found == files_.end()) {
    return {{}, 0x6986};
  }
  Bytes& body = found->second.records[0];
  const std::size_t offset = static_cast<std::size_t>(command.p1) << 8 | command.p2;
  if (found->second.needs_pin && !verified_) {
    return {{}, 0x6982};
  }
  if (offset + command.data.size() > body.size()) {
    return {{}, 0x6b00};
  }
  std::ranges::copy(command.data, body.begin() + static_cast<std::ptrdiff_t>(offset));
  return {{}, 0x9000};
}

isim::ResponseApdu FakeUicc::retrieve(const isim::CommandApdu& command,
                                      const Selection& selection) {
  constexpr std::size_t kBlock = 200;
  const auto found = files_.find(selection.file);
  if (found == files_.end() || found->second.descriptor != 0x79) {
    return {{}, 0x6981};
  }
  if (found->second.needs_pin && !verified_) {
    return {{}, 0x6982};
  }
  if (command.p2 == 0x80) {
    blocks_.clear();
    Bytes tags;
    for (const Bytes& object : found->second.records) {
      ByteView octets = object;
      const Bytes tag = isim::tag_octets(isim::read_tlv(octets)->tag);
      append(tags, tag);
      if (tag == command.data) {
        blocks_ = object;
      }
    }
    if (command.data == Bytes{0x5c}) {
      isim::append_tlv(blocks_, 0x5c, tags);
    }
  }
  if (blocks_.empty()) {
    return {{}, 0x6a88};
  }
  const auto size = static_cast<std::ptrdiff_t>(std::min(kBlock, blocks_.size()));
  const Bytes block(blocks_.begin(), blocks_.begin() + size);
  blocks_.erase(blocks_.begin(), blocks_.begin() + size);
  return {block, static_cast<isim::StatusWord>(blocks_.empty() ? 0x9000 : 0x62f1)};
}

isim::ResponseApdu FakeUicc::verify(const isim::CommandApdu& command) {
  if (!profile_.pin || verified_) {
    return {{}, 0x9000};
  }
  if (tries_ == 0) {
    return {{}, 0x6983};
  }
  if (!command.data.empty()) {
    ++verifications_;
    Bytes expected = to_bytes(as_bytes(*profile_.pin));
    expected.resize(8, 0xff);
    if (command.data == expected) {
      verified_ = true;
      tries_ = profile_.pin_tries;
      return {{}, 0x9000};
    }
    --tries_;
  }
  return {{}, static_cast<isim::StatusWord>(0x63c0 | tries_)};
}

isim::ResponseApdu FakeUicc::manage_channel(const isim::CommandApdu& command) {
  if (command.p1 == 0x80) {
    return {{}, static_cast<isim::StatusWord>(selection_.erase(command.p2) == 1 ? 0x9000 : 0x6881)};
  }
  for (std::uint8_t channel = 1; channel <= profile_.channels; ++channel) {
    if (!selection_.contains(channel)) {
      selection_[channel] = {};
      return {{channel}, 0x9000};
    }
  }
  return {{}, 0x6881};
}

isim::ResponseApdu FakeUicc::answer(const isim::CommandApdu& command) {
  const auto selection = selection_.find(isim::channel_of(command.cla));
  if (selection == selection_.end()) {
    return {{}, 0x6881};
  }
  switch (command.ins) {
    case 0xa4:
      return select(command, selection->second);
    case 0xb0:
    case 0xb2:
      return read(command, selection->second);
    case 0xd6:
      return update(command, selection->second);
    case 0xcb:
      return retrieve(command, selection->second);
    case 0x20:
      return verify(command);
    case 0x70:
      return manage_channel(command);
    case 0x88: {
      if (selection->second.directory == "3F00" || !profile_.authenticate) {
        return {{}, 0x6985};
      }
      if (profile_.pin && !verified_) {
        return {{}, 0x6982};
      }
      auto [data, sw] = profile_.authenticate(command.data);
      return {std::move(data), sw};
    }
    default:
      return {{}, 0x6d00};
  }
}

Result<SecretBytes> FakeUicc::transmit(ByteView command_apdu) {
  const std::size_t number = commands_.size();
  commands_.push_back(to_hex(command_apdu));
  if (disturb) {
    if (const auto code = disturb(number, command_apdu)) {
      return broken(*code);
    }
  }
  const auto command = isim::decode_command(command_apdu);
  if (!command) {
    return SecretBytes::copy_of(hex("6700"));
  }
  if (command->ins == 0xc0) {
    const isim::ResponseApdu rest{std::exchange(waiting_, {}), waiting_sw_};
    return SecretBytes::copy_of(isim::encode(rest));
  }
  isim::ResponseApdu response = answer(*command);
  const bool without_le = !command->data.empty() && !command->le;
  if (without_le && !response.data.empty()) {
    waiting_ = std::exchange(response.data, {});
    waiting_sw_ = response.sw;
    response.sw = static_cast<isim::StatusWord>(0x6100 | (waiting_.size() & 0xff));
  }
  return SecretBytes::copy_of(isim::encode(response));
}

}  // namespace ut::test
