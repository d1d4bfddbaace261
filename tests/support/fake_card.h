// Cards for tests that are no cards: one that follows a script, octet by octet, and one that has
// files, a PIN and AUTHENTICATE and can be told to misbehave.
#pragma once

#include "isim/apdu.h"
#include "isim/card_transport.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ut::test {

// Answers each command of a script, in its order; a command that is not the next one of the script
// is noted and answered with 6F00.
class ScriptedCard : public isim::CardTransport {
 public:
  explicit ScriptedCard(isim::CardProtocol protocol = isim::CardProtocol::t1)
      : protocol_(protocol) {}

  // Both in hexadecimal, the answer with its status word.
  ScriptedCard& on(std::string_view command, std::string_view answer);
  ScriptedCard& on(std::string_view command, ErrorCode failure);

  isim::CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override;
  Result<void> begin() override;
  Result<void> end(Leave leave) override;
  Result<SecretBytes> transmit(ByteView command_apdu) override;
  Result<void> reset() override;

  // Empty when the whole script and nothing else was played; else what went wrong.
  std::string problem() const;
  // "begin", "end as_is", "end reset", "reset", in order.
  std::vector<std::string> uses{};

 private:
  struct Step {
    std::string command;
    Result<Bytes> answer;
  };
  isim::CardProtocol protocol_;
  std::deque<Step> script_{};
  std::string problem_{};
};

// A file of a FakeUicc.
struct FakeFile {
  std::string path;
  std::uint8_t descriptor = 0x41;  // 41 transparent, 42 linear fixed, 79 BER-TLV
  std::uint8_t sfi = 0;            // 0: none
  std::vector<Bytes> parts{};      // the body, the records, or the data objects with tag and length
};

// What a FakeUicc is. Files are named by path: "3F00/2F00", "ISIM/6F02".
struct FakeUiccProfile {
  std::string iccid_digits = "89010123456789012345";
  std::string impi = "user@ims.example.org";
  std::string domain = "ims.example.org";
  std::vector<std::string> impus = {"sip:user@ims.example.org", "tel:+15551234"};
  Bytes ist{0x02};
  bool has_isim = true;
  std::string second_impi{};  // of another ISIM behind the first in EF_DIR; empty: there is none
  bool has_usim = false;
  std::string imsi_file{};  // EF_IMSI of the USIM in hexadecimal
  bool label_before_aid = false;
  std::optional<std::string> pin{};
  unsigned pin_tries = 3;
  unsigned channels = 3;          // logical channels beside the basic one
  std::vector<FakeFile> files{};  // besides the above, or in their place
  bool sfi_access = true;         // READ BINARY with an SFI is possible
  // Data and status word of AUTHENTICATE, given its command data.
  std::function<std::pair<Bytes, isim::StatusWord>(ByteView)> authenticate{};
};

class FakeUicc : public isim::CardTransport {
 public:
  explicit FakeUicc(FakeUiccProfile profile, isim::CardProtocol protocol = isim::CardProtocol::t1);

  isim::CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override;
  Result<void> begin() override;
  Result<void> end(Leave leave) override;
  Result<SecretBytes> transmit(ByteView command_apdu) override;
  Result<void> reset() override;

  const FakeUiccProfile& profile() const { return profile_; }
  // Every command that came, in hexadecimal.
  const std::vector<std::string>& commands() const { return commands_; }
  unsigned verifications() const { return verifications_; }
  bool unlocked() const { return verified_; }
  bool in_transaction() const { return in_transaction_; }
  unsigned resets() const { return resets_; }
  // The body of a transparent file.
  Bytes body(const std::string& path) const { return files_.at(path).records.at(0); }
  unsigned open_channels() const { return static_cast<unsigned>(selection_.size()) - 1; }

  // Called with the number of the command (from 0) before it is carried out; an error is what the
  // transport reports instead.
  std::function<std::optional<ErrorCode>(std::size_t number, ByteView command)> disturb{};

 private:
  struct File {
    std::uint8_t descriptor = 0x41;  // 41 transparent, 42 linear fixed, 79 BER-TLV, 78 DF
    std::vector<Bytes> records{};    // one for a transparent file; data objects of BER-TLV
    bool needs_pin = false;
    std::uint8_t sfi = 0;
  };
  struct Selection {
    std::string directory = "3F00";
    std::string file{};
  };
  void build_files();
  void add_isim(const std::string& directory, const std::string& impi);
  void add(const std::string& path, std::uint8_t sfi, Bytes body, bool needs_pin = false);
  bool select_by_sfi(std::uint8_t sfi, Selection& selection) const;
  Bytes fcp(const std::string& path) const;
  isim::ResponseApdu answer(const isim::CommandApdu& command);
  isim::ResponseApdu select(const isim::CommandApdu& command, Selection& selection);
  isim::ResponseApdu read(const isim::CommandApdu& command, Selection& selection);
  isim::ResponseApdu update(const isim::CommandApdu& command, const Selection& selection);
  isim::ResponseApdu retrieve(const isim::CommandApdu& command, const Selection& selection);
  isim::ResponseApdu verify(const isim::CommandApdu& command);
  isim::ResponseApdu manage_channel(const isim::CommandApdu& command);
  void forget();

  FakeUiccProfile profile_;
  isim::CardProtocol protocol_;
  std::map<std::string, File> files_{};
  std::map<std::string, std::string> aids_{};  // AID in hexadecimal -> directory
  std::map<std::uint8_t, Selection> selection_{};
  Bytes waiting_{};  // for GET RESPONSE, with the status word that follows them
  isim::StatusWord waiting_sw_ = 0x9000;
  Bytes blocks_{};  // for the next RETRIEVE DATA
  std::vector<std::string> commands_{};
  unsigned tries_ = 3;
  bool verified_ = false;
  bool in_transaction_ = false;
  unsigned verifications_ = 0;
  unsigned resets_ = 0;
};

// A data object 80 with `text`, filled with FF up to `size` octets.
Bytes text_object(std::string_view text, std::size_t size = 0);

}  // namespace ut::test
