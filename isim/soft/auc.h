// AKA on the network's side (TS 33.102 clauses 6.3.2 and 6.3.5): vectors and resynchronisation.
#pragma once

#include "isim/aka_types.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/sqn.h"

#include <optional>

namespace ut::isim::soft {

struct AuthenticationVector {
  Rand rand;
  Autn autn;
  Res xres;
  Ck ck;
  Ik ik;
};

// The vector of one RAND and SQN. The separation bit (the top bit of AMF) is the caller's matter.
AuthenticationVector make_vector(const AkaAlgorithm& algorithm, const Rand& rand, Sqn sqn,
                                 const Amf& amf);

// The same for a card that is to keep CK and IK: with AUTN* in place of AUTN (GBA_U, TS 33.220
// clause 5.3.2).
AuthenticationVector make_gba_u_vector(const AkaAlgorithm& algorithm, const Rand& rand, Sqn sqn,
                                       const Amf& amf);

// SQNms from an AUTS that answers `rand`; nullopt when its MAC-S is wrong. MAC-S is computed with
// AMF 0000 and compared in constant time (clause 6.3.3).
std::optional<Sqn> verify_auts(const AkaAlgorithm& algorithm, const Rand& rand, const Auts& auts);

// Sequence numbers that are not time based (annex C.1.1.2 and C.3.2): SEQ goes up by one and IND
// cycles.
class SqnGenerator {
 public:
  // `last` is the last SQN given out.
  explicit SqnGenerator(Sqn last = {}) : last_(last) {}

  // The next SQN; after SEQ's last value it stays there, and cards refuse it (annex C.3: 2^43
  // vectors are more than a card's life).
  Sqn next();
  Sqn last() const { return last_; }

  // After a verified AUTS (clause 6.3.5): goes on from SQNms unless the next SQN would be accepted
  // anyway.
  void resynchronise(Sqn sqn_ms);

 private:
  Sqn last_;
};

}  // namespace ut::isim::soft
