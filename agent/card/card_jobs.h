// What is done on the card: whole operations, each in one short transaction. They block, and know
// neither threads nor the loop.
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"
#include "isim/card_transport.h"
#include "isim/gba_files.h"
#include "isim/identity.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::card {

// Connects to the card in the reader of this name.
using Connect =
    std::function<Result<std::unique_ptr<isim::CardTransport>>(const std::string& reader)>;

struct JobContext {
  Connect connect;
  isim::SessionOptions session{};
  isim::ApplicationPolicy policy{};
  std::string iccid{};  // of the only card that will do; empty: any
};

struct Identified {
  std::string reader;
  std::shared_ptr<const isim::Identity> identity;
};

// The identity of the first card, in the order of `readers`, that is the one wanted and has the
// application wanted. The error of the first reader when there is none, but rather of one where
// something stands in the way than of one whose card would not do (card_not_chosen, card_no_isim).
Result<Identified> identify(const JobContext& context, const std::vector<std::string>& readers);

// Whether the card in `reader` is the one with this ICCID, by reading it: no PIN is needed for
// that.
Result<bool> same_card(const JobContext& context, const std::string& reader,
                       const std::string& iccid);

// What follows is done for `expected`, whose ICCID and IMPI are read and compared in the same
// transaction: pcscd may have put another card under the same reader without any event [IS-6].
// card_identity_changed when the card is another subscriber's; nothing was computed or written
// then.

// AUTHENTICATE in the IMS AKA and in the GBA context. The command is never sent twice.
Result<isim::AkaOutcome> authenticate(const JobContext& context, const std::string& reader,
                                      const isim::Identity& expected, const isim::Rand& rand,
                                      const isim::Autn& autn);
Result<isim::GbaBootstrappingOutcome> gba_bootstrap(const JobContext& context,
                                                    const std::string& reader,
                                                    const isim::Identity& expected,
                                                    const isim::Rand& rand, const isim::Autn& autn);

// EF_GBABP: read, written behind the RAND of this very bootstrapping, and emptied.
Result<isim::StoredGbaBootstrapping> stored_gba_bootstrapping(const JobContext& context,
                                                              const std::string& reader,
                                                              const isim::Identity& expected);
Result<void> store_gba_bootstrapping(const JobContext& context, const std::string& reader,
                                     const isim::Identity& expected,
                                     const isim::GbaBootstrapping& bootstrapping);
Result<void> erase_gba_bootstrapping(const JobContext& context, const std::string& reader,
                                     const isim::Identity& expected, const isim::Rand& rand);

// Ks_ext_NAF for the IMPI of `expected`. EF_GBABP is read in the same transaction: a key that the
// card would derive from another bootstrapping than the one with this RAND and B-TID is
// GbaNotBootstrapped [UB-7].
Result<isim::GbaDerivationOutcome> gba_derive(const JobContext& context, const std::string& reader,
                                              const isim::Identity& expected,
                                              const isim::Rand& rand, std::string_view b_tid,
                                              ByteView naf_id);

}  // namespace ut::card
