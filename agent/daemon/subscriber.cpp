#include "agent/daemon/subscriber.h"

#include "agent/daemon/pin_settings.h"
#include "agent/ub/messages.h"
#include "isim/identity.h"
#include "tls/trust.h"

#include <utility>

namespace ut::daemon {
namespace {

constexpr metrics::Family kTlsSessions{"ut_agent_tls_sessions", metrics::Kind::gauge,
                                       "TLS sessions that may be resumed."};

Result<card::CardConfig> card_config(const CardSettings& settings) {
  card::CardConfig config;
  config.reader_patterns = settings.readers;
  config.exclusive = settings.exclusive;
  config.toolkit = settings.toolkit;
  config.min_pin_tries = settings.min_pin_tries;
  config.application = {.allow_usim = settings.allow_usim,
                        .mnc_length = settings.mnc_length,
                        .aid = settings.aid,
                        .impi = settings.impi};
  config.iccid = settings.iccid;
  config.job_timeout = settings.timeout;
  config.look_again = settings.look_again;
  config.pin_latch_file = settings.pin_latch_file;
  TRY(config.pin, read_pin(settings));
  config.pin_source = pin_source(settings);
  return config;
}

Result<ua::TlsContexts> tls_contexts(tls::TrustFiles& files,
                                     std::shared_ptr<tls::SessionCache> sessions,
                                     const ua::UaConfig& config) {
  TRY(auto trust, files.load());
  return ua::TlsContexts::create(std::move(trust), std::move(sessions), config);
}

ub::CurlSettings curl_settings(const ub::UbConfig& config) {
  ub::CurlSettings settings;
  settings.address = config.bsf_address;
  settings.proxy = config.http_proxy;
  settings.user_agent = ub::user_agent(config);
  settings.timeout = config.request_timeout;
  return settings;
}

// The list lives as long as the identity that it is part of.
local::PublicIdentities identities_of(const ports::Subscriber& subscriber) {
  return {subscriber.identity, &subscriber.identity->impus};
}

}  // namespace

Result<std::unique_ptr<Subscriber>> Subscriber::create(SubscriberSettings settings, Common common) {
  TRY(auto card, card_config(settings.card));
  auto sessions = std::make_shared<tls::SessionCache>(common.clock);
  tls::TrustFiles trust_files(common.trust);
  TRY(auto contexts, tls_contexts(trust_files, sessions, common.ua));
  std::unique_ptr<Subscriber> subscriber(new Subscriber(
      std::move(settings), std::move(card), common, std::move(sessions), std::move(contexts)));
  subscriber->connector_.follow(std::move(trust_files));
  return subscriber;
}

Subscriber::Subscriber(SubscriberSettings settings, card::CardConfig card, Common common,
                       std::shared_ptr<tls::SessionCache> sessions, ua::TlsContexts contexts)
    : name_(std::move(settings.name)),
      xcap_root_(std::move(settings.xcap_root)),
      source_(card::pcsc_source(card)),
      card_(common.loop, std::move(card), std::move(source_)),
      http_(common.loop, curl_settings(settings.ub)),
      associations_(common.loop, settings.ub, card_, http_, common.clock, common.random),
      sessions_(std::move(sessions)),
      ua_(common.ua),
      connector_(common.loop, std::move(contexts), common.ua, associations_, common.clock),
      plain_connector_(common.plain_http == nullptr
                           ? nullptr
                           : common.plain_http(common.loop, common.ua, connector_)),
      gateway_(common.loop, common.ua, card_, associations_,
               plain_connector_ ? *plain_connector_ : connector_, common.random, common.clock),
      enrolment_(common.loop, card_, gateway_, common.clock) {
  connector_.enrol_with(enrolment_);
  // TLS sessions were made for the subscriber who has gone [IS-6].
  card_.on_subscriber_gone([sessions = sessions_](std::uint64_t) { sessions->forget_all(); });
}

local::PublicIdentities Subscriber::known_identities() const {
  const auto subscriber = card_.known_subscriber();
  return subscriber ? identities_of(*subscriber) : nullptr;
}

local::PublicIdentities Subscriber::last_identities() const {
  const auto identity = card_.status().identity;
  return identity ? local::PublicIdentities(identity, &identity->impus) : nullptr;
}

ports::Task<Result<local::PublicIdentities>> Subscriber::public_identities() {
  CO_TRY(const ports::Subscriber subscriber, co_await card_.subscriber());
  co_return identities_of(subscriber);
}

control::Overview::Subscriber Subscriber::overview() const {
  const auto card = card_.status();
  const auto ub = associations_.status();
  const auto channels = gateway_.channels();
  std::vector<control::Overview::Naf> nafs;
  for (const auto& [naf, reached] : connector_.ways().all()) {
    nafs.push_back({.fqdn = naf.fqdn,
                    .port = naf.port,
                    .way = ua::to_text(reached.way),
                    .passed_over = reached.passed_over});
  }
  // Always seen, whether they were reached or not [UA-10].
  for (const auto& [fqdn, settings] : ua_.nafs) {
    if (settings.plain_http) {
      nafs.push_back({.fqdn = fqdn,
                      .port = ua::default_port(settings),
                      .way = "plain http",
                      .passed_over = {}});
    }
  }
  return {
      .name = name_,
      .card = {.state = card::name(card.state),
               .reader = card.reader,
               .epoch = card.epoch,
               .identity = card.identity,
               .last_error = card.last_error},
      .association = ub.association,
      .bootstrapping = {.running = ub.running,
                        .runs = ub.runs,
                        .failures = ub.failures,
                        .last_failure = ub.last_failure,
                        .retry_in = ub.retry_in},
      .channels = {.idle = channels.idle, .in_use = channels.in_use, .waiting = channels.waiting},
      .tls_sessions = sessions_->size(),
      .nafs = std::move(nafs)};
}

void Subscriber::measure(metrics::Page& page) const {
  card_.measure(page, name_);
  associations_.measure(page, name_);
  gateway_.measure(page, name_);
  page.add(kTlsSessions, {{"subscriber", name_}}, std::uint64_t{sessions_->size()});
}

void Subscriber::forget() {
  gateway_.forget();
  enrolment_.forget();
  associations_.forget();
  sessions_->forget_all();
}

void Subscriber::network_changed() {
  associations_.network_changed();
  gateway_.network_changed();
}

void Subscriber::stop() {
  gateway_.stop();
  enrolment_.forget();
  associations_.wipe();
  sessions_->forget_all();
}

}  // namespace ut::daemon
