// What is done on the card: whole operations, each in one short transaction. They block, and know
// neither threads nor the loop.
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"
#include "isim/card_transport.h"
#include "isim/identity.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ut::card {

// Connects to the card in the reader of this name.
using Connect =
    std::function<Result<std::unique_ptr<isim::CardTransport>>(const std::string& reader)>;

struct JobContext {
  Connect connect;
  isim::SessionOptions session{};
  isim::ApplicationPolicy policy{};
};

struct Identified {
  std::string reader;
  std::shared_ptr<const isim::Identity> identity;
};

// The identity of the first card, in the order of `readers`, that has the application wanted. The
// error of the first reader when there is none, but of one with the application rather than of one
// without it.
Result<Identified> identify(const JobContext& context, const std::vector<std::string>& readers);

// Whether the card in `reader` is the one with this ICCID, by reading it: no PIN is needed for
// that.
Result<bool> same_card(const JobContext& context, const std::string& reader,
                       const std::string& iccid);

// AUTHENTICATE for `expected`, whose ICCID and IMPI are read and compared in the same transaction:
// pcscd may have put another card under the same reader without any event [IS-6].
// card_identity_changed when the card is another subscriber's; nothing was computed then. The
// command is never sent twice.
Result<isim::AkaOutcome> authenticate(const JobContext& context, const std::string& reader,
                                      const isim::Identity& expected, const isim::Rand& rand,
                                      const isim::Autn& autn);

}  // namespace ut::card
