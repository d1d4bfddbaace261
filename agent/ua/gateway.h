// Ut requests carried to the NAF [UT-1 UT-3 UT-5]: the gateway as agent/local sees it.
#pragma once

#include "agent/ports.h"
#include "agent/ua/channel.h"
#include "agent/ua/config.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace ut::isim {
struct Identity;
}

namespace ut::ua {

class Gateway final : public ports::UtGateway {
 public:
  // All references must outlive the gateway; it listens to `cards` and `associations` for their
  // ends.
  Gateway(boost::asio::any_io_executor executor, UaConfig config, ports::CardService& cards,
          ports::AssociationSource& associations, Connector& connector, RandomSource& random,
          const Clock& clock);
  ~Gateway() override;

  // Errors of the families card, pin and ub as they come; tls, network and limit of the channel;
  // ua_*; request_* when the request cannot be put on the wire.
  ports::Task<Result<ports::UtReport>> exchange(ports::UtRequest&& request,
                                                ports::ResponseSink& sink) override;

  // Wipes every key, closes every channel and forgets the TLS sessions; exchanges under way end
  // with ub_forgotten.
  void forget();

  // This machine is in another network: channels that cannot work any more are closed, and requests
  // that were on them go on over new ones. A NAF that rests after a refusal rests on.
  void network_changed();

  // Ends every exchange with shutting_down, wipes every key.
  void stop();

  struct Channels {
    std::size_t idle = 0;
    std::size_t in_use = 0;
    std::size_t waiting = 0;
  };
  Channels channels() const;
  // `subscriber` is his name in the configuration.
  void measure(metrics::Page& page, std::string_view subscriber) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The identity a request acts under: `wanted` when the card owns it, the default IMPU when `wanted`
// is empty, nothing when the card names none; valid as long as `identity`. ua_identity_not_owned
// [UA-8].
Result<std::string_view> intended_identity(const isim::Identity& identity, std::string_view wanted);

}  // namespace ut::ua
