// What the agent itself answers: /status and /forget to its owner, /keys and /xcap to applications.
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
#include <functional>
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

// A resource of the control socket that another part answers.
struct OwnerResource {
  std::string path;
  std::string methods;  // as they stand in Allow
  std::function<ports::Task<Result<ports::OwnAnswer>>(ports::OwnRequest)> answer;
};

class Service final : public ports::OwnService {
  using Door = ports::Door;

 public:
  // `subscribers` is not empty; a request that names none is for the first. All that is referred to
  // must outlive the service.
  Service(ControlConfig config, WholeAgent& agent, std::vector<SubscriberPorts> subscribers,
          const Clock& clock);

  // To be called before anything is served. Applications never reach it.
  void add(OwnerResource resource) { added_.push_back(std::move(resource)); }

  // Which keys are given from the next request on.
  void set_key_grants(std::vector<KeyGrant> grants) { config_.key_grants = std::move(grants); }

  std::string_view methods_of(ports::Door door, std::string_view path) const override;

  // Besides the errors of parse_key_request, parse_forget_request and authorise_key those of the
  // families card, pin and ub, policy_subscriber_denied, and ua_backing_off for a bootstrapping
  // that is forced too soon.
  ports::Task<Result<ports::OwnAnswer>> answer(ports::OwnRequest request) override;

 private:
  struct GivenKey {
    ports::Association association{};
    std::optional<gba::KsNaf> key{};  // nullopt: not asked for
  };
  ports::OwnAnswer metrics() const;
  ports::Task<Result<ports::OwnAnswer>> ready();
  Result<SecretBytes> forget(const ports::OwnRequest& request);
  ports::Task<Result<SecretBytes>> bootstrap(ports::OwnRequest request);
  ports::Task<Result<SecretBytes>> tell_xcap(ports::OwnRequest request);
  ports::Task<Result<SecretBytes>> give_key(ports::OwnRequest request);
  Result<const SubscriberPorts*> permitted(const ports::OwnRequest& request,
                                           const KeyRequest& wanted) const;
  ports::Task<Result<GivenKey>> derive_key(const SubscriberPorts& subscriber, KeyRequest wanted,
                                           std::string application, ports::Cause cause);
  ports::Task<Result<ports::Association>> association_for(const SubscriberPorts& subscriber,
                                                          bool force, std::string application,
                                                          ports::Cause cause);
  const SubscriberPorts* find(std::string_view name) const;
  const OwnerResource* added(Door door, std::string_view path) const;

  ControlConfig config_;
  WholeAgent& agent_;
  std::vector<SubscriberPorts> subscribers_;
  const Clock& clock_;
  ForcedRuns forced_runs_;
  KeyCounters keys_;
  std::vector<OwnerResource> added_{};
};

}  // namespace ut::control
