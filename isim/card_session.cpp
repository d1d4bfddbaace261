#include "isim/card_session.h"

#include "isim/pin_form.h"
#include "isim/status_word.h"
#include "isim/tlv.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::uint8_t kSelect = 0xa4;
constexpr std::uint8_t kReadBinary = 0xb0;
constexpr std::uint8_t kReadRecord = 0xb2;
constexpr std::uint8_t kGetResponse = 0xc0;
constexpr std::uint8_t kRetrieveData = 0xcb;
constexpr std::uint8_t kUpdateBinary = 0xd6;
constexpr std::uint8_t kVerify = 0x20;
constexpr std::uint8_t kManageChannel = 0x70;

constexpr StatusWord kSecurityStatusNotSatisfied = 0x6982;
constexpr StatusWord kMethodBlocked = 0x6983;
constexpr StatusWord kRecordNotFound = 0x6a83;
constexpr StatusWord kDataNotFound = 0x6a88;
constexpr StatusWord kMoreData = 0x62f1;
constexpr StatusWord kMoreDataAndProactive = 0x62f2;
constexpr StatusWord kBeyondEndOfFile = 0x6b00;
constexpr std::uint8_t kExecutedAndProactive = 0x91;

constexpr std::uint32_t kMaxShortLe = 256;
// 61xx answers followed for one command: 4 KB, more than any file or key that is asked for here.
constexpr int kMaxGetResponses = 16;
constexpr std::size_t kMaxTransparent = 0x7fff;  // what an offset in P1 P2 can reach
constexpr std::uint8_t kMaxRecord = 254;
constexpr std::uint8_t kSfiIccid = 0x02;  // TS 102 221 clause 13.2
constexpr std::uint32_t kIccidOctets = 10;
constexpr std::size_t kMaxDataObject = 0xffff;

std::uint32_t le_of(std::uint8_t sw2) {
  return sw2 == 0 ? kMaxShortLe : sw2;
}

// The CLA, or the channel that it names, is not known to the card.
bool refuses_channel(StatusWord sw) {
  return sw == 0x6800 || sw == 0x6881 || sw == 0x6e00;
}

SecretBytes joined(std::vector<SecretBytes> parts) {
  if (parts.size() == 1) {
    return std::move(parts.front());
  }
  std::size_t total = 0;
  for (const SecretBytes& part : parts) {
    total += part.size();
  }
  SecretBytes whole(total);
  auto to = whole.expose_mutable().begin();
  for (const SecretBytes& part : parts) {
    to = std::ranges::copy(part.expose(), to).out;
  }
  return whole;
}

}  // namespace

CardSession::CardSession(CardTransport& transport, SessionOptions options)
    : transport_(&transport), options_(options) {}

CardSession::CardSession(CardSession&& other) noexcept
    : transport_(std::exchange(other.transport_, nullptr)),
      options_(other.options_),
      channel_(other.channel_),
      channel_answered_(other.channel_answered_),
      in_mf_(other.in_mf_),
      application_(std::move(other.application_)),
      pin_state_(other.pin_state_),
      iccid_(std::move(other.iccid_)),
      pin_tried_(other.pin_tried_),
      pin_verified_(other.pin_verified_),
      proactive_(other.proactive_),
      reset_asked_(other.reset_asked_) {}

CardSession::~CardSession() {
  if (transport_ != nullptr) {
    static_cast<void>(close());
  }
}

Result<CardSession> CardSession::open(CardTransport& transport, SessionOptions options) {
  TRY_VOID(transport.begin());
  CardSession session(transport, options);
  TRY_VOID(session.become_terminal());
  if (options.logical_channel) {
    TRY_VOID(session.open_channel());
  }
  return session;
}

Result<void> CardSession::close() {
  if (transport_ == nullptr) {
    return {};
  }
  Result<void> closed = answer_proactive();
  const bool reset = pin_verified_ || reset_asked_;
  if (channel_ != 0 && !reset) {
    closed = close_channel();
  }
  CardTransport* const transport = std::exchange(transport_, nullptr);
  TRY_VOID(transport->end(reset ? CardTransport::Leave::reset : CardTransport::Leave::as_is));
  return closed;
}

Result<CardAnswer> CardSession::transmit(ByteView command_apdu) {
  TRY(const SecretBytes octets, transport_->transmit(command_apdu));
  const ByteView view = octets.expose();
  if (view.size() < 2) {
    return fail(ErrorCode::card_transport, "response APDU");
  }
  const ByteView sw = view.last(2);
  CardAnswer answer;
  answer.data = SecretBytes::copy_of(view.first(view.size() - 2));
  answer.sw = static_cast<StatusWord>((sw[0] << 8) | sw[1]);
  if (sw[0] == kExecutedAndProactive) {
    proactive_ = sw[1];
  }
  return answer;
}

Result<CardAnswer> CardSession::send(const CommandApdu& command) {
  const Bytes octets = encode(command);
  TRY(CardAnswer answer, transmit(octets));
  if (meaning_of(answer.sw).kind != StatusKind::wrong_length) {
    return answer;
  }
  CommandApdu again = command;
  again.le = le_of(static_cast<std::uint8_t>(answer.sw & 0xff));
  TRY(answer, transmit(encode(again)));
  if (meaning_of(answer.sw).kind == StatusKind::wrong_length) {
    return std::unexpected(to_error(answer.sw, "right Le refused"));
  }
  return answer;
}

// Follows 61xx until the answer is whole.
Result<SecretBytes> CardSession::collect(CardAnswer first, StatusWord& sw) {
  std::vector<SecretBytes> parts;
  parts.push_back(std::move(first.data));
  sw = first.sw;
  for (int round = 0; meaning_of(sw).kind == StatusKind::more_data; ++round) {
    if (round == kMaxGetResponses) {
      return std::unexpected(to_error(sw, "endless answer"));
    }
    const CommandApdu get_response{cla_for_channel(0x00, channel_),
                                   kGetResponse,
                                   0,
                                   0,
                                   {},
                                   le_of(static_cast<std::uint8_t>(sw & 0xff))};
    TRY(CardAnswer next, send(get_response));
    sw = next.sw;
    parts.push_back(std::move(next.data));
  }
  return joined(std::move(parts));
}

Result<CardAnswer> CardSession::exchange_once(const CommandApdu& command) {
  CommandApdu sent = command;
  const bool case_4 = !command.data.empty() && command.le.has_value();
  if (case_4 && transport_->protocol() == CardProtocol::t0) {
    sent.le.reset();  // a T=0 header has one length octet, and Lc needs it
  }
  TRY(CardAnswer first, send(sent));
  CardAnswer answer;
  TRY(answer.data, collect(std::move(first), answer.sw));
  return answer;
}

Result<CardAnswer> CardSession::exchange(CommandApdu command) {
  if (transport_ == nullptr) {
    return fail(ErrorCode::card_transport, "closed session");
  }
  if (is_pin_command(command.ins)) {
    pin_state_.reset();
  }
  TRY(CardAnswer answer, exchange_on_channel(command));
  if (channel_ == 0 || channel_answered_) {
    return answer;
  }
  if (!refuses_channel(answer.sw)) {
    channel_answered_ = true;
    return answer;
  }
  // It assigned a channel that its commands do not know: class octets 4X, say [IS-2].
  static_cast<void>(close_channel());
  return exchange_on_channel(std::move(command));
}

Result<CardAnswer> CardSession::exchange_on_channel(CommandApdu command) {
  command.cla = cla_for_channel(static_cast<std::uint8_t>(command.cla & 0x80), channel_);
  for (unsigned repeat = 0;; ++repeat) {
    TRY(CardAnswer answer, exchange_once(command));
    if (meaning_of(answer.sw).kind != StatusKind::busy) {
      return answer;
    }
    if (repeat == options_.busy_repeats) {
      return std::unexpected(to_error(answer.sw, "exchange"));
    }
    std::this_thread::sleep_for(options_.busy_pause);
  }
}

Result<CardAnswer> CardSession::exchange_with_pin(const CommandApdu& command) {
  TRY(CardAnswer answer, exchange(command));
  if (answer.sw != kSecurityStatusNotSatisfied || !application_ || pin_tried_) {
    return answer;
  }
  TRY_VOID(verify_pin());
  return exchange(command);
}

Result<void> CardSession::open_channel() {
  TRY(const CardAnswer answer, exchange({0x00, kManageChannel, 0x00, 0x00, {}, 1}));
  const bool warned = meaning_of(answer.sw).kind == StatusKind::warning;
  if (!executed(answer.sw) || (warned && answer.data.empty())) {
    return {};  // no channel, or none that is free: the basic channel it is
  }
  if (answer.data.size() != 1 || answer.data.expose()[0] < 1 || answer.data.expose()[0] > 19) {
    return fail(ErrorCode::card_answer_malformed, "MANAGE CHANNEL");
  }
  channel_ = answer.data.expose()[0];
  return {};
}

Result<void> CardSession::close_channel() {
  const std::uint8_t channel = std::exchange(channel_, std::uint8_t{0});
  TRY(const CardAnswer answer, exchange({0x00, kManageChannel, 0x80, channel, {}, {}}));
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "MANAGE CHANNEL close"));
  }
  return {};
}

Result<Fcp> CardSession::select(std::uint8_t p1, ByteView data) {
  // P2 04: the answer is the FCP.
  TRY(const CardAnswer answer, exchange({0x00, kSelect, p1, 0x04, to_bytes(data), kMaxShortLe}));
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "SELECT"));
  }
  return decode_fcp(answer.data.expose());
}

Result<Fcp> CardSession::select_file(FileId file) {
  const std::array<std::uint8_t, 2> id = {static_cast<std::uint8_t>(file >> 8),
                                          static_cast<std::uint8_t>(file & 0xff)};
  TRY(Fcp fcp, select(0x00, id));
  // An EF leaves the current directory as it is.
  in_mf_ = file == kMf || (in_mf_ && fcp.structure != FileStructure::df);
  return fcp;
}

Result<void> CardSession::enter_mf() {
  if (in_mf_) {
    return {};
  }
  if (transport_->protocol() == CardProtocol::t0) {
    // Without the FCP there is nothing to fetch with GET RESPONSE.
    TRY(const CardAnswer answer, exchange({0x00, kSelect, 0x00, 0x0c, {0x3f, 0x00}, {}}));
    if (executed(answer.sw)) {
      in_mf_ = true;
      return {};
    }
  }
  TRY_VOID(select_file(kMf));
  return {};
}

Result<Fcp> CardSession::select_application(ByteView aid) {
  application_.reset();
  pin_state_.reset();
  in_mf_ = false;
  TRY(Fcp fcp, select(0x04, aid));
  application_ = fcp;
  return fcp;
}

Result<std::vector<ApplicationRecord>> CardSession::applications() {
  TRY_VOID(enter_mf());
  TRY(const Fcp fcp, select_file(kEfDir));
  std::vector<ApplicationRecord> all;
  const std::size_t count = fcp.record_count == 0 ? kMaxRecord : fcp.record_count;
  for (std::size_t number = 1; number <= std::min<std::size_t>(count, kMaxRecord); ++number) {
    TRY(const auto record, read_record(fcp, static_cast<std::uint8_t>(number)));
    if (!record) {
      break;
    }
    if (auto decoded = decode_dir_record(record->expose()); decoded && *decoded) {
      all.push_back(**std::move(decoded));
    }
  }
  return all;
}

Result<std::string> CardSession::iccid() {
  if (!iccid_) {
    TRY_VOID(enter_mf());
    if (const auto octets = read_binary_sfi(kSfiIccid)) {
      if (auto digits = decode_iccid(octets->expose())) {
        return *(iccid_ = *std::move(digits));
      }
    } else if (octets.error().foreign.kind != ForeignKind::status_word) {
      return std::unexpected(octets.error());
    }
    TRY(const Fcp fcp, select_file(kEfIccid));
    TRY(const SecretBytes octets, read_binary(fcp));
    TRY(iccid_, decode_iccid(octets.expose()));
  }
  return *iccid_;
}

Result<SecretBytes> CardSession::read_binary_at(std::size_t offset, std::uint32_t le) {
  const auto p1 = static_cast<std::uint8_t>(offset >> 8);
  const auto p2 = static_cast<std::uint8_t>(offset & 0xff);
  TRY(CardAnswer answer, exchange_with_pin({0x00, kReadBinary, p1, p2, {}, le}));
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "READ BINARY"));
  }
  return std::move(answer.data);
}

Result<SecretBytes> CardSession::read_binary(const Fcp& fcp) {
  if (fcp.structure != FileStructure::transparent || !fcp.file_size ||
      *fcp.file_size > kMaxTransparent) {
    return fail(ErrorCode::card_file_malformed, "READ BINARY",
                "not a transparent file with a size");
  }
  std::vector<SecretBytes> parts;
  for (std::size_t at = 0; at < *fcp.file_size; at += parts.back().size()) {
    const std::size_t left = *fcp.file_size - at;
    const auto le = static_cast<std::uint32_t>(std::min<std::size_t>(left, kMaxShortLe));
    TRY(SecretBytes part, read_binary_at(at, le));
    if (part.empty() || part.size() > left) {
      return fail(ErrorCode::card_answer_malformed, "READ BINARY");
    }
    parts.push_back(std::move(part));
  }
  return joined(std::move(parts));
}

Result<SecretBytes> CardSession::read_binary_sfi(std::uint8_t sfi) {
  const auto p1 = static_cast<std::uint8_t>(0x80 | (sfi & 0x1f));
  // Over T=0 Le = 00 is refused with 6Cxx; EF_ICCID has one size on every card.
  const bool iccid = transport_->protocol() == CardProtocol::t0 && in_mf_ && sfi == kSfiIccid;
  const std::uint32_t le = iccid ? kIccidOctets : kMaxShortLe;
  TRY(CardAnswer answer, exchange_with_pin({0x00, kReadBinary, p1, 0, {}, le}));
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "READ BINARY"));
  }
  // The file is the current one now. Its size is not known: it ends where a part is short.
  std::vector<SecretBytes> parts;
  parts.push_back(std::move(answer.data));
  std::size_t at = parts.back().size();
  while (parts.back().size() == kMaxShortLe && at <= kMaxTransparent) {
    auto part = read_binary_at(at, kMaxShortLe);
    if (!part && part.error().foreign.value == kBeyondEndOfFile) {
      break;
    }
    if (!part) {
      return std::unexpected(std::move(part).error());
    }
    at += part->size();
    parts.push_back(*std::move(part));
  }
  return joined(std::move(parts));
}

Result<std::optional<SecretBytes>> CardSession::read_record(const Fcp& fcp, std::uint8_t number) {
  if (fcp.structure != FileStructure::linear_fixed && fcp.structure != FileStructure::cyclic) {
    return fail(ErrorCode::card_file_malformed, "READ RECORD", "not a file of records");
  }
  const std::uint32_t le = fcp.record_length == 0 || fcp.record_length > kMaxShortLe
                               ? kMaxShortLe
                               : static_cast<std::uint32_t>(fcp.record_length);
  TRY(CardAnswer answer, exchange_with_pin({0x00, kReadRecord, number, 0x04, {}, le}));
  if (answer.sw == kRecordNotFound) {
    return std::nullopt;
  }
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "READ RECORD"));
  }
  return std::move(answer.data);
}

Result<std::optional<SecretBytes>> CardSession::retrieve_data(std::uint32_t tag) {
  constexpr std::uint8_t kFirstBlock = 0x80;
  constexpr std::uint8_t kNextBlock = 0x00;
  CommandApdu command{0x80, kRetrieveData, 0, kFirstBlock, tag_octets(tag), kMaxShortLe};
  std::vector<SecretBytes> blocks;
  for (std::size_t total = 0;; total += blocks.back().size()) {
    if (total > kMaxDataObject) {
      return fail(ErrorCode::card_answer_malformed, "RETRIEVE DATA");
    }
    TRY(CardAnswer answer, exchange_with_pin(command));
    if (answer.sw == kDataNotFound && blocks.empty()) {
      return std::nullopt;
    }
    if (!executed(answer.sw)) {
      return std::unexpected(to_error(answer.sw, "RETRIEVE DATA"));
    }
    const bool more = answer.sw == kMoreData || answer.sw == kMoreDataAndProactive;
    if (more && answer.data.empty()) {
      return fail(ErrorCode::card_answer_malformed, "RETRIEVE DATA");
    }
    blocks.push_back(std::move(answer.data));
    if (!more) {
      return joined(std::move(blocks));
    }
    command.p2 = kNextBlock;
    command.data.clear();
  }
}

Result<void> CardSession::update_binary(std::size_t offset, ByteView octets) {
  constexpr std::size_t kMaxCommandData = 255;
  if (offset + octets.size() > kMaxTransparent) {
    return fail(ErrorCode::input_malformed, "UPDATE BINARY", "beyond the end of any file");
  }
  while (!octets.empty()) {
    const ByteView part = octets.first(std::min(octets.size(), kMaxCommandData));
    const auto p1 = static_cast<std::uint8_t>(offset >> 8);
    const auto p2 = static_cast<std::uint8_t>(offset & 0xff);
    TRY(const CardAnswer answer,
        exchange_with_pin({0x00, kUpdateBinary, p1, p2, to_bytes(part), {}}));
    if (!executed(answer.sw)) {
      return std::unexpected(to_error(answer.sw, "UPDATE BINARY"));
    }
    offset += part.size();
    octets = octets.subspan(part.size());
  }
  return {};
}

// Cards whose FCP does not tell use application PIN 1 [M].
std::uint8_t CardSession::pin_reference() const {
  return application_ ? application_->pin_reference().value_or(0x01) : std::uint8_t{0x01};
}

Result<PinState> CardSession::pin_state() {
  PinState state;
  state.reference = pin_reference();
  // VERIFY without data: 63Cx tells the tries, 9000 that nothing is needed [IS-4].
  TRY(const CardAnswer answer, exchange({0x00, kVerify, 0x00, state.reference, {}, {}}));
  if (executed(answer.sw)) {
    state.satisfied = true;
  } else if (meaning_of(answer.sw).kind == StatusKind::tries_left) {
    state.tries_left = answer.sw & 0x0fU;
    state.blocked = *state.tries_left == 0;
  } else if (answer.sw == kMethodBlocked) {
    state.blocked = true;
    state.tries_left = 0;
  }
  pin_state_ = state;
  return state;
}

Result<void> CardSession::verify_pin() {
  pin_tried_ = true;
  // Nobody else can have spent a try since it was asked: the transaction is ours.
  if (!pin_state_) {
    TRY_VOID(pin_state());
  }
  const PinState state = *pin_state_;
  if (state.satisfied) {
    return {};  // then the command is refused for another reason, and its own answer tells
  }
  if (state.blocked) {
    return fail(ErrorCode::pin_blocked, "VERIFY");
  }
  if (options_.pin == nullptr) {
    return fail(ErrorCode::pin_required, "VERIFY");
  }
  if (!is_pin(options_.pin->expose())) {
    return fail(ErrorCode::pin_malformed, "VERIFY");
  }
  if (!state.tries_left) {
    return fail(ErrorCode::pin_tries_unknown, "VERIFY");
  }
  if (*state.tries_left < options_.min_pin_tries) {
    return fail(ErrorCode::pin_tries_low, "VERIFY", std::to_string(*state.tries_left) + " left");
  }
  if (options_.pin_guard != nullptr) {
    TRY_VOID(options_.pin_guard->before_verify(iccid_.value_or(std::string()), *state.tries_left));
  }

  // CLA INS P1 P2 Lc PIN FF..., put together in locked memory: the PIN never leaves it [KEY-4].
  SecretBytes command(5 + kPinField);
  const auto octets = command.expose_mutable();
  const std::array<std::uint8_t, 5> header = {cla_for_channel(0x00, channel_), kVerify, 0x00,
                                              state.reference, kPinField};
  const auto rest = std::ranges::copy(header, octets.begin()).out;
  const auto padding = std::ranges::copy(options_.pin->expose(), rest).out;
  std::fill(padding, octets.end(), std::uint8_t{0xff});
  pin_state_.reset();
  TRY(const CardAnswer answer, transmit(command.expose()));

  if (executed(answer.sw)) {
    pin_verified_ = true;
    if (options_.pin_guard != nullptr) {
      options_.pin_guard->after_success(iccid_.value_or(std::string()));
    }
    return {};
  }
  if (meaning_of(answer.sw).kind == StatusKind::tries_left) {
    Error error = to_error(answer.sw, "VERIFY");
    error.detail = std::to_string(answer.sw & 0x0f) + " tries left";
    return std::unexpected(std::move(error));
  }
  return std::unexpected(to_error(answer.sw, "VERIFY"));
}

}  // namespace ut::isim
