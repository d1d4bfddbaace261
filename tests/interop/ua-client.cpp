// The Ua gateway alone, with a security association that is fixed: the one of gba in
// tests/vectors/vectors.json. Sends requests to a NAF that is not ours and prints one JSON line for
// each and a summary.

#include "agent/gba/security_association.h"
#include "agent/token/token_certificate.h"
#include "agent/token/token_uri.h"
#include "agent/ua/gateway.h"
#include "agent/ua/tls_connector.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "isim/identity.h"
#include "tls/crypto/hash.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace ut;
using namespace std::chrono_literals;

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 443;
  std::string naf;
  std::string ca;
  std::string vectors;
  std::string method = "GET";
  std::string target = "/";
  std::string body;
  std::vector<std::string> headers;
  std::string wrong_b_tid;
  std::vector<std::string> methods;
  std::string psk_separator = ";";
  std::string certificate;
  std::string key;
  unsigned requests = 1;
  unsigned parallel = 1;
  unsigned channels = 64;
  unsigned pause_ms = 0;
  bool quiet = false;
};

// The association of the vectors; renewed never, and who asks is counted.
class FixedAssociation final : public ports::AssociationSource {
 public:
  explicit FixedAssociation(ports::Association association)
      : association_(std::move(association)) {}

  ports::Association current() const override { return obtained_ ? association_ : nullptr; }
  ports::Task<Result<ports::Association>> obtain(ports::Cause /*cause*/ = {}) override {
    obtained_ = true;
    co_return association_;
  }
  ports::Task<Result<ports::Association>> renegotiate(ports::Association,
                                                      ports::Cause /*cause*/ = {}) override {
    ++renegotiations;
    co_return fail(ErrorCode::ua_backing_off, "renegotiate");
  }
  ports::Task<Result<gba::KsNaf>> ks_naf(ports::Association association, gba::NafId naf_id,
                                         ports::Cause /*cause*/ = {}) override {
    co_return *association->ks_naf(naf_id);
  }
  void on_association_gone(std::function<void(const std::string&)>) override {}

  unsigned renegotiations = 0;

 private:
  ports::Association association_;
  bool obtained_ = false;
};

class FixedCard final : public ports::CardService {
 public:
  FixedCard() {
    auto identity = std::make_shared<isim::Identity>();
    identity->impus = {"sip:user1_public1@home1.net"};
    subscriber_ = {1, std::move(identity)};
  }
  ports::Task<Result<ports::Subscriber>> subscriber() override { co_return subscriber_; }
  ports::Task<Result<isim::AkaOutcome>> authenticate(ports::Subscriber, isim::Rand,
                                                     isim::Autn) override {
    co_return fail(ErrorCode::card_absent, "authenticate");
  }
  ports::Task<Result<isim::StoredGbaBootstrapping>> stored_gba_bootstrapping(
      ports::Subscriber) override {
    co_return fail(ErrorCode::card_absent, "stored_gba_bootstrapping");
  }
  ports::Task<Result<isim::GbaBootstrappingOutcome>> gba_bootstrap(ports::Subscriber, isim::Rand,
                                                                   isim::Autn) override {
    co_return fail(ErrorCode::card_absent, "gba_bootstrap");
  }
  ports::Task<Result<void>> store_gba_bootstrapping(ports::Subscriber,
                                                    isim::GbaBootstrapping) override {
    co_return fail(ErrorCode::card_absent, "store_gba_bootstrapping");
  }
  ports::Task<Result<void>> erase_gba_bootstrapping(ports::Subscriber, isim::Rand) override {
    co_return fail(ErrorCode::card_absent, "erase_gba_bootstrapping");
  }
  ports::Task<Result<isim::GbaDerivationOutcome>> gba_derive(ports::Subscriber, isim::Rand,
                                                             std::string, Bytes) override {
    co_return fail(ErrorCode::card_absent, "gba_derive");
  }
  void on_subscriber_gone(std::function<void(std::uint64_t)>) override {}

 private:
  ports::Subscriber subscriber_;
};

struct Collected final : ports::ResponseSink {
  Result<void> header(ports::UtResponseHeader got) override {
    head = std::move(got);
    return {};
  }
  ports::Task<Result<void>> body(ByteView octets) override {
    content += as_text(octets);
    co_return Result<void>{};
  }
  ports::UtResponseHeader head{};
  std::string content{};
};

ports::Association association_from(const Options& options, const Clock& clock) {
  std::ifstream in(options.vectors);
  const auto vector = nlohmann::json::parse(in).at("gba");
  const auto octets = [&](const char* name) {
    return from_hex(vector.at(name).get<std::string>()).value();
  };
  const std::string b_tid = options.wrong_b_tid.empty()
                                ? vector.at("ub").at("btid").get<std::string>()
                                : options.wrong_b_tid;
  return std::make_shared<const gba::SecurityAssociation>(
      gba::SecurityAssociation::Parts{.b_tid = b_tid,
                                      .impi = vector.at("IMPI").get<std::string>(),
                                      .rand = isim::Rand::from(octets("RAND")).value(),
                                      .ks = gba::Ks::from(octets("Ks")).value(),
                                      .epoch = 1,
                                      .created = clock.steady(),
                                      .expires = clock.utc() + 1h,
                                      .remaining = 1h});
}

ports::UtRequest request_from(const Options& options) {
  ports::UtRequest request;
  request.method = options.method;
  request.naf = options.naf;
  request.port = options.port;
  request.target = options.target;
  request.body = options.body;
  request.application = "ua-client";
  for (const auto& line : options.headers) {
    const auto colon = line.find(": ");
    request.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  return request;
}

struct Tally {
  unsigned left = 0;
  unsigned succeeded = 0;
  unsigned failed = 0;
  unsigned round_trips = 0;
  unsigned new_channels = 0;
  unsigned resumed = 0;
};

nlohmann::json describe(const Collected& got, const ports::UtReport& report) {
  nlohmann::json headers = nlohmann::json::object();
  for (const auto& field : got.head.headers) {
    headers[field.name] = field.value;
  }
  return {{"status", got.head.status},
          {"headers", headers},
          {"octets", got.content.size()},
          {"sha256", to_hex(crypto::hash(crypto::HashKind::sha256, as_bytes(got.content)))},
          {"version", report.tls_version},
          {"suite", report.tls_suite},
          {"resumed", report.tls_resumed},
          {"new_channel", report.tls_new_channel},
          {"ua_method", report.ua_method},
          {"isim_based", report.isim_based},
          {"ua", report.ua_protocol_id},
          {"round_trips", report.round_trips}};
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

asio::awaitable<void> worker(ports::UtGateway& gateway, const Options& options, Tally& tally) {
  while (tally.left > 0) {
    --tally.left;
    Collected got;
    const auto report = co_await gateway.exchange(request_from(options), got);
    if (report) {
      ++tally.succeeded;
      tally.round_trips += report->round_trips;
      tally.new_channels += report->tls_new_channel ? 1 : 0;
      tally.resumed += report->tls_new_channel && report->tls_resumed ? 1 : 0;
    } else {
      ++tally.failed;
    }
    if (!options.quiet) {
      std::cout << (report ? describe(got, *report)
                           : nlohmann::json{{"error", name(report.error().code)},
                                            {"text", to_text(report.error())}})
                << std::endl;
    }
    if (options.pause_ms > 0) {
      asio::steady_timer pause(co_await asio::this_coro::executor,
                               std::chrono::milliseconds(options.pause_ms));
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
}

long cpu_microseconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec +
         used.ru_stime.tv_usec;
}

// Certificate and key of our own: from files, or the key from a token.
Result<void> give_certificate(const Options& options, asio::io_context& loop,
                              ua::NafSettings& naf) {
  if (token::is_token_uri(options.key)) {
    token::TokenCertificateSettings settings{.naf = options.naf,
                                             .chain = content(options.certificate)};
    TRY(settings.key, token::parse_token_uri(options.key));
    settings.pin.read = [file = settings.key.pin_file]() -> Result<SecretBytes> {
      return SecretBytes::copy_of(as_bytes(content(file)));
    };
    settings.pin.source = [] { return std::string("file"); };
    naf.client_token = std::make_shared<token::TokenCertificate>(
        std::move(settings), std::make_shared<token::TokenThread>(loop.get_executor()));
    return {};
  }
  const std::string key = content(options.key);
  TRY(naf.client_certificate, tls::ClientCertificate::from_pem(content(options.certificate),
                                                               SecretBytes::copy_of(as_bytes(key)),
                                                               tls::standard_profile().minimum));
  return {};
}

int run(const Options& options) {
  if (!tls::start_library()) {
    return 2;
  }
  const SystemClock clock;
  SystemRandom random;
  auto trust = tls::Trust::from_file(options.ca);
  if (!trust) {
    std::cerr << to_text(trust.error()) << '\n';
    return 2;
  }
  asio::io_context loop(1);
  ua::UaConfig config;
  config.channels_per_naf = options.channels;
  auto& naf = config.nafs[options.naf];
  naf.address = options.address;
  naf.psk_separator = options.psk_separator;
  if (!options.methods.empty()) {
    naf.ways.methods.clear();
  }
  for (const auto& method : options.methods) {
    naf.ways.methods.push_back(ua::method_named(method).value());
  }
  if (!options.certificate.empty()) {
    if (auto own = give_certificate(options, loop, naf); !own) {
      std::cerr << to_text(own.error()) << '\n';
      return 2;
    }
  }
  auto contexts = ua::TlsContexts::create(*std::move(trust),
                                          std::make_shared<tls::SessionCache>(clock), config);
  if (!contexts) {
    std::cerr << to_text(contexts.error()) << '\n';
    return 2;
  }
  FixedCard card;
  FixedAssociation associations(association_from(options, clock));
  ua::TlsConnector connector(loop.get_executor(), *std::move(contexts), config, associations,
                             clock);
  ua::Gateway gateway(loop.get_executor(), config, card, associations, connector, random, clock);
  Tally tally;
  tally.left = options.requests;
  unsigned working = options.parallel;
  const auto began = std::chrono::steady_clock::now();
  const long cpu = cpu_microseconds();
  for (unsigned i = 0; i < options.parallel; ++i) {
    asio::co_spawn(loop, worker(gateway, options, tally), [&](std::exception_ptr thrown) {
      if (thrown) {
        std::rethrow_exception(thrown);
      }
      if (--working == 0) {
        loop.stop();
      }
    });
  }
  loop.run_for(120s);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  std::cout << nlohmann::json{{"succeeded", tally.succeeded},
                              {"failed", tally.failed},
                              {"unfinished", tally.left},
                              {"round_trips", tally.round_trips},
                              {"resumed", tally.resumed},
                              {"renegotiations", associations.renegotiations},
                              {"cpu_us_per_request",
                               static_cast<double>(cpu_microseconds() - cpu) / options.requests},
                              {"us_per_request",
                               static_cast<double>(took.count()) / options.requests}}
            << std::endl;
  gateway.stop();
  return tally.failed == 0 && tally.left == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Ua test client"};
  app.add_option("--naf", options.naf, "FQDN")->required();
  app.add_option("--address", options.address, "IP address to connect to");
  app.add_option("--port", options.port)->required();
  app.add_option("--ca", options.ca, "PEM bundle")->required();
  app.add_option("--vectors", options.vectors, "vectors.json")->required();
  app.add_option("--method", options.method);
  app.add_option("--target", options.target);
  app.add_option("--body", options.body);
  app.add_option("--header", options.headers, "'Name: value'");
  app.add_option("--b-tid", options.wrong_b_tid, "another B-TID than that of the key");
  app.add_option("--method-of-naf", options.methods, "digest, psk, certificate: in this order")
      ->check(CLI::IsMember({"digest", "psk", "certificate"}));
  app.add_option("--certificate", options.certificate, "PEM of a client certificate");
  app.add_option("--key", options.key,
                 "PEM of its key, or a PKCS #11 URI with module-path and pin-source");
  app.add_option("--psk-separator", options.psk_separator);
  app.add_option("--requests", options.requests);
  app.add_option("--parallel", options.parallel);
  app.add_option("--channels", options.channels, "at most this many");
  app.add_option("--pause", options.pause_ms, "milliseconds after each request");
  app.add_flag("--quiet", options.quiet, "the summary alone");
  CLI11_PARSE(app, argc, argv);
  log::set_level(log::Level::error);
  return run(options);
}
