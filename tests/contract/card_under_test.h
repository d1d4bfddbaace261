// The card that the contract is about: a software card in this process, or the one in a reader.
#pragma once

#include "base/secret.h"
#include "isim/card_session.h"
#include "isim/card_transport.h"
#include "isim/soft/soft_transport.h"
#include "isim/soft/sqn_file.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ut::test {

// In a reader whose name matches the shell pattern UT_TEST_READER, with the PIN in the file
// UT_TEST_PIN_FILE; without that variable a full software card of the manner `variant`. Nothing
// here writes to a card or spends a try of its PIN, unless the PIN that was given is wrong.
class CardUnderTest {
 public:
  // Of a software card: strict T=0, T=0, T=1, T=1 without PIN, T=1 without logical channels.
  static constexpr int kVariants = 5;

  // Takes the variant from Catch2's generator, so that each test case runs on each software card.
  CardUnderTest();

  isim::CardTransport& transport() { return *transport_; }
  const SecretBytes* pin() const { return pin_ ? &*pin_ : nullptr; }

  // The PIN, and a guard that lets a wrong one be sent once in all.
  isim::SessionOptions session_options() const;
  // A session that may use the PIN, or may not.
  isim::CardSession open();
  isim::CardSession open_without_pin();
  // The same with the ISIM selected; `fcp` is its FCP.
  isim::CardSession open_isim(isim::Fcp* fcp = nullptr);

 private:
  void make_soft_card(int variant);
  void use_reader(const std::string& pattern);

  std::optional<SecretBytes> pin_{};
  isim::soft::VolatileSqnStore store_{};
  std::unique_ptr<isim::soft::Uicc> uicc_{};
  std::unique_ptr<isim::CardTransport> transport_{};
};

// Counts the command APDUs that go through it.
class CommandCounter final : public isim::CardTransport {
 public:
  // Both outlive this object.
  CommandCounter(isim::CardTransport& card, std::size_t& commands)
      : card_(card), commands_(commands) {}

  isim::CardProtocol protocol() const override { return card_.protocol(); }
  ByteView atr() const override { return card_.atr(); }
  Result<void> begin() override { return card_.begin(); }
  Result<void> end(Leave leave) override { return card_.end(leave); }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    ++commands_;
    return card_.transmit(command_apdu);
  }
  Result<void> reset() override { return card_.reset(); }

 private:
  isim::CardTransport& card_;
  std::size_t& commands_;
};

// The AID of the ISIM that EF_DIR lists first; the test fails when there is none.
Bytes isim_aid(isim::CardSession& session);

}  // namespace ut::test
