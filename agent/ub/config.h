// The settings of bootstrapping. Values with their defaults; agent/daemon fills them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ut::ub {

// Where Ks is kept (TS 33.220 clauses 4 and 5) [UB-7].
enum class GbaMode : std::uint8_t {
  automatic,  // on the card when it says that it can, and the network wants it; else here
  me,         // here: GBA_ME
  u,          // on the card: GBA_U, or no bootstrapping at all
};

struct UbConfig {
  // Empty: the name follows from the subscriber's identity (TS 23.003 clause 16.2) [UB-1].
  std::string bsf_host{};
  // Asked when DNS does not know the name that follows from the identity: operators publish the BSF
  // with and without "ims." [M]. Empty: none.
  std::string fallback_bsf_host{};
  std::uint16_t bsf_port = 80;
  // "192.0.2.1:8080" or "[2001:db8::1]:8080": where to connect instead of what DNS says. For
  // labs; not together with http_proxy.
  std::string bsf_address{};
  // "http://proxy.example:3128"; empty: none. The environment is never asked.
  std::string http_proxy{};
  // The product tokens of User-Agent [M: 3gpp-gba is asked for on Ua, and harmless here].
  std::string user_agent = "ut-agent 3gpp-gba";

  GbaMode gba_mode = GbaMode::automatic;
  // A temporary identity in place of the IMPI where the BSF knows it too [UB-8].
  bool tmpi = true;

  // Off only for test BSFs that send no Authentication-Info [UB-3].
  bool require_rspauth = true;
  // Accept a challenge whose realm is neither the BSF's name nor the home domain [UB-10].
  bool accept_foreign_realm = false;

  // A longer lifetime of a key is cut to this [UB-9].
  std::chrono::seconds max_lifetime = std::chrono::days(7);
  // A younger association is not replaced because one NAF refuses it [UA-4].
  std::chrono::seconds min_age{30};
  // For one request, name look-up and connection included.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(10);

  // After a failed run the next one waits this long, doubled with each further failure up to the
  // greatest value, and made up to a quarter shorter or longer by chance [UB-9].
  std::chrono::milliseconds back_off_first = std::chrono::seconds(2);
  std::chrono::milliseconds back_off_greatest = std::chrono::minutes(10);
  // The BSF's Retry-After is honoured up to this: on Ub anybody on the way may have written it.
  std::chrono::seconds longest_retry_after = std::chrono::hours(1);
};

}  // namespace ut::ub
