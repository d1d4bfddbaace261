// HTTP Digest AKA at a NAF, without BSF and B-TID (RFC 3310, RFC 4169): the challenges that it gave
// and how it judges the answers.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/aka_digest.h"
#include "tools/ut-lab/digest.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/hss.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/nonces.h"
#include "tools/ut-lab/secret_journal.h"
#include "tools/ut-lab/stats.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

struct AkaConfig {
  std::string naf;  // the NAF's name in faults, stats and findings
  std::string realm;
  std::vector<AkaDigest> algorithms;  // one challenge for each
  std::vector<std::string> qops;
  NonceMode nonce_mode = NonceMode::set;
  std::chrono::seconds nonce_lifetime{300};
};

class AkaChallenger {
 public:
  // Nonces that are remembered: the oldest one goes for one more.
  static constexpr std::size_t kMostNonces = 1000;

  // `journal` may be null.
  AkaChallenger(AkaConfig config, Hss& hss, Faults& faults, Stats& stats, const Clock& clock,
                SecretJournal* journal = nullptr);

  struct Authenticated {
    std::string impi;
    AkaDigest algorithm;
    SecretBytes ha1;
  };
  // What the NAF is to answer to a request that authenticates nobody.
  struct Refusal {
    unsigned status;  // 401: with challenges for `impi`
    std::string reason;
    std::string impi{};
    bool stale = false;  // of the challenges (RFC 7616 section 3.3)
  };

  // Whether these credentials are of Digest AKA: an answer to a challenge, or the message before
  // one (TS 24.109 annex A.3).
  static bool concerns(const DigestCredentials& credentials);

  // The user whose card answered a challenge (RFC 3310 section 3.3), or what is to be answered:
  // challenges for an IMPI that says who it is, that is not synchronised any more (section 3.4) or
  // whose response is wrong; 403 for an IMPI that nobody has.
  std::expected<Authenticated, Refusal> authenticate(const Request& request,
                                                     const DigestCredentials& credentials);

  // The WWW-Authenticate fields for this IMPI, which the HSS must know. Each has a vector of its
  // own, as a card takes none twice.
  std::vector<HeaderField> challenges(std::string_view impi, bool stale);

  // A nonce that a client may use with the algorithm and opaque that it has (RFC 7616 section 3.5).
  std::string next_nonce(const Authenticated& authenticated);

  // Every nonce becomes unknown.
  void forget_all() { given_.clear(); }
  // How many nonces are remembered.
  std::size_t size() const { return given_.size(); }

 private:
  // A challenge that was given out and may be answered.
  struct Given {
    std::string nonce;
    std::string impi;
    AkaDigest algorithm;
    isim::Rand rand;
    SecretBytes ha1;
    SteadyTime expires;
    NonceCounts counts{};
  };
  using Place = std::deque<Given>::iterator;

  struct Flaws {
    bool wrong_mac = false;
    bool stale_sqn = false;
    bool short_nonce = false;
  };

  Refusal refused(unsigned status, std::string_view rule);
  Refusal first_message(const DigestCredentials& credentials);
  Refusal synchronisation_failure(const Request& request, const DigestCredentials& credentials,
                                  Place given);
  std::expected<Authenticated, Refusal> answered(const Request& request,
                                                 const DigestCredentials& credentials, Place given);
  Refusal unknown_nonce(const Request& request, const DigestCredentials& credentials,
                        AkaDigest algorithm);
  std::string new_nonce(std::string_view impi, AkaDigest algorithm, const Flaws& flaws);
  void drop_expired();

  AkaConfig config_;
  Hss& hss_;
  Faults& faults_;
  Stats& stats_;
  const Clock& clock_;
  SecretJournal* journal_;
  std::string opaque_;
  std::deque<Given> given_{};  // the oldest first, which is the first to expire
};

}  // namespace ut::lab
