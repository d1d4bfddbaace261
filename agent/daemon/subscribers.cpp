#include "agent/daemon/subscribers.h"

#include <algorithm>
#include <utility>

namespace ut::daemon {

Subscriber& Subscribers::named(std::string_view name) const {
  const auto found = std::ranges::find(list_, name, [](const auto& one) { return one->name(); });
  return found == list_.end() ? *list_.front() : **found;
}

ports::Task<Result<ports::UtReport>> Subscribers::exchange(ports::UtRequest&& request,
                                                           ports::ResponseSink& sink) {
  auto& gateway = named(request.subscriber).gateway();
  return gateway.exchange(std::move(request), sink);
}

local::PublicIdentities Subscribers::known_identities(std::string_view subscriber) const {
  return named(subscriber).known_identities();
}

ports::Task<Result<local::PublicIdentities>> Subscribers::public_identities(
    std::string_view subscriber) {
  return named(subscriber).public_identities();
}

}  // namespace ut::daemon
