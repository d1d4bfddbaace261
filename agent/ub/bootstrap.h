// One bootstrapping run on Ub (TS 33.220 clause 4.5.2, TS 24.109 clause 4).
#pragma once

#include "agent/gba/digest.h"
#include "agent/gba/security_association.h"
#include "agent/ports.h"
#include "agent/ub/config.h"
#include "agent/ub/gba_u.h"
#include "agent/ub/http_client.h"
#include "base/clock.h"
#include "base/random.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ut::ub {

// A challenge for the first request of the next run, from nextnonce [UB-12].
struct NextChallenge {
  std::uint64_t epoch = 0;  // of the subscriber whom it was given to
  gba::DigestChallenge challenge;
};

struct BootstrapParts {
  UbConfig config;
  ports::CardService& card;
  HttpClient& http;
  const Clock& clock;
  RandomSource& random;
};

// What a run knows from those before it.
struct BootstrapStart {
  std::optional<NextChallenge> next{};
  std::string tmpi{};  // the temporary identity; empty: the IMPI is used [UB-8]
  std::shared_ptr<CardGba> card = std::make_shared<CardGba>();  // the run writes what it learns
};

struct BootstrapResult {
  ports::Association association;
  std::optional<NextChallenge> next{};
  unsigned requests = 0;  // sent to the BSF
  bool bsf_knows_tmpi = false;
};

// The whole run. `parts` must outlive it. `wanted` is asked before anything is sent and before
// anything is kept: false ends the run with card_identity_changed. With GBA_U, B-TID and key
// lifetime are on the card when it ends well [UB-7]. Errors of the families ub, card and pin.
ports::Task<Result<BootstrapResult>> bootstrap(BootstrapParts parts, ports::Subscriber subscriber,
                                               BootstrapStart start, std::function<bool()> wanted);

}  // namespace ut::ub
