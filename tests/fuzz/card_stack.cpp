#include "isim/aka.h"
#include "isim/file_reader.h"
#include "isim/gba.h"
#include "isim/gsm.h"
#include "isim/http_digest.h"
#include "isim/identity.h"
#include "isim/tlv.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ut::fuzz {
namespace {

using namespace isim;

constexpr std::uint8_t kVerify = 0x20;
constexpr std::size_t kMaxCommands = 20000;

// A card whose every answer is taken from the input: a kind, then what the kind needs. At the end
// of the input the card is gone.
class InputCard : public CardTransport {
 public:
  InputCard(ByteView input, CardProtocol protocol) : input_(input), protocol_(protocol) {}

  CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override { return atr_; }
  Result<void> begin() override {
    in_transaction_ = true;
    return {};
  }
  Result<void> end(Leave leave) override {
    if (!in_transaction_ || (verified_ && leave != Leave::reset)) {
      std::abort();  // ended twice, or left unlocked for others [IS-8]
    }
    in_transaction_ = false;
    return {};
  }
  Result<void> reset() override { return {}; }
  bool in_transaction() const { return in_transaction_; }

  Result<SecretBytes> transmit(ByteView command) override {
    if (!in_transaction_ || ++commands_ > kMaxCommands || command.size() < 4) {
      std::abort();
    }
    const bool is_verify = command[1] == kVerify;
    const bool sends_pin = is_verify && command.size() > 5;
    if (sends_pin && (pin_sent_ || tries_ < 2)) {
      std::abort();  // a try was spent that must not be [IS-4]
    }
    Result<SecretBytes> answer = next_answer();
    if (is_verify) {
      note_verify(sends_pin, answer);
    }
    return answer;
  }

 private:
  std::uint8_t take() {
    if (input_.empty()) {
      return 0;
    }
    const std::uint8_t octet = input_.front();
    input_ = input_.subspan(1);
    return octet;
  }
  ByteView take(std::size_t count) {
    const ByteView octets = input_.first(std::min(count, input_.size()));
    input_ = input_.subspan(octets.size());
    return octets;
  }

  void note_verify(bool sends_pin, const Result<SecretBytes>& answer) {
    pin_sent_ = pin_sent_ || sends_pin;
    tries_ = 0;
    if (!answer || answer->size() < 2) {
      return;
    }
    const ByteView sw = answer->expose().last(2);
    if (sw[0] == 0x63 && (sw[1] & 0xf0) == 0xc0) {
      tries_ = sw[1] & 0x0fU;
    }
    verified_ = verified_ || (sends_pin && sw[0] == 0x90 && sw[1] == 0x00);
  }

  static Bytes fcp(Bytes objects) {
    Bytes octets;
    append_tlv(octets, 0x62, objects);
    append(octets, std::array<std::uint8_t, 2>{0x90, 0x00});
    return octets;
  }

  Result<SecretBytes> next_answer() {
    if (input_.empty()) {
      return fail(ErrorCode::card_removed, "end of input");
    }
    switch (take() % 8) {
      case 0:
        return SecretBytes::copy_of(take(take()));
      case 1: {
        Bytes octets = to_bytes(take(take()));
        append(octets, std::array<std::uint8_t, 2>{0x90, 0x00});
        return SecretBytes::copy_of(octets);
      }
      case 2:
        return SecretBytes::copy_of(take(2));
      case 3:
        return fail(take() % 2 == 0 ? ErrorCode::card_reset : ErrorCode::card_transport, "card");
      case 4: {
        const std::uint8_t high = take();
        return SecretBytes::copy_of(fcp(
            {0x82, 0x02, 0x41, 0x21, 0x80, 0x02, static_cast<std::uint8_t>(high & 0x03), take()}));
      }
      case 5: {
        const std::uint8_t length = take();
        return SecretBytes::copy_of(fcp({0x82, 0x05, 0x42, 0x21, 0x00, length, take()}));
      }
      case 6:
        return SecretBytes::copy_of(fcp({0x82, 0x02, 0x79, 0x21}));
      default:
        return SecretBytes::copy_of(
            fcp({0x82, 0x02, 0x78, 0x21, 0xc6, 0x06, 0x90, 0x01, 0x80, 0x83, 0x01, 0x01}));
    }
  }

  ByteView input_;
  CardProtocol protocol_;
  Bytes atr_{0x3b, 0x00};
  std::size_t commands_ = 0;
  unsigned tries_ = 0;
  bool pin_sent_ = false;
  bool verified_ = false;
  bool in_transaction_ = false;
};

// The card is let be proactive so long as it has input; how often it may be in one session is
// bounded.
struct Terminal final : RefreshListener {
  void on_refresh(const Refresh&) override {
    constexpr unsigned kMost = 8;
    if (++refreshes > kMost) {
      std::abort();
    }
  }
  unsigned refreshes = 0;
};

void read_files(CardSession& session, Directory directory, Access access) {
  for (const FileSpec& file : files_of(directory)) {
    if (const auto content = read_file(session, file, access)) {
      static_cast<void>(decode_file(&file, *content));
    }
  }
}

void authenticate_all(CardSession& session) {
  const Rand rand;
  const Autn autn;
  static_cast<void>(authenticate(session, rand, autn));
  static_cast<void>(gba_bootstrap(session, rand, autn));
  static_cast<void>(read_gba_bootstrapping(session, Application::isim));
  static_cast<void>(store_gba_bootstrapping(session, Application::isim, rand, "a@b", "2030"));
  static_cast<void>(erase_gba_bootstrapping(session, Application::isim, rand));
  static_cast<void>(gba_derive(session, Bytes(9, 'n'), "u@h"));
  static_cast<void>(http_digest(session, "r", "n", "c"));
  static_cast<void>(gsm_authenticate(session, rand));
}

void use(CardTransport& card, const SessionOptions& options, std::uint8_t what) {
  auto session = CardSession::open(card, options);
  if (!session) {
    return;
  }
  const ApplicationPolicy policy{.allow_usim = true};
  switch (what % 4) {
    case 0:
      static_cast<void>(read_identity(*session, policy));
      return;
    case 1:
      if (select_subscriber_application(*session, policy)) {
        authenticate_all(*session);
      }
      return;
    case 2:
      static_cast<void>(session->select_application(kIsimAidPrefix));
      static_cast<void>(session->pin_state());
      read_files(*session, Directory::isim, Access::fewest_commands);
      return;
    default:
      static_cast<void>(session->select_file(kMf));
      read_files(*session, Directory::mf, Access::file_identifier);
      static_cast<void>(session->select_application(kUsimAidPrefix));
      read_files(*session, Directory::usim, Access::file_identifier);
      static_cast<void>(session->close());
  }
}

}  // namespace

void card_stack(ByteView input) {
  if (input.empty()) {
    return;
  }
  const std::uint8_t choice = input.front();
  InputCard card(input.subspan(1), (choice & 0x01) != 0 ? CardProtocol::t0 : CardProtocol::t1);
  const auto pin = SecretBytes::copy_of(as_bytes(std::string_view("1234")));
  SessionOptions options;
  options.busy_pause = {};
  options.logical_channel = (choice & 0x02) != 0;
  options.pin = (choice & 0x04) != 0 ? &pin : nullptr;
  Terminal terminal;
  options.refresh_listener = (choice & 0x80) != 0 ? &terminal : nullptr;
  use(card, options, static_cast<std::uint8_t>(choice >> 3));
  if (card.in_transaction()) {
    std::abort();
  }
}

}  // namespace ut::fuzz
