// HSS and AuC: the subscribers, their keys and sequence numbers.
#pragma once

#include "base/random.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/auc.h"
#include "tools/ut-lab/secret_journal.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

struct Subscriber {
  std::string impi;
  std::vector<std::string> impus;  // "sip:user1_public1@home1.net"; the first is the default
  std::unique_ptr<const isim::soft::AkaAlgorithm> algorithm;  // with K in it
  isim::soft::Amf amf;
  isim::soft::Sqn sqn;  // the last one given out
  bool gba_u = false;   // the card keeps Ks: vectors hold AUTN* (TS 33.220 clause 5.3.2)
};

class Hss {
 public:
  // `journal` may be null.
  Hss(std::vector<Subscriber> subscribers, RandomSource& random, SecretJournal* journal = nullptr);

  // The IMPI itself, for as long as the HSS lives; nullptr for an unknown one.
  const std::string* impi(std::string_view impi) const;
  // The identities that this IMPI may use; nullptr for an unknown IMPI.
  const std::vector<std::string>* impus(std::string_view impi) const;
  std::vector<std::string> impis() const;

  // A vector with a fresh RAND and the subscriber's next SQN. Only for a known IMPI. `other_gba`:
  // with AUTN where the subscriber's settings say AUTN*, and the other way round.
  isim::soft::AuthenticationVector vector(std::string_view impi, bool other_gba = false);
  // A vector of AKA alone, whatever the subscriber's GBA settings are: with AUTN. `stale`: with SQN
  // 0.
  isim::soft::AuthenticationVector aka_vector(std::string_view impi, bool stale);
  // What the subscriber's card answers to this RAND, which the HSS gave out once and does not
  // remember. Only for a known IMPI.
  isim::soft::AkaAlgorithm::Response answer_to(std::string_view impi, const isim::Rand& rand) const;
  // vector() with SQN 0, which no card accepts.
  isim::soft::AuthenticationVector stale_vector(std::string_view impi);

  // Synchronisation failure (TS 33.102 clause 6.3.5); false when MAC-S is wrong. [UB-5]
  bool resynchronise(std::string_view impi, const isim::Rand& rand, const isim::Auts& auts);

 private:
  struct Entry {
    std::vector<std::string> impus;
    std::unique_ptr<const isim::soft::AkaAlgorithm> algorithm;
    isim::soft::Amf amf;
    isim::soft::SqnGenerator sqn;
    bool gba_u;
  };
  isim::soft::AuthenticationVector vector(const Entry& entry, isim::soft::Sqn sqn, bool gba_u);
  isim::Rand fresh_rand();

  std::map<std::string, Entry, std::less<>> entries_;
  RandomSource& random_;
  SecretJournal* journal_;
};

}  // namespace ut::lab
