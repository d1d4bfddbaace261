// Ks_ext_NAF of an association whose Ks is on the card: made there at first use, kept while the
// association lives (TS 33.220 clause 5.3.3) [UB-7 KEY-3].
#pragma once

#include "agent/gba/kdf.h"
#include "agent/gba/naf_id.h"
#include "agent/ports.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace ut::ub {

class CardKeys {
 public:
  // Everything runs on the thread of `executor`. `card` must outlive the keys and what they began.
  CardKeys(boost::asio::any_io_executor executor, ports::CardService& card);

  // The key of `naf_id` and `association`, which is `subscriber`'s live one. Callers who want the
  // same key share one operation of the card. ub_gba_key_lost when the card holds another Ks now,
  // or when forget() was called meanwhile; errors of the card.
  ports::Task<Result<gba::KsNaf>> get(ports::Association association, ports::Subscriber subscriber,
                                      gba::NafId naf_id);

  // Wipes all keys: the association has ended.
  void forget();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace ut::ub
