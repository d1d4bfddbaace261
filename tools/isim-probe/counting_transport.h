// The real transport with a count of what goes through it.
#pragma once

#include "isim/card_transport.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace ut::probe {

class CountingTransport final : public isim::CardTransport {
 public:
  // `commands` outlives the transport and goes up by one for each command APDU.
  CountingTransport(std::unique_ptr<isim::CardTransport> inner, std::size_t& commands)
      : inner_(std::move(inner)), commands_(commands) {}

  isim::CardProtocol protocol() const override { return inner_->protocol(); }
  ByteView atr() const override { return inner_->atr(); }
  Result<void> begin() override { return inner_->begin(); }
  Result<void> end(Leave leave) override { return inner_->end(leave); }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    ++commands_;
    return inner_->transmit(command_apdu);
  }
  Result<void> reset() override { return inner_->reset(); }

 private:
  std::unique_ptr<isim::CardTransport> inner_;
  std::size_t& commands_;
};

}  // namespace ut::probe
