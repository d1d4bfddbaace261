// All subscribers, each found by his name.
#pragma once

#include "agent/daemon/subscriber.h"
#include "agent/local/own_identities.h"
#include "agent/ports.h"

#include <memory>
#include <string_view>
#include <vector>

namespace ut::daemon {

class Subscribers final : public ports::UtGateway, public local::OwnIdentities {
 public:
  // `list` is not empty; its first acts where nobody is named.
  explicit Subscribers(std::vector<std::unique_ptr<Subscriber>> list) : list_(std::move(list)) {}

  // As UtGateway and OwnIdentities; names are those of the configuration, or empty.
  ports::Task<Result<ports::UtReport>> exchange(ports::UtRequest&& request,
                                                ports::ResponseSink& sink) override;
  local::PublicIdentities known_identities(std::string_view subscriber) const override;
  ports::Task<Result<local::PublicIdentities>> public_identities(
      std::string_view subscriber) override;

  Subscriber& named(std::string_view name) const;
  const std::vector<std::unique_ptr<Subscriber>>& all() const { return list_; }

 private:
  std::vector<std::unique_ptr<Subscriber>> list_;
};

}  // namespace ut::daemon
