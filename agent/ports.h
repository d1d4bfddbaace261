// What the shells of the agent ask of each other. They never include one another: agent/daemon
// joins them through these interfaces. Everything here is used on the loop thread alone.
#pragma once

#include "agent/cause.h"
#include "agent/gba/kdf.h"
#include "agent/gba/naf_id.h"
#include "agent/header_fields.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/gba_files.h"

#include <boost/asio/awaitable.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ut::gba {
class SecurityAssociation;
}
namespace ut::isim {
struct Identity;
}
namespace ut::tls {
class ClientCertificate;
}

namespace ut::ports {

template <class T>
using Task = boost::asio::awaitable<T>;

// --- the card, as agent/ub and agent/ua see it (agent/card implements it) ---

// A subscriber whose card is present. The epoch changes whenever the card was removed, swapped or
// came back, so a value that outlived its card is recognised.
struct Subscriber {
  std::uint64_t epoch = 0;
  std::shared_ptr<const isim::Identity> identity;
  Cause cause{};  // of what is done with his card next
};

class CardService {
 public:
  virtual ~CardService() = default;

  // What subscriber() would give at once; nullopt when it has to wait for the card, or fails.
  virtual std::optional<Subscriber> known_subscriber() const { return std::nullopt; }

  // The present subscriber; reads the card when that has not been done in this epoch. Errors of the
  // families card and pin.
  virtual Task<Result<Subscriber>> subscriber() = 0;

  // What follows is done on the card of `subscriber`. card_identity_changed when it is no longer
  // the one present: nothing of the run may be used then.

  // AUTHENTICATE in the IMS AKA context.
  virtual Task<Result<isim::AkaOutcome>> authenticate(Subscriber subscriber, isim::Rand rand,
                                                      isim::Autn autn) = 0;

  // GBA_U (TS 33.220 clause 5 and annex G) [UB-7].

  // What EF_GBABP holds, and its room.
  virtual Task<Result<isim::StoredGbaBootstrapping>> stored_gba_bootstrapping(
      Subscriber subscriber) = 0;
  // AUTHENTICATE in the GBA context: Ks stays on the card, and replaces the one that was there.
  virtual Task<Result<isim::GbaBootstrappingOutcome>> gba_bootstrap(Subscriber subscriber,
                                                                    isim::Rand rand,
                                                                    isim::Autn autn) = 0;
  // Writes B-TID and key lifetime of the bootstrapping with this RAND into EF_GBABP.
  virtual Task<Result<void>> store_gba_bootstrapping(Subscriber subscriber,
                                                     isim::GbaBootstrapping bootstrapping) = 0;
  // Empties them, unless the card was bootstrapped anew since.
  virtual Task<Result<void>> erase_gba_bootstrapping(Subscriber subscriber, isim::Rand rand) = 0;
  // Ks_ext_NAF of the bootstrapping with this RAND and B-TID; GbaNotBootstrapped too when the card
  // holds another one now.
  virtual Task<Result<isim::GbaDerivationOutcome>> gba_derive(Subscriber subscriber,
                                                              isim::Rand rand, std::string b_tid,
                                                              Bytes naf_id) = 0;

  // Calls `listener` with the epoch that ended; keys, channels and sessions of it must be gone when
  // it returns [IS-6 KEY-3]. Listeners stay for the life of the service.
  virtual void on_subscriber_gone(std::function<void(std::uint64_t epoch)> listener) = 0;
};

// --- security associations, as agent/ua sees them (agent/ub implements it) ---

using Association = std::shared_ptr<const gba::SecurityAssociation>;

class AssociationSource {
 public:
  virtual ~AssociationSource() = default;

  // The live association of the present subscriber without any I/O; nullptr when there is none.
  virtual Association current() const = 0;

  // The live association; bootstraps when there is none. All callers share one run [UB-9], which
  // begins with the call: who will need the result later may await it later, or not at all. The
  // run is told in the log as that of the first caller's `cause`.
  virtual Task<Result<Association>> obtain(Cause cause = {}) = 0;

  // Bootstrapping renegotiation (TS 24.109 clause 5.2.5): the NAF refused `used`. Gives the live
  // association if it is a newer one already; else bootstraps, unless `used` is younger than the
  // minimum age: ua_backing_off [UA-4].
  virtual Task<Result<Association>> renegotiate(Association used, Cause cause = {}) = 0;

  // The Ks_NAF or Ks_ext_NAF of `association`; the card is asked only when Ks is there, and once
  // for each NAF_Id. ub_gba_key_lost when `association` has ended, or its Ks is not on the card any
  // more: obtain() gives another association then. Errors of the card. [UB-7 KEY-1]
  virtual Task<Result<gba::KsNaf>> ks_naf(Association association, gba::NafId naf_id,
                                          Cause cause = {}) = 0;

  // Calls `listener` after an association ended (replaced, expired, card gone), so that what was
  // derived from it goes too [KEY-3].
  virtual void on_association_gone(std::function<void(const std::string& b_tid)> listener) = 0;
};

// --- subscriber certificates, as agent/ua sees them (agent/pki implements it) ---

using SubscriberCertificate = std::shared_ptr<const tls::ClientCertificate>;

class CertificateSource {
 public:
  virtual ~CertificateSource() = default;

  // The present subscriber's certificate of this PKI portal (an FQDN); enrols when there is none.
  virtual Task<Result<SubscriberCertificate>> certificate(std::string portal, Cause cause = {}) = 0;

  // A NAF did not take `certificate`: another one is enrolled for, after a rest.
  virtual void refused(const std::string& portal, const SubscriberCertificate& certificate) = 0;
};

// --- one Ut request, as agent/local sees it (agent/ua implements it) ---

struct UtRequest {
  std::string method;  // "GET", "PUT", "DELETE", "HEAD", "POST"
  std::string naf;     // FQDN, lower case, no trailing dot
  std::uint16_t port = 443;
  std::string target;        // origin form, byte for byte as the application sent it
  HeaderFields headers;      // end-to-end headers that passed the header table [API-7]
  std::string body;          // held whole for the retry
  std::string application;   // the policy's name of the caller, for logs and back-off
  std::string subscriber{};  // whose keys are used, by his name in the configuration
  // The identity of X-3GPP-Intended-Identity without quotes; empty: the card's default IMPU.
  std::string intended_identity;
  Cause cause{};
};

struct UtResponseHeader {
  unsigned status = 0;
  std::string reason;
  HeaderFields headers;                           // already through the header table [API-7]
  std::optional<std::uint64_t> content_length{};  // nullopt: the end of the body is not known yet
};

// Where the answer goes while it arrives. An error ends the exchange: the application has gone.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  // Waits for nothing: the header leaves with the first octets of the body.
  virtual Result<void> header(UtResponseHeader header) = 0;
  // `octets` are valid until the call completes.
  virtual Task<Result<void>> body(ByteView octets) = 0;
  // The same as far as it needs no waiting. False when something is left of `octets`: body() with
  // the same ones goes on.
  virtual Result<bool> body_now(ByteView octets) {
    static_cast<void>(octets);
    return false;
  }
};

// How the request travelled, for status, log and demo. No secrets; the B-TID is personal data.
struct UtReport {
  std::string tls_version;  // "TLSv1.3"; "none" over plain http [UA-10]
  std::string tls_suite;    // IANA name
  bool tls_resumed = false;
  bool tls_new_channel = false;
  std::string_view ua_method = "none";  // a name of ua::Method; "none": by none
  bool isim_based = false;              // what authenticated the subscriber is the ISIM [UT-3]
  std::string ua_protocol_id;           // ten hexadecimal digits
  std::string b_tid;
  bool bootstrapped = false;  // a Ub run was made for this request
  unsigned round_trips = 0;   // requests sent to the NAF, challenge included
  std::chrono::microseconds duration{};
};

class UtGateway {
 public:
  virtual ~UtGateway() = default;
  // Carries one request, which is taken apart and must outlive the call as `sink` must. An error
  // before sink.header() was called is the application's problem document; after it the connection
  // to the application must be cut.
  virtual Task<Result<UtReport>> exchange(UtRequest&& request, ResponseSink& sink) = 0;
};

// --- what the agent itself answers, as agent/local sees it (agent/control implements it) ---

// The kind of socket by which a request came.
enum class Door : std::uint8_t {
  control,
  application,
  monitor,  // numbers and health alone, to whoever can connect
};

struct OwnRequest {
  Door door = Door::application;
  std::string path;           // of a resource that methods_of() knows at this door
  std::string body{};         // JSON, at most a few kilobytes
  std::string application{};  // the policy's name of the caller; empty at the control socket
  // For whom he may act, his own choice first; empty: for the first of the configuration.
  std::vector<std::string> subscribers{};
  uid_t uid = 0;  // of the caller, by the kernel
  Cause cause{};
};

struct OwnAnswer {
  // The JSON of a 200. Implicit: most answers are no more than that.
  OwnAnswer(SecretBytes octets) : body(std::move(octets)) {}
  OwnAnswer(SecretBytes octets, unsigned code, std::string_view media_type)
      : body(std::move(octets)), status(code), type(media_type) {}

  SecretBytes body;  // it may hold a key: it is sent from where it is, and wiped [KEY-4]
  unsigned status = 200;
  std::string_view type = "application/json";  // a literal
};

class OwnService {
 public:
  virtual ~OwnService() = default;
  // "GET, HEAD" or "POST"; empty when there is no such resource at this door.
  virtual std::string_view methods_of(Door door, std::string_view path) const = 0;
  // Logs its own refusals.
  virtual Task<Result<OwnAnswer>> answer(OwnRequest request) = 0;
};

}  // namespace ut::ports
