// What the agent itself answers: /status and /forget to its owner, /keys to applications.
#pragma once

#include "agent/control/forced_runs.h"
#include "agent/control/key_policy.h"
#include "agent/control/key_request.h"
#include "agent/control/overview.h"
#include "agent/control/status_document.h"
#include "agent/gba/kdf.h"
#include "agent/ports.h"
#include "base/clock.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ut::control {

struct ControlConfig {
  std::vector<KeyGrant> key_grants{};  // empty: no key is given to anybody
  // Between two bootstrapping runs that one application forces; doubled each time.
  std::chrono::seconds forced_rest{30};
  std::chrono::seconds longest_forced_rest{3600};
};

class Service final : public ports::OwnService {
 public:
  // All references must outlive the service.
  Service(ControlConfig config, WholeAgent& agent, ports::CardService& card,
          ports::AssociationSource& associations, const Clock& clock);

  std::string_view methods_of(ports::Door door, std::string_view path) const override;

  // Besides the errors of parse_key_request and authorise_key those of the families card, pin and
  // ub, and ua_backing_off for a bootstrapping that is forced too soon.
  ports::Task<Result<SecretBytes>> answer(ports::OwnRequest request) override;

 private:
  ports::Task<Result<SecretBytes>> give_key(ports::OwnRequest request);
  struct GivenKey {
    ports::Association association{};
    std::optional<gba::KsNaf> key{};  // nullopt: not asked for
  };
  ports::Task<Result<GivenKey>> derive_key(KeyRequest wanted, std::string application);
  ports::Task<Result<ports::Association>> association_for(bool force, std::string application);
  Result<void> still_there(const ports::Association& association) const;

  ControlConfig config_;
  WholeAgent& agent_;
  ports::CardService& card_;
  ports::AssociationSource& associations_;
  const Clock& clock_;
  ForcedRuns forced_runs_;
  KeyCounters keys_;
};

}  // namespace ut::control
