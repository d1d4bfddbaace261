// AKA on the card's side (TS 33.102 clause 6.3.3).
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/sqn.h"

#include <memory>
#include <utility>

namespace ut::isim::soft {

// Where a card keeps its sequence numbers for good.
class SqnStore {
 public:
  virtual ~SqnStore() = default;
  // Returns when `sqns` would survive a crash and a power cut.
  virtual Result<void> save(const SqnArray& sqns) = 0;
};

class UsimAka {
 public:
  // `store` outlives this object.
  UsimAka(std::unique_ptr<const AkaAlgorithm> algorithm, SqnArray sqns, SqnStore& store)
      : algorithm_(std::move(algorithm)), sqns_(std::move(sqns)), store_(store) {}

  // Checks MAC in constant time, then the freshness of SQN; on acceptance SQN is stored before
  // anything is returned. An error is the store's: the SQN is not accepted then.
  Result<AkaOutcome> authenticate(const Rand& rand, const Autn& autn);
  // The same with AUTN* in place of AUTN (GBA_U, TS 33.220 clause 5.3.2).
  Result<AkaOutcome> authenticate_gba_u(const Rand& rand, const Autn& autn_star);

  // A2 and A8 of the GSM context (TS 33.102 clause 6.8.1): no authentication of the network.
  struct GsmResponse {
    Sres sres;
    Kc kc;
  };
  GsmResponse authenticate_gsm(const Rand& rand) const;

  const SqnArray& sqns() const { return sqns_; }

 private:
  // `response` is that of the same `rand`.
  Result<AkaOutcome> check(const Rand& rand, const Autn& autn, AkaAlgorithm::Response response);
  Auts auts(const Rand& rand) const;

  std::unique_ptr<const AkaAlgorithm> algorithm_;
  SqnArray sqns_;
  SqnStore& store_;
};

}  // namespace ut::isim::soft
