// A NAF, an association source and a card in memory, for conversations of the gateway without
// sockets. The NAF's digest is computed here from the formulas of RFC 7616, not by agent/gba.
#pragma once

#include "agent/gba/security_association.h"
#include "agent/ports.h"
#include "agent/ua/channel.h"
#include "agent/ua/gateway.h"
#include "base/clock.h"
#include "base/random.h"
#include "isim/identity.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ut::ua::test {

inline const std::string kNaf = "xcap.ims.mnc015.mcc234.pub.3gppnetwork.org";
inline const std::string kRealm = "3GPP-bootstrapping@" + kNaf;
inline const std::string kImpu = "sip:user1_public1@home1.net";
inline const std::string kSecondImpu = "tel:+447700900123";

class FakeClock final : public Clock {
 public:
  UtcTime utc() const override { return utc_; }
  SteadyTime steady() const override { return steady_; }
  void advance(std::chrono::milliseconds time) { steady_ += time; }
  void advance_utc(std::chrono::seconds time) { utc_ += time; }

 private:
  UtcTime utc_{std::chrono::seconds(1'700'000'000)};
  SteadyTime steady_{std::chrono::hours(1)};
};

// Random octets, or those that a test sets.
class FakeRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> octets) override;
  Bytes fixed{};

 private:
  SystemRandom system_;
};

// The association of vectors.json, then others with the same Ks and a B-TID that counts.
class FakeAssociations final : public ports::AssociationSource {
 public:
  explicit FakeAssociations(const Clock& clock) : clock_(clock) {}

  ports::Association current() const override { return live; }
  ports::Task<Result<ports::Association>> obtain(ports::Cause /*cause*/ = {}) override {
    ++asked;
    return obtained();
  }
  ports::Task<Result<ports::Association>> renegotiate(ports::Association used,
                                                      ports::Cause /*cause*/ = {}) override;
  ports::Task<Result<gba::KsNaf>> ks_naf(ports::Association association, gba::NafId naf_id,
                                         ports::Cause /*cause*/ = {}) override;
  void on_association_gone(std::function<void(const std::string&)> listener) override {
    listeners.push_back(std::move(listener));
  }

  ports::Association make();
  // Ends the live association, as the end of its lifetime does.
  void end();

  ports::Association live{};
  std::uint64_t epoch = 1;
  unsigned asked = 0;  // calls of obtain(), whether their end was awaited or not
  unsigned bootstrappings = 0;
  unsigned renegotiations = 0;
  unsigned lost_keys = 0;          // so many times the card has lost the key that is asked for
  std::function<void()> on_key{};  // called when a key is asked for
  std::optional<Error> obtain_error{};
  std::optional<Error> renegotiate_error{};
  std::vector<std::function<void(const std::string&)>> listeners{};

 private:
  ports::Task<Result<ports::Association>> obtained();
  const Clock& clock_;
};

class FakeCard final : public ports::CardService {
 public:
  FakeCard();
  ports::Task<Result<ports::Subscriber>> subscriber() override;
  ports::Task<Result<isim::AkaOutcome>> authenticate(ports::Subscriber, isim::Rand,
                                                     isim::Autn) override;
  ports::Task<Result<isim::StoredGbaBootstrapping>> stored_gba_bootstrapping(
      ports::Subscriber) override;
  ports::Task<Result<isim::GbaBootstrappingOutcome>> gba_bootstrap(ports::Subscriber, isim::Rand,
                                                                   isim::Autn) override;
  ports::Task<Result<void>> store_gba_bootstrapping(ports::Subscriber,
                                                    isim::GbaBootstrapping) override;
  ports::Task<Result<void>> erase_gba_bootstrapping(ports::Subscriber, isim::Rand) override;
  ports::Task<Result<isim::GbaDerivationOutcome>> gba_derive(ports::Subscriber, isim::Rand,
                                                             std::string, Bytes) override;
  void on_subscriber_gone(std::function<void(std::uint64_t)> listener) override {
    listeners.push_back(std::move(listener));
  }
  void pull();

  std::uint64_t epoch = 1;
  bool present = true;
  isim::Identity identity;
  // AUTHENTICATE in the IMS AKA context; without it the card is absent.
  std::function<Result<isim::AkaOutcome>(isim::Rand, isim::Autn)> on_authenticate{};
  unsigned authentications = 0;
  std::vector<std::function<void(std::uint64_t)>> listeners{};
};

// A request as it came over the wire.
struct Received {
  unsigned channel = 0;     // numbered from 1
  std::string psk_b_tid{};  // whose key authenticates the channel, if PSK TLS does
  std::string method;
  std::string target;
  ports::HeaderFields headers;
  std::string body;

  std::string header(std::string_view name) const;  // empty when absent
  bool has(std::string_view name) const;
  // A parameter of Authorization, unquoted.
  std::string parameter(std::string_view name) const;
};

// What the NAF does with a request: octets to send, and whether it closes then.
struct Reply {
  std::string octets;
  bool close = false;
  bool silent = false;  // neither answers nor closes
};

class FakeNaf final : public Connector {
 public:
  FakeNaf(boost::asio::io_context& loop, FakeAssociations& associations)
      : loop_(loop), associations_(associations) {}

  ports::Task<Result<std::unique_ptr<Channel>>> connect(NafAddress naf,
                                                        ports::Cause /*cause*/ = {}) override;
  bool refresh_trust() override { return std::exchange(trust_replaced, false); }
  void forget_sessions() override { ++sessions_forgotten; }
  void forget_sessions_of(std::string_view b_tid) override { forgotten_b_tids.emplace_back(b_tid); }

  // --- behaviour ---
  std::function<Reply(const Received&)> serve;  // replaces everything below
  std::vector<std::string> challenges{};        // WWW-Authenticate fields instead of the usual one
  std::string realm = kRealm;
  std::string algorithm = "MD5";
  std::string qop = "auth";
  bool one_time = false;       // each nonce is good for one request; nextnonce is given
  bool strict_nc = true;       // nc must be the next one
  bool nextnonce = false;      // given with each answer
  unsigned stale_after = 0;    // requests after which a nonce is stale; 0: never
  bool refuse_always = false;  // 401 whatever comes
  std::set<std::string> refused_b_tids{};
  bool ask = true;                 // asks for authentication
  std::string rspauth_override{};  // "none", or a value
  std::string status = "200 OK";
  std::string extra_headers{};
  std::string body = "<ok/>";
  bool chunked = false;
  std::size_t piece = 37;    // octets that a read gives at most: small, so every boundary is met
  unsigned close_after = 0;  // answers on a channel after which it is closed
  std::optional<Error> connect_error{};
  std::deque<Error> connect_errors{};  // of the next connections, before they work
  std::uint16_t suite = 0xc02f;
  bool plain_http = false;           // channels have no TLS
  bool trust_replaced = false;       // other CAs vouch for NAFs, which nobody has noticed yet
  net::Path path = net::Path::same;  // of every channel
  bool psk = false;  // channels are of PSK TLS; `refused_b_tids` then are refused in the handshake
  std::optional<CertificateFacts> certificate{};  // of channels that one of ours authenticates
  std::set<std::string> unknown_b_tids{};         // 401 on a channel of PSK TLS
  std::function<void()> on_connected{};           // called before a channel is given out

  // --- what happened ---
  std::vector<Received> received{};
  std::map<unsigned, unsigned> challenged{};  // 401 answers of each channel
  unsigned connections = 0;
  std::vector<std::uint16_t> ports{};  // of the connections
  unsigned distrusted = 0;             // channels that ended with fail_authentication()
  unsigned closed = 0;
  unsigned sessions_forgotten = 0;
  std::vector<std::string> forgotten_b_tids{};
  unsigned open = 0;
  // The NAF closes channels that lie idle, unseen by the gateway until it uses them.
  void close_idle_silently();
  void close_idle();

  Reply answer(const Received& request);

 private:
  friend class FakeChannel;
  struct Nonce {
    std::uint32_t nc = 0;
    bool used_up = false;
  };
  std::string new_nonce();
  Reply challenge(const Received& request, bool stale);
  std::string digest(const Received& request, std::string_view method,
                     std::string_view body_of) const;

  boost::asio::io_context& loop_;
  FakeAssociations& associations_;
  std::map<std::string, Nonce> nonces_{};
  unsigned nonce_count_ = 0;
  std::vector<class FakeChannel*> channels_{};
};

struct Sink final : ports::ResponseSink {
  Result<void> header(ports::UtResponseHeader got) override;
  ports::Task<Result<void>> body(ByteView octets) override;

  std::optional<ports::UtResponseHeader> head{};
  std::string content{};
  std::optional<Error> fail_header{};
};

// Everything together, with one request at a time or many.
struct World {
  explicit World(UaConfig config = {});

  Result<ports::UtReport> run(ports::UtRequest request, Sink& sink);
  std::vector<Result<ports::UtReport>> run_together(std::vector<ports::UtRequest> requests,
                                                    std::vector<Sink>& sinks);

  boost::asio::io_context loop{1};
  FakeClock clock;
  FakeRandom random;
  FakeCard card;
  FakeAssociations associations{clock};
  FakeNaf naf{loop, associations};
  Gateway gateway;
};

ports::UtRequest get(std::string target = "/resource-lists/users/index");
ports::UtRequest put(std::string body, std::string target = "/resource-lists/users/index");

}  // namespace ut::ua::test
