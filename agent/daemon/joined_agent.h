// The joined parts as agent/control looks at them.
#pragma once

#include "agent/card/card_service.h"
#include "agent/control/overview.h"
#include "agent/local/server.h"
#include "agent/ua/gateway.h"
#include "agent/ub/association_manager.h"
#include "tls/session_cache.h"

#include <memory>

namespace ut::daemon {

class JoinedAgent final : public control::WholeAgent {
 public:
  // All must outlive this; `server` is looked at when asked, as it is opened last.
  JoinedAgent(const card::CardService& card, ub::AssociationManager& associations,
              ua::Gateway& gateway, tls::SessionCache& sessions,
              const std::unique_ptr<local::Server>& server)
      : card_(card),
        associations_(associations),
        gateway_(gateway),
        sessions_(sessions),
        server_(server) {}

  control::Overview overview() const override;
  void forget() override;

 private:
  const card::CardService& card_;
  ub::AssociationManager& associations_;
  ua::Gateway& gateway_;
  tls::SessionCache& sessions_;
  const std::unique_ptr<local::Server>& server_;
};

}  // namespace ut::daemon
