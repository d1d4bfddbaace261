// The control endpoint: faults, counters, and forgetting, for tests and demonstrations.
#pragma once

#include "base/secret.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/secret_journal.h"
#include "tools/ut-lab/stats.h"
#include "tools/ut-lab/xcap_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

// What the endpoint may do beside changing the values it refers to.
struct ControlHooks {
  std::function<void()> faults_changed;
  std::function<void()> forget_keys;   // every B-TID
  std::function<void()> forget_tmpis;  // every temporary identity
  std::function<void()> forget_nonces;
  std::function<void()> forget_documents;              // of application servers behind proxies
  std::function<void()> forget_sessions;               // TLS
  std::function<std::string()> certificates;           // issued to subscribers, JSON
  std::function<void(std::string serial)> revoke;      // a certificate
  std::function<void()> forget_certificates;           // issued and revoked ones
  std::function<std::size_t(bool abrupt)> close_idle;  // gives the number of connections
  // Zn (TS 33.220 clause 4.5.3): Ks_NAF in base64; nullopt when the B-TID is unknown or expired.
  std::function<std::optional<SecretBytes>(std::string_view b_tid, std::string_view naf,
                                           std::uint16_t suite)>
      ks_naf;
};

class Control {
 public:
  Control(Faults& faults, Stats& stats, XcapStore& store, const SecretJournal& journal,
          std::vector<std::string> naf_names, ControlHooks hooks);

  // GET / lists what there is.
  Response answer(const Request& request);

 private:
  Response set_fault(const std::string& body);
  Response list_faults() const;
  Response ks_naf(const std::string& body) const;
  Response revoke(const std::string& body) const;
  Response list_documents() const;
  void reset();

  Faults& faults_;
  Stats& stats_;
  XcapStore& store_;
  const SecretJournal& journal_;
  std::vector<std::string> naf_names_;
  ControlHooks hooks_;
};

// The endpoint's requests and the faults, for GET / and --help.
std::string control_help();

}  // namespace ut::lab
