#include "agent/control/service.h"

#include "agent/audit.h"
#include "agent/control/key_answer.h"
#include "agent/control/readiness.h"
#include "agent/control/xcap_document.h"
#include "agent/gba/security_association.h"
#include "base/log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ut::control {
namespace {

using ports::Association;
using ports::Door;
using ports::OwnRequest;
using ports::Task;

struct Resource {
  Door door;
  std::string_view path;
  std::string_view methods;
};
constexpr std::array kResources = {
    Resource{Door::control, "/status", "GET, HEAD"},
    Resource{Door::control, "/forget", "POST"},
    Resource{Door::control, "/bootstrap", "POST"},
    Resource{Door::control, "/events", "GET"},  // the server of the socket streams them
    Resource{Door::control, "/metrics", "GET, HEAD"},
    Resource{Door::control, "/health", "GET, HEAD"},
    Resource{Door::control, "/ready", "GET, HEAD"},
    Resource{Door::monitor, "/metrics", "GET, HEAD"},
    Resource{Door::monitor, "/health", "GET, HEAD"},
    Resource{Door::monitor, "/ready", "GET, HEAD"},
    Resource{Door::application, "/keys", "POST"},
    Resource{Door::application, "/xcap", "GET, HEAD"},
};

constexpr metrics::Family kKeys{"ut_agent_keys_total", metrics::Kind::counter,
                                "Answers of the key service to applications."};

void log_given(const OwnRequest& request, const KeyRequest& wanted, std::string_view subscriber,
               const gba::SecurityAssociation& association) {
  log::info("key.given", {{"request_id", request.cause.id.view()},
                          {"application", request.application},
                          {"uid", request.uid},
                          {"subscriber", subscriber},
                          {"naf", wanted.naf_id.fqdn()},
                          {"ua", wanted.naf_id.ua().to_text()},
                          {"kind", association.key_kind()},
                          {"with_key", wanted.with_key},
                          {"forced", wanted.force_bootstrapping},
                          {"b_tid", log::personal("b_tid", association.b_tid())}});
}

void log_refused(const OwnRequest& request, const Result<KeyRequest>& wanted,
                 const SubscriberPorts* subscriber, const Error& error) {
  const Association association = subscriber ? subscriber->associations->current() : nullptr;
  log::warning("key.refused", {{"request_id", request.cause.id.view()},
                               {"application", request.application},
                               {"uid", request.uid},
                               {"subscriber", subscriber ? subscriber->name : std::string()},
                               {"naf", wanted ? wanted->naf_id.fqdn() : ""},
                               {"ua", wanted ? wanted->naf_id.ua().to_text() : ""},
                               {"b_tid", association ? log::personal("b_tid", association->b_tid())
                                                     : std::string()},
                               {"problem", name(error.code)},
                               {"why", to_text(error)}});
}

// It may have gone between its arrival and this moment [KEY-3].
Result<void> still_there(const SubscriberPorts& subscriber, const Association& association) {
  if (subscriber.associations->current() != association) {
    return fail(ErrorCode::ub_forgotten, "control.keys");
  }
  return {};
}

}  // namespace

Service::Service(ControlConfig config, WholeAgent& agent, std::vector<SubscriberPorts> subscribers,
                 const Clock& clock)
    : config_(std::move(config)),
      agent_(agent),
      subscribers_(std::move(subscribers)),
      clock_(clock),
      forced_runs_(config_.forced_rest, config_.longest_forced_rest) {}

std::string_view Service::methods_of(Door door, std::string_view path) const {
  const auto* const found = std::ranges::find_if(kResources, [&](const Resource& resource) {
    return resource.door == door && resource.path == path;
  });
  if (found != kResources.end()) {
    return found->methods;
  }
  const auto* const other = added(door, path);
  return other != nullptr ? std::string_view(other->methods) : std::string_view();
}

const OwnerResource* Service::added(Door door, std::string_view path) const {
  const auto found = std::ranges::find(added_, path, &OwnerResource::path);
  return door == Door::control && found != added_.end() ? &*found : nullptr;
}

Task<Result<ports::OwnAnswer>> Service::answer(OwnRequest request) {
  if (request.path == "/status") {
    const auto text = status_document(agent_.overview(), keys_, clock_.steady());
    co_return SecretBytes::copy_of(as_bytes(text));
  }
  if (request.path == "/metrics") {
    co_return metrics();
  }
  if (request.path == "/health") {
    // Whoever gets this is served by the one thread that does everything.
    co_return SecretBytes::copy_of(as_bytes("{\"alive\":true}\n"));
  }
  if (request.path == "/ready") {
    co_return co_await ready();
  }
  if (request.path == "/forget") {
    co_return forget(request);
  }
  if (request.path == "/bootstrap") {
    co_return co_await bootstrap(std::move(request));
  }
  if (request.path == "/xcap") {
    co_return co_await tell_xcap(std::move(request));
  }
  if (const auto* const other = added(request.door, request.path)) {
    co_return co_await other->answer(std::move(request));
  }
  co_return co_await give_key(std::move(request));
}

ports::OwnAnswer Service::metrics() const {
  metrics::Page page;
  agent_.measure(page);
  page.add(kKeys, {{"outcome", "given"}}, keys_.given);
  page.add(kKeys, {{"outcome", "refused"}}, keys_.refused);
  return {SecretBytes::copy_of(as_bytes(page.text())), 200, metrics::kMediaType};
}

// Looks at cards that are not known: who asks whether a request could be served wants to know what
// it would meet. A network is as good as the last bootstrapping, until one is needed no more.
Task<Result<ports::OwnAnswer>> Service::ready() {
  std::vector<Readiness> all;
  for (const auto& subscriber : subscribers_) {
    Readiness one{.subscriber = subscriber.name};
    if (!subscriber.card->known_subscriber()) {
      auto present = co_await subscriber.card->subscriber();
      if (!present) {
        one.obstacles.push_back(std::move(present).error());
      }
    }
    all.push_back(std::move(one));
  }
  const auto overview = agent_.overview();
  for (auto& one : all) {
    const auto found =
        std::ranges::find(overview.subscribers, one.subscriber, &Overview::Subscriber::name);
    if (found != overview.subscribers.end() && !found->association &&
        found->bootstrapping.last_failure) {
      one.obstacles.push_back(*found->bootstrapping.last_failure);
    }
  }
  co_return ports::OwnAnswer(SecretBytes::copy_of(as_bytes(readiness_document(all))),
                             all_ready(all) ? 200 : 503, "application/json");
}

Result<SecretBytes> Service::forget(const OwnRequest& request) {
  TRY(const std::string name, parse_forget_request(request.body));
  if (!name.empty() && find(name) == nullptr) {
    return fail(ErrorCode::request_body_malformed, "control.forget",
                "there is no subscriber \"" + name + "\"");
  }
  bool had = false;
  for (const auto& subscriber : agent_.overview().subscribers) {
    if (name.empty() || name == subscriber.name) {
      had = had || subscriber.association != nullptr;
      agent_.forget(subscriber.name);
    }
  }
  log::info("control.forget", {{"uid", request.uid}, {"subscriber", name}, {"association", had}});
  return SecretBytes::copy_of(
      as_bytes(had ? "{\"association\":true}\n" : "{\"association\":false}\n"));
}

// A new association in place of the present one, no more often than an application may force one.
Task<Result<SecretBytes>> Service::bootstrap(OwnRequest request) {
  CO_TRY(const std::string name, parse_forget_request(request.body));
  const auto* const subscriber = find(name);
  if (subscriber == nullptr) {
    co_return fail(ErrorCode::request_body_malformed, "control.bootstrap",
                   "there is no subscriber \"" + name + "\"");
  }
  auto association = co_await association_for(*subscriber, true, {}, request.cause);
  log::info("control.bootstrap",
            {{"request_id", request.cause.id.view()},
             {"uid", request.uid},
             {"subscriber", subscriber->name},
             {"outcome", association ? "done" : ut::name(association.error().code)}});
  if (!association) {
    co_return std::unexpected(std::move(association).error());
  }
  const auto text = association_document(*association, clock_.steady());
  co_return SecretBytes::copy_of(as_bytes(text));
}

// Of those for whom the application may act. What is the matter with an only one is the problem.
Task<Result<SecretBytes>> Service::tell_xcap(OwnRequest request) {
  if (request.subscribers.empty()) {
    request.subscribers.emplace_back();
  }
  std::vector<XcapHome> homes;
  for (const auto& name : request.subscribers) {
    const auto* const subscriber = find(name);
    if (subscriber == nullptr) {
      continue;
    }
    auto present = co_await subscriber->card->subscriber();
    if (!present && request.subscribers.size() == 1) {
      co_return std::unexpected(std::move(present).error());
    }
    homes.push_back({subscriber->name, subscriber->xcap_root, std::move(present)});
  }
  co_return SecretBytes::copy_of(as_bytes(xcap_document(homes)));
}

// An empty name is the first one's.
const SubscriberPorts* Service::find(std::string_view name) const {
  if (name.empty()) {
    return &subscribers_.front();
  }
  const auto found = std::ranges::find(subscribers_, name, &SubscriberPorts::name);
  return found == subscribers_.end() ? nullptr : &*found;
}

// Whose key `wanted` is about, if the application may have it.
Result<const SubscriberPorts*> Service::permitted(const OwnRequest& request,
                                                  const KeyRequest& wanted) const {
  TRY_VOID(authorise_key(config_.key_grants, request.application, wanted.naf_id));
  std::string name = wanted.subscriber;
  const auto& own = request.subscribers;
  if (name.empty() && !own.empty()) {
    name = own.front();
  }
  const auto* const subscriber = find(name);
  if (subscriber == nullptr ||
      (!wanted.subscriber.empty() && std::ranges::find(own, name) == own.end())) {
    return fail(ErrorCode::policy_subscriber_denied, "control.keys",
                "\"" + name + "\" is not among the subscribers of application \"" +
                    request.application + "\"");
  }
  return subscriber;
}

Task<Result<SecretBytes>> Service::give_key(OwnRequest request) {
  const Result<KeyRequest> wanted = parse_key_request(request.body);
  const SubscriberPorts* subscriber = nullptr;
  Result<GivenKey> given = GivenKey();
  if (!wanted) {
    given = std::unexpected(wanted.error());
  } else if (auto allowed = permitted(request, *wanted); !allowed) {
    given = std::unexpected(std::move(allowed).error());
  } else {
    subscriber = *allowed;
    given = co_await derive_key(*subscriber, *wanted, request.application, request.cause);
  }
  if (!given) {
    ++keys_.refused;
    log_refused(request, wanted, subscriber, given.error());
    co_return std::unexpected(std::move(given).error());
  }
  ++keys_.given;
  if (given->key) {
    ports::audit("key.handed_out", request.cause,
                 {{"naf", wanted->naf_id.fqdn()},
                  {"ua", wanted->naf_id.ua().to_text()},
                  {"kind", given->association->key_kind()},
                  {"b_tid", log::personal("b_tid", given->association->b_tid())},
                  {"outcome", "done"}});
  }
  log_given(request, *wanted, subscriber->name, *given->association);
  co_return key_answer(*given->association, wanted->naf_id, given->key ? &*given->key : nullptr,
                       clock_.steady());
}

// A key that the card has lost is bootstrapped for once [UB-7].
Task<Result<Service::GivenKey>> Service::derive_key(const SubscriberPorts& subscriber,
                                                    KeyRequest wanted, std::string application,
                                                    ports::Cause cause) {
  bool force = wanted.force_bootstrapping;
  for (bool again = false;; again = true, force = false) {
    CO_TRY(auto association, co_await association_for(subscriber, force, application, cause));
    if (!wanted.with_key) {
      co_return GivenKey{std::move(association), std::nullopt};
    }
    auto key = co_await subscriber.associations->ks_naf(association, wanted.naf_id, cause);
    if (!key) {
      if (again || key.error().code != ErrorCode::ub_gba_key_lost) {
        co_return std::unexpected(std::move(key).error());
      }
      continue;
    }
    CO_TRY_VOID(still_there(subscriber, association));
    co_return GivenKey{std::move(association), *std::move(key)};
  }
}

// The live association of the subscriber whose card is there at this moment [IS-6].
Task<Result<Association>> Service::association_for(const SubscriberPorts& subscriber, bool force,
                                                   std::string application, ports::Cause cause) {
  auto& associations = *subscriber.associations;
  auto present_card = subscriber.card->known_subscriber();
  if (!present_card) {
    CO_TRY(present_card, co_await subscriber.card->subscriber());
  }
  const Association present = associations.current();
  Result<Association> association = Association();
  if (force && present) {
    CO_TRY_VOID(forced_runs_.check(application, clock_.steady()));
    association = co_await associations.renegotiate(present, cause);
    if (association || association.error().code != ErrorCode::ua_backing_off) {
      forced_runs_.forced(application, clock_.steady());
    }
  } else {
    association = co_await associations.obtain(cause);
  }
  if (association && (*association)->epoch() != present_card->epoch) {
    co_return fail(ErrorCode::card_identity_changed, "control.keys");
  }
  if (association) {
    CO_TRY_VOID(still_there(subscriber, *association));
  }
  co_return association;
}

}  // namespace ut::control
