#include "agent/control/service.h"

#include "agent/control/key_answer.h"
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
    Resource{Door::application, "/keys", "POST"},
};

void log_given(const OwnRequest& request, const KeyRequest& wanted,
               const gba::SecurityAssociation& association) {
  log::info("key.given", {{"application", request.application},
                          {"uid", request.uid},
                          {"naf", wanted.naf_id.fqdn()},
                          {"ua", wanted.naf_id.ua().to_text()},
                          {"kind", key_kind(association)},
                          {"with_key", wanted.with_key},
                          {"forced", wanted.force_bootstrapping},
                          {"b_tid", log::personal("b_tid", association.b_tid())}});
}

void log_refused(const OwnRequest& request, const Result<KeyRequest>& wanted,
                 const Association& association, const Error& error) {
  log::warning("key.refused", {{"application", request.application},
                               {"uid", request.uid},
                               {"naf", wanted ? wanted->naf_id.fqdn() : ""},
                               {"ua", wanted ? wanted->naf_id.ua().to_text() : ""},
                               {"b_tid", association ? log::personal("b_tid", association->b_tid())
                                                     : std::string()},
                               {"problem", name(error.code)},
                               {"why", to_text(error)}});
}

}  // namespace

Service::Service(ControlConfig config, WholeAgent& agent, ports::CardService& card,
                 ports::AssociationSource& associations, const Clock& clock)
    : config_(std::move(config)),
      agent_(agent),
      card_(card),
      associations_(associations),
      clock_(clock),
      forced_runs_(config_.forced_rest, config_.longest_forced_rest) {}

std::string_view Service::methods_of(Door door, std::string_view path) const {
  const auto* const found = std::ranges::find_if(kResources, [&](const Resource& resource) {
    return resource.door == door && resource.path == path;
  });
  return found == kResources.end() ? std::string_view() : found->methods;
}

Task<Result<SecretBytes>> Service::answer(OwnRequest request) {
  if (request.path == "/status") {
    const auto text = status_document(agent_.overview(), keys_, clock_.steady());
    co_return SecretBytes::copy_of(as_bytes(text));
  }
  if (request.path == "/forget") {
    const bool had = agent_.overview().association != nullptr;
    log::info("control.forget", {{"uid", request.uid}, {"association", had}});
    agent_.forget();
    co_return SecretBytes::copy_of(
        as_bytes(had ? "{\"association\":true}\n" : "{\"association\":false}\n"));
  }
  co_return co_await give_key(std::move(request));
}

Task<Result<SecretBytes>> Service::give_key(OwnRequest request) {
  const Result<KeyRequest> wanted = parse_key_request(request.body);
  Result<GivenKey> given = GivenKey();
  if (!wanted) {
    given = std::unexpected(wanted.error());
  } else if (auto allowed = authorise_key(config_.key_grants, request.application, wanted->naf_id);
             !allowed) {
    given = std::unexpected(std::move(allowed).error());
  } else {
    given = co_await derive_key(*wanted, request.application);
  }
  if (!given) {
    ++keys_.refused;
    log_refused(request, wanted, agent_.overview().association, given.error());
    co_return std::unexpected(std::move(given).error());
  }
  ++keys_.given;
  log_given(request, *wanted, *given->association);
  co_return key_answer(*given->association, wanted->naf_id, given->key ? &*given->key : nullptr,
                       clock_.steady());
}

// A key that the card has lost is bootstrapped for once [UB-7].
Task<Result<Service::GivenKey>> Service::derive_key(KeyRequest wanted, std::string application) {
  bool force = wanted.force_bootstrapping;
  for (bool again = false;; again = true, force = false) {
    CO_TRY(auto association, co_await association_for(force, application));
    if (!wanted.with_key) {
      co_return GivenKey{std::move(association), std::nullopt};
    }
    auto key = co_await associations_.ks_naf(association, wanted.naf_id);
    if (!key) {
      if (again || key.error().code != ErrorCode::ub_gba_key_lost) {
        co_return std::unexpected(std::move(key).error());
      }
      continue;
    }
    CO_TRY_VOID(still_there(association));
    co_return GivenKey{std::move(association), *std::move(key)};
  }
}

// It may have gone between its arrival and this moment [KEY-3].
Result<void> Service::still_there(const Association& association) const {
  if (associations_.current() != association) {
    return fail(ErrorCode::ub_forgotten, "control.keys");
  }
  return {};
}

// The live association of the subscriber whose card is there at this moment [IS-6].
Task<Result<Association>> Service::association_for(bool force, std::string application) {
  auto subscriber = card_.known_subscriber();
  if (!subscriber) {
    CO_TRY(subscriber, co_await card_.subscriber());
  }
  const Association present = associations_.current();
  Result<Association> association = Association();
  if (force && present) {
    CO_TRY_VOID(forced_runs_.check(application, clock_.steady()));
    association = co_await associations_.renegotiate(present);
    if (association || association.error().code != ErrorCode::ua_backing_off) {
      forced_runs_.forced(application, clock_.steady());
    }
  } else {
    association = co_await associations_.obtain();
  }
  if (association && (*association)->epoch() != subscriber->epoch) {
    co_return fail(ErrorCode::card_identity_changed, "control.keys");
  }
  if (association) {
    CO_TRY_VOID(still_there(*association));
  }
  co_return association;
}

}  // namespace ut::control
