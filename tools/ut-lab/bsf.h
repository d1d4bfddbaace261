// The BSF's side of Ub (TS 24.109 clause 4): HTTP Digest AKAv1-MD5 with auth-int.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/digest.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/gba_keys.h"
#include "tools/ut-lab/hss.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/secret_journal.h"
#include "tools/ut-lab/stats.h"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace ut::lab {

struct BsfConfig {
  std::string name;  // FQDN: realm, and right part of the B-TID
  std::chrono::seconds key_lifetime{3600};
  bool next_nonce = false;  // the 200 carries the next run's challenge
  bool tmpi = true;         // knows temporary identities, and says so in Server
};

class Bsf {
 public:
  // `journal` may be null.
  Bsf(BsfConfig config, Hss& hss, Associations& associations, Faults& faults, Stats& stats,
      const Clock& clock, SecretJournal* journal = nullptr);

  // One request of a client. A request that breaks the grammar of TS 24.109 is refused with 400 and
  // the reason, which is counted among the findings too.
  Response answer(const Request& request);

  const BsfConfig& config() const { return config_; }
  // Forgets challenges that wait for a response.
  void forget_challenges() { pending_.clear(); }
  // Forgets which subscribers the temporary identities are of.
  void forget_tmpis() { tmpis_.clear(); }

 private:
  // A challenge that waits for its response.
  struct Pending {
    std::string impi;
    std::string opaque;
    isim::soft::AuthenticationVector vector;
    UtcTime expires;
  };

  // A temporary identity that lives as long as the key it was made with.
  struct Tmpi {
    std::string impi;
    UtcTime expires;
  };

  Response judge(const Request& request);
  Response refuse(unsigned status, std::string_view reason);
  // The IMPI of this username; nullptr when nobody has it.
  const std::string* impi_of(std::string_view username);
  Response unknown(std::string_view username);
  void give_tmpi(const Request& request, const SecurityAssociation& association);
  Response challenge(const std::string& impi);
  Response first_message(const DigestCredentials& credentials);
  Response second_message(const Request& request, const DigestCredentials& credentials);
  Response synchronisation_failure(const Request& request, const DigestCredentials& credentials,
                                   Pending pending);
  Response bootstrapped(const Request& request, const DigestCredentials& credentials,
                        Pending pending);
  std::string bootstrapping_info(const std::string& b_tid, UtcTime expires);
  // The nonce of a fresh challenge, which is remembered.
  std::string new_nonce(const std::string& impi, std::string opaque);
  void drop_expired();

  BsfConfig config_;
  Hss& hss_;
  Associations& associations_;
  Faults& faults_;
  Stats& stats_;
  const Clock& clock_;
  SecretJournal* journal_;
  std::map<std::string, Pending, std::less<>> pending_;  // by nonce
  std::map<std::string, Tmpi, std::less<>> tmpis_{};     // by TMPI
};

}  // namespace ut::lab
