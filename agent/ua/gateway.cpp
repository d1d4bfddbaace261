#include "agent/ua/gateway.h"

#include "agent/ua/exchange.h"
#include "base/log.h"
#include "isim/identity.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ut::ua {
namespace {

constexpr metrics::Family kChannels{"ut_agent_channels", metrics::Kind::gauge, "Channels to NAFs."};
constexpr metrics::Family kWaiting{"ut_agent_channel_waiters", metrics::Kind::gauge,
                                   "Requests that wait for a channel to their NAF."};

void log_exchange(const ports::UtRequest& request, const ports::UtReport& report) {
  log::info("ut.exchange", {{"request_id", request.cause.id.view()},
                            {"application", request.application},
                            {"subscriber", request.subscriber},
                            {"method", request.method},
                            {"naf", request.naf},
                            {"tls", report.tls_version},
                            {"suite", report.tls_suite},
                            {"resumed", report.tls_resumed},
                            {"new_channel", report.tls_new_channel},
                            {"ua_method", report.ua_method},
                            {"isim_based", report.isim_based},
                            {"ua", report.ua_protocol_id},
                            {"b_tid", log::personal("b_tid", report.b_tid)},
                            {"bootstrapped", report.bootstrapped},
                            {"round_trips", report.round_trips},
                            {"us", report.duration.count()}});
}

void log_failure(const ports::UtRequest& request, const Error& error) {
  log::info("ut.exchange", {{"request_id", request.cause.id.view()},
                            {"application", request.application},
                            {"subscriber", request.subscriber},
                            {"method", request.method},
                            {"naf", request.naf},
                            {"error", to_text(error)}});
}

}  // namespace

struct Gateway::State {
  State(boost::asio::any_io_executor executor, UaConfig settings, ports::CardService& with_cards,
        ports::AssociationSource& associations, Connector& with_connector, RandomSource& random,
        const Clock& clock)
      : config(std::move(settings)),
        cards(with_cards),
        connector(with_connector),
        shared{.config = config,
               .cards = with_cards,
               .associations = associations,
               .pool = ChannelPool::create(std::move(executor), with_connector, config, clock),
               .back_off = BackOff(config.first_back_off, config.longest_back_off),
               .random = random,
               .clock = clock} {}

  // Ends everything that lives on the present keys [IS-6 KEY-3].
  void forget_all(ErrorCode reason, std::string_view where) {
    ++shared.generation;
    shared.ended_by = reason;
    shared.back_off.forget_all();
    shared.pool->close_all({reason, where});
    connector.forget_sessions();
  }

  const UaConfig config;
  ports::CardService& cards;
  Connector& connector;
  Shared shared;
  bool stopped = false;
};

Gateway::Gateway(boost::asio::any_io_executor executor, UaConfig config, ports::CardService& cards,
                 ports::AssociationSource& associations, Connector& connector, RandomSource& random,
                 const Clock& clock)
    : state_(std::make_shared<State>(std::move(executor), std::move(config), cards, associations,
                                     connector, random, clock)) {
  cards.on_subscriber_gone([weak = std::weak_ptr(state_)](std::uint64_t) {
    if (const auto state = weak.lock()) {
      // His keys must not serve the next one.
      state->forget_all(ErrorCode::card_removed, "subscriber gone");
    }
  });
  associations.on_association_gone([weak = std::weak_ptr(state_)](const std::string& b_tid) {
    if (const auto state = weak.lock()) {
      state->shared.pool->forget_key(b_tid);
      state->connector.forget_sessions_of(b_tid);
    }
  });
}

// Requests that wait hold the state, and what they wait for is in it.
Gateway::~Gateway() {
  state_->shared.pool->close_all({ErrorCode::shutting_down, "stop"});
}

Result<std::string_view> intended_identity(const isim::Identity& identity,
                                           std::string_view wanted) {
  if (wanted.empty()) {
    return identity.impus.empty() ? std::string_view() : identity.impus.front();
  }
  const auto found = std::ranges::find(identity.impus, wanted);
  if (found == identity.impus.end()) {
    return fail(ErrorCode::ua_identity_not_owned, "check the intended identity");
  }
  return *found;
}

ports::Task<Result<ports::UtReport>> Gateway::exchange(ports::UtRequest&& request,
                                                       ports::ResponseSink& sink) {
  const auto state = state_;
  if (state->stopped) {
    co_return fail(ErrorCode::shutting_down, "take the request");
  }
  auto subscriber = state->cards.known_subscriber();
  if (!subscriber) {
    CO_TRY(subscriber, co_await state->cards.subscriber());
  }
  CO_TRY(const auto identity, intended_identity(*subscriber->identity, request.intended_identity));
  auto& shared = state->shared;
  const auto& settings = settings_of(shared.config, request.naf);
  if (request.port == kTlsPort) {
    request.port = default_port(settings);
  }
  const auto live = shared.associations.current();
  const NafAddress naf{request.naf, request.port};
  const auto now = shared.clock.steady();
  const auto& ways = settings.ways;
  const auto rests = [&](std::string_view refused) {
    return shared.back_off.resting(naf, refused, now);
  };
  if (rests(live ? std::string_view(live->b_tid()) : std::string_view()) ||
      (ways.has(Method::aka) && rests(subscriber->identity->impi)) ||
      (ways.has(Method::certificate) && rests(name(Method::certificate))) ||
      (ways.has(Method::subscriber_certificate) && rests(name(Method::subscriber_certificate)))) {
    co_return fail(ErrorCode::ua_backing_off, "take the request");
  }
  std::optional<ports::UtRequest> named;
  if (state->config.log_exchanges && log::enabled(log::Level::info)) {
    named.emplace();
    named->cause = request.cause;
    named->application = request.application;
    named->subscriber = request.subscriber;
    named->method = request.method;
    named->naf = request.naf;
  }
  subscriber->cause = request.cause;
  Exchange exchange(shared, std::move(request), sink, *std::move(subscriber), identity);
  auto result = co_await exchange.run();
  if (!result && state->stopped) {
    result = fail(ErrorCode::shutting_down, "carry the request");
  }
  shared.pool->counters().exchanged(bounded_name(shared.config, naf.fqdn), result.has_value());
  if (named) {
    if (result) {
      log_exchange(*named, *result);
    } else {
      log_failure(*named, result.error());
    }
  }
  co_return result;
}

void Gateway::forget() {
  state_->forget_all(ErrorCode::ub_forgotten, "asked to");
}

void Gateway::network_changed() {
  state_->shared.pool->network_changed();
}

void Gateway::stop() {
  state_->stopped = true;
  ++state_->shared.generation;
  state_->shared.pool->close_all({ErrorCode::shutting_down, "stop"});
}

void Gateway::measure(metrics::Page& page, std::string_view subscriber) const {
  const auto counts = state_->shared.pool->counts();
  const auto add = [&](std::string_view state, std::size_t channels) {
    page.add(kChannels, {{"subscriber", subscriber}, {"state", state}}, std::uint64_t{channels});
  };
  add("idle", counts.idle);
  add("in-use", counts.in_use);
  add("connecting", counts.connecting);
  page.add(kWaiting, {{"subscriber", subscriber}}, std::uint64_t{counts.waiting});
  state_->shared.pool->counters().measure(page, subscriber);
}

Gateway::Channels Gateway::channels() const {
  const auto counts = state_->shared.pool->counts();
  return {.idle = counts.idle, .in_use = counts.in_use, .waiting = counts.waiting};
}

}  // namespace ut::ua
