#include "isim/pcsc/pcsc_transport.h"

#include "isim/pcsc/pcsc_error.h"

#include <winscard.h>

#include <array>
#include <optional>

namespace ut::isim::pcsc {
namespace {

// Never RAW: it succeeds, and the next T=0 or T=1 connection of anybody fails.
constexpr DWORD kProtocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
// Answers are at most 256 octets and the status word as long as no command asks for more.
constexpr std::size_t kMaxAnswer = 4096 + 2;

class Transport final : public PcscTransport {
 public:
  explicit Transport(DWORD sharing) : sharing_(sharing) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  ~Transport() override {
    if (card_) {
      // Whatever a card that failed still holds is of no use to the next program.
      ::SCardDisconnect(*card_, failure_ ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
    }
    if (context_) {
      ::SCardReleaseContext(*context_);
    }
  }

  Result<void> open(const std::string& reader) {
    SCARDCONTEXT context = 0;
    if (const LONG code = ::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
        code != SCARD_S_SUCCESS) {
      return std::unexpected(to_error(code, "SCardEstablishContext"));
    }
    context_ = context;
    SCARDHANDLE card = 0;
    if (const LONG code =
            ::SCardConnect(context, reader.c_str(), sharing_, kProtocols, &card, &protocol_);
        code != SCARD_S_SUCCESS) {
      return std::unexpected(to_error(code, "SCardConnect"));
    }
    card_ = card;
    return read_atr();
  }

  CardProtocol protocol() const override {
    return protocol_ == SCARD_PROTOCOL_T0 ? CardProtocol::t0 : CardProtocol::t1;
  }

  ByteView atr() const override { return atr_; }

  Result<void> begin() override {
    TRY_VOID(usable());
    return checked(::SCardBeginTransaction(*card_), "SCardBeginTransaction");
  }

  Result<void> end(Leave leave) override {
    const bool reset_now = leave == Leave::reset;
    const LONG code =
        ::SCardEndTransaction(*card_, reset_now ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
    TRY_VOID(usable());
    TRY_VOID(checked(code, "SCardEndTransaction"));
    if (reset_now) {
      // The reset is reported to this handle as to every other one; it is ours and known.
      return reconnect(SCARD_LEAVE_CARD);
    }
    return {};
  }

  Result<SecretBytes> transmit(ByteView command_apdu) override {
    TRY_VOID(usable());
    const SCARD_IO_REQUEST* const header =
        protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    const auto buffer = answer_.expose_mutable();
    DWORD size = buffer.size();
    const LONG code = ::SCardTransmit(*card_, header, command_apdu.data(), command_apdu.size(),
                                      nullptr, buffer.data(), &size);
    if (code != SCARD_S_SUCCESS) {
      wipe(buffer);
      TRY_VOID(checked(code, "SCardTransmit"));
    }
    if (size < 2) {
      return std::unexpected(
          failed(Error{ErrorCode::card_transport, "SCardTransmit", {}, "no answer"}));
    }
    SecretBytes answer = SecretBytes::copy_of(answer_.expose().first(size));
    wipe(buffer.first(size));
    return answer;
  }

  Result<void> reset() override {
    // A reset by another program is taken note of; resetting once more would only take the card
    // from under that program in turn.
    const bool other_reset = failure_ && failure_->code == ErrorCode::card_reset;
    return reconnect(other_reset ? SCARD_LEAVE_CARD : SCARD_RESET_CARD);
  }

 private:
  Result<void> usable() const {
    if (failure_) {
      return std::unexpected(*failure_);
    }
    return {};
  }

  // Notes a failure after which the handle may lead to another card or to none.
  Error failed(Error error) {
    failure_ = error;
    return error;
  }

  Result<void> checked(LONG code, std::string_view where) {
    if (code == SCARD_S_SUCCESS) {
      return {};
    }
    Error error = to_error(code, where);
    if (error.code == ErrorCode::card_answer_malformed) {
      return std::unexpected(std::move(error));
    }
    return std::unexpected(failed(std::move(error)));
  }

  Result<void> reconnect(DWORD initialisation) {
    if (const LONG code =
            ::SCardReconnect(*card_, sharing_, kProtocols, initialisation, &protocol_);
        code != SCARD_S_SUCCESS) {
      return std::unexpected(failed(to_error(code, "SCardReconnect")));
    }
    failure_.reset();
    return read_atr();
  }

  Result<void> read_atr() {
    std::array<BYTE, MAX_ATR_SIZE> atr{};
    DWORD size = atr.size();
    DWORD state = 0;
    DWORD protocol = 0;
    if (const LONG code =
            ::SCardStatus(*card_, nullptr, nullptr, &state, &protocol, atr.data(), &size);
        code != SCARD_S_SUCCESS) {
      return std::unexpected(failed(to_error(code, "SCardStatus")));
    }
    atr_ = to_bytes(ByteView(atr).first(size));
    return {};
  }

  DWORD sharing_;
  std::optional<SCARDCONTEXT> context_{};
  std::optional<SCARDHANDLE> card_{};
  DWORD protocol_ = 0;
  Bytes atr_{};
  std::optional<Error> failure_{};
  SecretBytes answer_{kMaxAnswer};
};

Result<std::unique_ptr<CardTransport>> open(const std::string& reader, DWORD sharing) {
  auto transport = std::make_unique<Transport>(sharing);
  TRY_VOID(transport->open(reader));
  return transport;
}

}  // namespace

Result<std::unique_ptr<CardTransport>> PcscTransport::connect(const std::string& reader) {
  return open(reader, SCARD_SHARE_SHARED);
}

Result<std::unique_ptr<CardTransport>> PcscTransport::connect_exclusively(
    const std::string& reader) {
  return open(reader, SCARD_SHARE_EXCLUSIVE);
}

}  // namespace ut::isim::pcsc
