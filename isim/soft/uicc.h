// A UICC: the APDU interpreter of TS 102 221 over the files, the PIN and the keys of one profile.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/apdu.h"
#include "isim/soft/authenticate.h"
#include "isim/soft/card_access.h"
#include "isim/soft/card_files.h"
#include "isim/soft/card_profile.h"
#include "isim/soft/pin_file.h"
#include "isim/soft/pin_set.h"
#include "isim/soft/proactive_command.h"
#include "isim/soft/usim_aka.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

namespace ut::isim::soft {

class Uicc {
 public:
  // `sqns` is what the card has accepted so far; `store` outlives the card. `observer` may be
  // empty.
  Uicc(CardProfile profile, SqnArray sqns, SqnStore& store, AuthenticateObserver observer = {});

  // Takes the tries and PINs that the profile's PIN file holds, and keeps them there from now on,
  // before each answer; without such a file nothing. Errors as PinFile::load().
  Result<void> keep_pins();

  // 2 to 33 octets.
  ByteView atr() const { return atr_; }

  // Power on, power off and reset are one thing to a card without a battery: selection, channels,
  // PIN verification and response data that wait are gone. Contents and counters stay.
  void reset();

  // Queues a proactive command (template D0 of at most 256 octets in all, with command details). It
  // is offered by 91xx once the terminal has sent TERMINAL PROFILE, and until it has answered the
  // command: after a reset it is offered again, but for the REFRESH that asked for the reset.
  void queue_proactive(Bytes command);
  // The same with a REFRESH. What it announces is for the caller to do.
  void refresh(RefreshMode mode, std::span<const FilePath> files = {});
  // The content of a transparent file as the operator changes it from afar, filled up with FF;
  // 7FFF is the first application. False when there is no such file, or too little room in it.
  bool update_file(const FilePath& path, ByteView content);
  // Commands that were not answered yet.
  std::size_t proactive_waiting() const { return proactive_.size(); }

  // One command APDU of any octets; the answer has at least the two of the status word. It may hold
  // RES, CK and IK, hence a secret.
  SecretBytes exchange(ByteView command_apdu);

  // What an applet on the card may ask for (TS 31.130): the Ks_int_NAF that `application` shares
  // with a NAF. No command gives it out.
  std::optional<KsIntNaf> use_ks_int_naf(Application application, ByteView naf_id) {
    return authenticator_.use_ks_int_naf(application, naf_id);
  }

 private:
  static constexpr std::size_t kChannels = 20;

  struct Channel {
    bool open = false;
    File* directory = nullptr;
    File* ef = nullptr;
    std::size_t record = 0;  // of ef, from 1; 0 = none
    // A data object that is on its way in blocks, one way or the other: RETRIEVE DATA and SET DATA.
    struct Transfer {
      bool to_card = false;
      const File* file = nullptr;
      Bytes octets{};         // the whole object; of SET DATA what has come
      std::size_t at = 0;     // of RETRIEVE DATA: where the next block begins
      std::size_t whole = 0;  // of SET DATA: octets of the object
      std::uint32_t tag = 0;  // of SET DATA
    };
    std::optional<Transfer> transfer{};
    std::optional<Application> application{};
    File* adf = nullptr;  // of the application
  };

  struct Answer {
    SecretBytes data{};
    StatusWord sw = 0x9000;
  };

  // Which classes (TS 102 221 table 10.3) carry an instruction.
  enum class ClassKind : std::uint8_t { interindustry, proprietary };
  struct Instruction {
    std::uint8_t ins;
    ClassKind kind;
    Answer (Uicc::*run)(Channel&, const CommandApdu&);
  };
  static const Instruction kInstructions[];

  Answer dispatch(const CommandApdu& command);

  // What hands data over.
  Answer case2(const CommandApdu& command, ByteView data) const;
  // `sw` is what comes with the last of the data.
  Answer case4(const CommandApdu& command, SecretBytes data, StatusWord sw = 0x9000);
  Answer case4(const CommandApdu& command, ByteView data);
  // Le = 00, or the extended 0000: everything there is.
  static bool wants_all(const CommandApdu& command);

  Answer select(Channel& channel, const CommandApdu& command);
  Answer select_by_id(Channel& channel, const CommandApdu& command);
  Answer select_by_path(Channel& channel, const CommandApdu& command);
  Answer select_parent(Channel& channel, const CommandApdu& command);
  Answer select_by_name(Channel& channel, const CommandApdu& command);
  Answer selected(Channel& channel, File& file, const CommandApdu& command);
  File* reachable(const Channel& channel, FileId fid) const;
  File* matching_application(const Channel& channel, ByteView name, std::uint8_t occurrence) const;

  Answer status(Channel& channel, const CommandApdu& command);
  Answer get_response(Channel& channel, const CommandApdu& command);
  Answer manage_channel(Channel& channel, const CommandApdu& command);
  Answer open_channel(const Channel& origin, const CommandApdu& command);
  Answer read_binary(Channel& channel, const CommandApdu& command);
  Answer update_binary(Channel& channel, const CommandApdu& command);
  Answer read_record(Channel& channel, const CommandApdu& command);
  Answer update_record(Channel& channel, const CommandApdu& command);
  Answer search_record(Channel& channel, const CommandApdu& command);
  Answer retrieve_data(Channel& channel, const CommandApdu& command);
  Answer next_block(Channel& channel, const CommandApdu& command);
  Answer set_data(Channel& channel, const CommandApdu& command);
  Answer take_block(Channel& channel, File& file, ByteView octets);
  Answer verify(Channel& channel, const CommandApdu& command);
  Answer change_pin(Channel& channel, const CommandApdu& command);
  Answer disable_pin(Channel& channel, const CommandApdu& command);
  Answer enable_pin(Channel& channel, const CommandApdu& command);
  Answer unblock_pin(Channel& channel, const CommandApdu& command);
  Answer terminal_capability(Channel& channel, const CommandApdu& command);
  Answer terminal_profile(Channel& channel, const CommandApdu& command);
  Answer fetch(Channel& channel, const CommandApdu& command);
  Answer terminal_response(Channel& channel, const CommandApdu& command);
  StatusWord check_toolkit(const Channel& channel, const CommandApdu& command) const;
  StatusWord with_proactive(StatusWord sw) const;
  bool asked_for_reset() const;
  Answer authenticate(Channel& channel, const CommandApdu& command);

  // The file a binary or record command works on, by SFI or the selected one, of the
  // right kind and open for `operation`; else the status word that says why not.
  struct Target {
    File* file = nullptr;
    StatusWord sw = 0x9000;
  };
  using IsKind = bool (*)(const File&);
  Target target(Channel& channel, std::optional<std::uint8_t> sfi, IsKind is_kind,
                Operation operation);
  Target binary_target(Channel& channel, const CommandApdu& command, Operation operation,
                       std::size_t& offset);
  Target object_target(Channel& channel, const CommandApdu& command, Operation operation);
  Target record_target(Channel& channel, const CommandApdu& command, Operation operation,
                       std::size_t& record);

  struct PinTarget {
    Pin* pin = nullptr;
    StatusWord sw = 0x9000;
  };
  PinTarget pin_target(const CommandApdu& command, std::size_t pins);
  PinTarget user_pin_target(const CommandApdu& command, std::size_t pins);
  Answer pin_answer(Pin::Outcome outcome, std::uint8_t tries);

  FileSystem files_;
  std::vector<Application> applications_;  // as files_.applications
  Answers answers_;
  std::uint8_t logical_channels_;
  Bytes atr_;
  PinSet pins_;
  std::optional<PinFile> pin_file_;  // of the profile
  bool keeps_pins_ = false;
  Authenticator authenticator_;

  std::deque<Bytes> proactive_{};
  std::uint8_t refresh_number_ = 0;
  bool terminal_profile_ = false;  // has come since the last reset
  bool fetched_ = false;           // the front of proactive_, and no answer yet

  std::array<Channel, kChannels> channels_{};
  std::size_t pending_channel_ = 0;
  SecretBytes pending_{};           // for GET RESPONSE on pending_channel_
  StatusWord pending_sw_ = 0x9000;  // with the last of it
};

}  // namespace ut::isim::soft
