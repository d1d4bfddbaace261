// How many command APDUs go through a transport.
#pragma once

#include "tools/isim-probe/observed_transport.h"

#include <cstddef>

namespace ut::probe {

class CommandCounter final : public TransportObserver {
 public:
  // `commands` outlives this object and goes up by one for each command APDU.
  explicit CommandCounter(std::size_t& commands) : commands_(commands) {}

  void exchanged(ByteView, const Result<SecretBytes>&) override { ++commands_; }
  void called(std::string_view, const Result<void>&) override {}
  void card_was_reset() override {}

 private:
  std::size_t& commands_;
};

}  // namespace ut::probe
