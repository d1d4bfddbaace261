// One use of a UICC: a transaction, a logical channel of our own, selection, reading and the PIN.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/apdu.h"
#include "isim/card_transport.h"
#include "isim/toolkit.h"
#include "isim/uicc_files.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ut::isim {

// An answer put together from as many exchanges as the card needed. The data is a secret, as it may
// hold RES, CK and IK [KEY-4]; `sw` is never 61xx or 6Cxx.
struct CardAnswer {
  SecretBytes data{};
  StatusWord sw = 0;
};

// What the card tells about a PIN without a try being spent.
struct PinState {
  std::uint8_t reference = 0;
  bool satisfied = false;  // verified already, or not needed
  bool blocked = false;
  std::optional<unsigned> tries_left{};
  bool operator==(const PinState&) const = default;
};

// Asked before a PIN is sent: the place for a memory of wrong PINs [IS-4].
class PinGuard {
 public:
  virtual ~PinGuard() = default;
  // An error keeps the PIN from being sent.
  virtual Result<void> before_verify(const std::string& iccid, unsigned tries_left) = 0;
  virtual void after_success(const std::string& iccid) = 0;
};

// Told of each REFRESH that the card asked for and the session has answered [KEY-3].
class RefreshListener {
 public:
  virtual ~RefreshListener() = default;
  virtual void on_refresh(const Refresh& refresh) = 0;
};

struct SessionOptions {
  const SecretBytes* pin = nullptr;  // 4 to 8 decimal digits in ASCII; nullptr: none is configured
  unsigned min_pin_tries = 2;        // VERIFY is sent only when at least so many tries are left
  PinGuard* pin_guard = nullptr;
  // Makes the session the toolkit's terminal: it sends TERMINAL PROFILE when it opens and answers
  // the card's proactive commands when it closes. nullptr: 91XX is success, and no more.
  RefreshListener* refresh_listener = nullptr;
  bool logical_channel = true;  // use a channel of our own when the card offers one [IS-2]
  unsigned busy_repeats = 3;    // how often a command answered with 9300 is sent again
  std::chrono::milliseconds busy_pause{50};
};

// Holds the transaction of `transport` from open() to close(). Errors of the families card and pin;
// after one the session can still be closed.
class CardSession {
 public:
  // Begins the transaction and opens the logical channel (1 to 19) that the card assigns; on cards
  // without one, and where the card refuses the very channel it assigned, everything happens on the
  // basic channel.
  static Result<CardSession> open(CardTransport& transport, SessionOptions options = {});
  // Closes the session if close() was not called; what fails then is not reported.
  ~CardSession();
  CardSession(CardSession&& other) noexcept;
  CardSession& operator=(CardSession&&) = delete;

  // Answers the proactive commands that wait, closes the channel and ends the transaction; when a
  // PIN was verified here the card is reset, so that it is not left unlocked for others [IS-8], and
  // when the card asked for a reset.
  Result<void> close();

  // Sends one command on the session's channel and follows 61xx (GET RESPONSE) and 6Cxx (the same
  // command with the right Le), both bounded, and repeats what was answered with 9300 [IS-2]. Every
  // status word but 61xx, 6Cxx and 9300 is for the caller to judge.
  Result<CardAnswer> exchange(CommandApdu command);

  // The same, but 6982 makes the session verify the PIN of the selected application, once, and send
  // the command again [IS-4].
  Result<CardAnswer> exchange_with_pin(const CommandApdu& command);

  // SELECT; the FCP of the file or application selected. card_file_missing when there is none.
  Result<Fcp> select_file(FileId file);
  Result<Fcp> select_application(ByteView aid);

  // The applications that EF_DIR lists, in its order. Records that are malformed are passed over:
  // one bad record must not hide an ISIM.
  Result<std::vector<ApplicationRecord>> applications();

  // EF_ICCID of the card, read once a session.
  Result<std::string> iccid();

  // What files hold is handed over as a secret, as some hold keys and passwords.

  // The body of the transparent file selected with `fcp`; at most 32767 octets.
  Result<SecretBytes> read_binary(const Fcp& fcp);
  // The body of a transparent file of the selected directory by its short identifier (1 to 30),
  // without a SELECT; at most 32767 octets.
  Result<SecretBytes> read_binary_sfi(std::uint8_t sfi);

  // Record `number` (1 to 254) of the file selected with `fcp`; nullopt when there is none.
  Result<std::optional<SecretBytes>> read_record(const Fcp& fcp, std::uint8_t number);

  // RETRIEVE DATA (TS 102 221 clause 11.3.1): the data object `tag` of the BER-TLV file selected,
  // with its tag and length; nullopt when there is none. At most 65535 octets.
  Result<std::optional<SecretBytes>> retrieve_data(std::uint32_t tag);

  // UPDATE BINARY of the transparent file selected, from `offset`; in commands of at most 255
  // octets.
  Result<void> update_binary(std::size_t offset, ByteView octets);

  // Makes the MF the current directory, when it is not; in fewer commands than select_file(kMf).
  Result<void> enter_mf();

  // The state of the PIN that guards the application selected last, without spending a try:
  // reference from the FCP, tries from an empty VERIFY.
  Result<PinState> pin_state();

  // VERIFY with the configured PIN, when that is safe; at most once a session.
  // pin_required, pin_malformed, pin_tries_low, pin_tries_unknown, pin_blocked: nothing was sent.
  // pin_wrong: the card refused it, and this try is spent.
  Result<void> verify_pin();

  // The PIN of the application selected last, changed and unblocked (TS 102 221 clauses 11.1.10
  // and 11.1.13); pin_commands.cpp. After success the card is reset at the end, as after a VERIFY.

  // verify_pin() with the configured PIN under all its rules, then CHANGE PIN to `new_pin` of 4 to
  // 8 decimal digits; pin_malformed for others. pin_tries_unknown, and nothing was sent, when the
  // card does not ask for its PIN: it is disabled, or another program has verified it.
  Result<void> change_pin(const SecretBytes& new_pin);
  // UNBLOCK PIN without data, which spends no try: how many are left to the PUK, 0 when it is
  // blocked for good; nullopt when the card does not tell.
  Result<std::optional<unsigned>> puk_tries();
  // UNBLOCK PIN with a PUK of 8 decimal digits (input_malformed for others), when the card tells
  // that at least `min_pin_tries` tries of the PUK are left: pin_tries_low, pin_tries_unknown and
  // pin_blocked say that nothing was sent. pin_wrong: the PUK was wrong, and a try is spent.
  Result<void> unblock_pin(const SecretBytes& puk, const SecretBytes& new_pin);

  std::uint8_t channel() const { return channel_; }
  CardTransport& transport() { return *transport_; }

 private:
  CardSession(CardTransport& transport, SessionOptions options);
  Result<CardAnswer> transmit(ByteView command_apdu);
  Result<CardAnswer> exchange_once(const CommandApdu& command);
  Result<CardAnswer> exchange_on_channel(CommandApdu command);
  Result<CardAnswer> send(const CommandApdu& command);
  Result<SecretBytes> collect(CardAnswer first, StatusWord& sw);
  // The toolkit's part; card_session_toolkit.cpp.
  Result<void> become_terminal();
  Result<void> answer_proactive();
  Result<bool> answer_one();

  Result<void> open_channel();
  Result<void> close_channel();
  Result<Fcp> select(std::uint8_t p1, ByteView data);
  Result<SecretBytes> read_binary_at(std::size_t offset, std::uint32_t le);
  std::uint8_t pin_reference() const;
  Result<CardAnswer> send_two_pins(std::uint8_t ins, ByteView first, ByteView second);

  CardTransport* transport_;
  SessionOptions options_;
  std::uint8_t channel_ = 0;
  bool channel_answered_ = false;  // the card has carried out a command on the channel
  bool in_mf_ = false;             // the current directory is known to be the MF
  std::optional<Fcp> application_{};
  std::optional<PinState> pin_state_{};  // while nothing can have changed it
  std::optional<std::string> iccid_{};
  bool pin_tried_ = false;
  bool pin_verified_ = false;
  std::optional<std::uint8_t> proactive_{};  // XX of the last 91XX: a command waits
  bool reset_asked_ = false;                 // by REFRESH
};

}  // namespace ut::isim
