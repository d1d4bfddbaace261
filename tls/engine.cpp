#include "tls/engine.h"

#include "base/log.h"
#include "tls/buffers.h"
#include "tls/context_native.h"
#include "tls/crypto_device.h"
#include "tls/external_signature.h"
#include "tls/pin.h"
#include "tls/trust.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace ut::tls {
namespace {

namespace asio = boost::asio;

// How much application data one write takes: two records.
constexpr std::size_t kWriteSize = 2 * kRecordSize;

// Octets of a server's first flight that are held back from the library at most.
constexpr std::size_t kLargestFlight = 64 * 1024;

// RFC 8446 section 6.2, RFC 4279 section 2.
constexpr int kAlertBadRecordMac = 20;
constexpr int kAlertHandshakeFailure = 40;
constexpr int kAlertIllegalParameter = 47;
constexpr int kAlertAccessDenied = 49;
constexpr int kAlertDecryptError = 51;
constexpr int kAlertProtocolVersion = 70;
constexpr int kAlertInsufficientSecurity = 71;
constexpr int kAlertUnknownPskIdentity = 115;

// bad_certificate, unsupported, revoked, expired, unknown; unknown_ca; certificate_required.
constexpr std::array<int, 7> kAlertsOnCertificate = {42, 43, 44, 45, 46, 48, 116};

#pragma GCC diagnostic push
// Boost's base class is never deleted through, so its destructor is protected and not virtual.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class ErrorCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "ut.tls"; }
  std::string message(int value) const override {
    return std::string(meaning(static_cast<ErrorCode>(value)));
  }
};
#pragma GCC diagnostic pop

// What the library says, as far as it is more than "unknown error number", which is all that it has
// to say of these codes of OpenSSL's.
std::string library_text(int error) {
  switch (error) {
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "the signature is not that of the CA";
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
      return "not valid yet";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      return "expired";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "self-signed";
    default:
      break;
  }
  const char* const text =
      wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(static_cast<long>(error)));
  return text == nullptr || std::string_view(text).contains("unknown") ? std::string() : text;
}

// Which certificate of the chain the library does not take.
void explain_certificate(Error& error, int depth, std::span<const ByteView> chain) {
  if (error.detail.empty()) {
    return;
  }
  if (depth > 0) {
    error.detail += ", in certificate " + std::to_string(depth) + " above the NAF's";
  }
  if (depth < 0 || static_cast<std::size_t>(depth) >= chain.size()) {
    return;
  }
  const std::string issuer = issuer_for_people(chain[static_cast<std::size_t>(depth)]);
  if (!issuer.empty()) {
    error.detail += ", issued by " + issuer;
  }
}

std::string alert_text(int alert) {
  const char* const text = wolfSSL_alert_desc_string_long(alert);
  return text == nullptr ? std::string() : "the NAF's alert: " + std::string(text);
}

}  // namespace

const boost::system::error_category& error_category() {
  static const ErrorCategory category;
  return category;
}

boost::system::error_code make_error_code(ErrorCode code) {
  return {static_cast<int>(code), error_category()};
}

struct Engine::Native {
  Native() = default;
  ~Native() {
    wolfSSL_free(ssl);
    forget_key_schedules();
  }
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  WOLFSSL* ssl = nullptr;
  ReceiveBuffer in;
  SendBuffer out;
};

int on_receive(WOLFSSL*, char* to, int octets, void* engine) {
  return static_cast<Engine*>(engine)->take_received(
      {reinterpret_cast<std::uint8_t*>(to), static_cast<std::size_t>(octets)});
}

int on_send(WOLFSSL*, char* from, int octets, void* engine) try {
  static_cast<Engine*>(engine)->native_->out.put(
      {reinterpret_cast<const std::uint8_t*>(from), static_cast<std::size_t>(octets)});
  return octets;
} catch (const std::bad_alloc&) {
  return WOLFSSL_CBIO_ERR_GENERAL;
}

int on_verify(int library_agrees, WOLFSSL_X509_STORE_CTX* store) try {
  auto& engine = *static_cast<Engine*>(store->userCtx);
  // The callback is made for every certificate; the one for the server's own comes last.
  if (library_agrees == 1 && store->error_depth != 0) {
    return 1;
  }
  std::vector<ByteView> chain;
  for (int i = 0; store->certs != nullptr && i < store->totalCerts; ++i) {
    chain.emplace_back(store->certs[i].buffer, store->certs[i].length);
  }
  const int error = library_agrees == 1 ? 0 : store->error;
  return engine.judge_certificates(error, store->error_depth, chain) ? 1 : 0;
} catch (const std::bad_alloc&) {
  return 0;
}

int on_certificate_request(WOLFSSL* ssl, void*) {
  static_cast<Engine*>(wolfSSL_GetIOReadCtx(ssl))->certificate_asked_ = true;
  return 1;
}

// What went wrong is what the handshake then fails with.
int on_sign(WOLFSSL* ssl, const ToSign& what, unsigned char* to, unsigned* room) try {
  auto& engine = *static_cast<Engine*>(wolfSSL_GetIOReadCtx(ssl));
  const ClientCertificate* client = engine.context_->client();
  if (client == nullptr || client->external_key() == nullptr) {
    return BAD_STATE_E;
  }
  const auto signature = sign(*client->external_key(), client->leaf(), what);
  if (!signature) {
    engine.failure_ = signature.error();
    return SIG_TYPE_E;
  }
  if (signature->size() > *room) {
    return BUFFER_E;
  }
  std::ranges::copy(*signature, to);
  *room = static_cast<unsigned>(signature->size());
  return 0;
} catch (const std::bad_alloc&) {
  return MEMORY_E;
}

int on_sign_ecdsa(WOLFSSL* ssl, const unsigned char* digest, unsigned size, unsigned char* to,
                  unsigned* room, const unsigned char*, unsigned, void*) {
  return on_sign(ssl, {SignatureKind::ecdsa, {digest, size}}, to, room);
}

int on_sign_rsa(WOLFSSL* ssl, const unsigned char* digest_info, unsigned size, unsigned char* to,
                unsigned* room, const unsigned char*, unsigned, void*) {
  return on_sign(ssl, {SignatureKind::rsa_pkcs1, {digest_info, size}}, to, room);
}

int on_sign_rsa_pss(WOLFSSL* ssl, const unsigned char* digest, unsigned size, unsigned char* to,
                    unsigned* room, int, int, const unsigned char*, unsigned, void*) {
  return on_sign(ssl, {SignatureKind::rsa_pss, {digest, size}}, to, room);
}

int on_check_rsa(WOLFSSL* ssl, unsigned char* signature, unsigned size, unsigned char** inside,
                 const unsigned char*, unsigned, void*) {
  const auto* engine = static_cast<Engine*>(wolfSSL_GetIOReadCtx(ssl));
  const auto opened = open_rsa(engine->context_->client()->leaf(), {signature, size});
  *inside = opened.data();
  return opened.empty() ? RSA_SIGN_FAULT : static_cast<int>(opened.size());
}

int on_check_rsa_pss(WOLFSSL* ssl, unsigned char* signature, unsigned size, unsigned char** inside,
                     int hash, int, const unsigned char*, unsigned, void*) {
  const auto* engine = static_cast<Engine*>(wolfSSL_GetIOReadCtx(ssl));
  // The library says the hash by the sum of its object identifier.
  const auto opened =
      open_rsa_pss(engine->context_->client()->leaf(), {signature, size}, wc_OidGetHash(hash));
  *inside = opened.data();
  return opened.empty() ? RSA_SIGN_FAULT : static_cast<int>(opened.size());
}

unsigned on_psk(WOLFSSL* ssl, const char*, char* identity, unsigned identity_room,
                unsigned char* key, unsigned key_room) {
  // The hint was read off the wire before the key was asked for.
  auto* const engine = static_cast<Engine*>(wolfSSL_get_psk_callback_ctx(ssl));
  return engine->put_psk({identity, identity_room}, {key, key_room});
}

unsigned on_psk_for_suite(WOLFSSL* ssl, const char* hint, char* identity, unsigned identity_room,
                          unsigned char* key, unsigned key_room, const char*) {
  return on_psk(ssl, hint, identity, identity_room, key, key_room);
}

Engine::Engine(std::shared_ptr<Context> context, Socket socket, Peer peer)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      native_(std::make_unique<Native>()) {}

Engine::~Engine() = default;

Result<std::shared_ptr<Engine>> Engine::create(std::shared_ptr<Context> context, Socket socket,
                                               Peer peer) {
  TRY(peer.host, normalise_name(peer.host));
  std::shared_ptr<Engine> engine(
      new Engine(std::move(context), std::move(socket), std::move(peer)));
  TRY_VOID(engine->prepare());
  return engine;
}

Result<void> Engine::prepare() {
  boost::system::error_code code;
  socket_.non_blocking(true, code);
  if (!code) {
    // Without it a small write after a small write waits 44 ms for the peer's acknowledgement.
    socket_.set_option(asio::ip::tcp::no_delay(true), code);
  }
  if (code) {
    return fail(ErrorCode::system_call_failed, "Stream::create",
                ForeignNumber{ForeignKind::system, code.value()});
  }
  WOLFSSL* const ssl = wolfSSL_new(context_->native().ctx);
  if (ssl == nullptr) {
    return fail(ErrorCode::locked_memory_unavailable, "Stream::create");
  }
  native_->ssl = ssl;
  wolfSSL_SetIOReadCtx(ssl, this);
  wolfSSL_SetIOWriteCtx(ssl, this);
  wolfSSL_SetCertCbCtx(ssl, this);
  std::string alpn(kAlpn);
  if (wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, peer_.host.data(),
                     static_cast<unsigned short>(peer_.host.size())) != WOLFSSL_SUCCESS ||
      wolfSSL_UseALPN(ssl, alpn.data(), static_cast<unsigned>(alpn.size()),
                      WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS ||
      (asks_status() && wolfSSL_UseOCSPStapling(ssl, WOLFSSL_CSR_OCSP, 0) != WOLFSSL_SUCCESS) ||
      (uses_psk() && wolfSSL_set_psk_callback_ctx(ssl, this) != WOLFSSL_SUCCESS) ||
      wolfSSL_set_SessionTicket_cb(
          ssl,
          [](WOLFSSL*, const unsigned char*, int, void* engine) {
            static_cast<Engine*>(engine)->new_ticket_ = true;
            return 0;
          },
          this) != WOLFSSL_SUCCESS) {
    return fail(ErrorCode::locked_memory_unavailable, "Stream::create");
  }
  offer_session();
  // With a session of TLS 1.2 the library offers that version alone.
  const bool offers_tls13 = context_->profile().has(Version::tls13) && !offers_tls12_session();
  flight_.emplace(context_->profile(), offers_tls13 || (uses_psk() && peer_.takes_tls13),
                  offers_tls12_session());
  return {};
}

bool Engine::asks_status() const {
  return !uses_psk() && context_->profile().stapling != Revocation::off;
}

bool Engine::uses_psk() const {
  return context_->profile().authentication == Authentication::psk;
}

// The Ks_NAF of TLS 1.2 depends on the suite that the server chose, so the library gets the end of
// the server's flight, which it answers with the identity, after the key is here.
bool Engine::wants_key() const {
  if (!uses_psk() || psk_ || failure_) {
    return false;
  }
  return context_->profile().has(Version::tls13)
             ? !flight_->choice().version
             : flight_->done() && flight_->choice().key_exchange;
}

PskRequest Engine::key_request() const {
  const ServerChoice& choice = flight_->choice();
  return {.version = context_->profile().versions.front(),
          .suite = choice.suite,
          .hint = choice.psk_hint};
}

void Engine::give_key(Psk psk) {
  psk_ = std::move(psk);
}

Engine::ErrorCodeOfAsio Engine::refuse_key(Error error) {
  if (flight_->choice().version) {
    refuse_in_the_clear(kAlertHandshakeFailure);
    flush_now();
  }
  return fail_with(std::move(error));
}

unsigned Engine::put_psk(std::span<char> identity, std::span<std::uint8_t> key) {
  // The library wants the identity with a NUL at its end.
  if (!psk_ || psk_->identity.empty() || psk_->identity.size() >= identity.size() ||
      psk_->key.size() > key.size()) {
    return 0;
  }
  std::ranges::copy(psk_->identity, identity.begin());
  identity[psk_->identity.size()] = '\0';
  std::ranges::copy(psk_->key.expose(), key.begin());
  psk_used_ = true;
  return static_cast<unsigned>(psk_->key.size());
}

// In TLS 1.3 the library would hold its copy as long as the connection.
void Engine::wipe_psk() {
  psk_.reset();
  if (uses_psk()) {
    wolfSSL_FreeArrays(native_->ssl);
  }
}

SessionKey Engine::session_key() const {
  return {peer_.host, peer_.port, context_->session_scope(), peer_.b_tid};
}

void Engine::offer_session() {
  if (context_->sessions() == nullptr || (uses_psk() && peer_.b_tid.empty())) {
    return;
  }
  const Session* session = context_->sessions()->find(session_key());
  if (session != nullptr && context_->profile().has(session->version) &&
      wolfSSL_set_session(native_->ssl, session->handle.get()) == WOLFSSL_SUCCESS) {
    offered_session_ = *session;
  }
}

void Engine::keep_session() {
  new_ticket_ = false;
  if (context_->sessions() == nullptr || !session_ || (uses_psk() && peer_.b_tid.empty())) {
    return;
  }
  // Not by wolfSSL_get_session: whatever the cache mode says, it puts the session, secrets and all,
  // into a table of the process, where a server that chooses the same session id puts its own in
  // its place (CVE-2026-94419). A copy: the library goes on changing its own with every ticket.
  const std::unique_ptr<WOLFSSL_SESSION, decltype(&wolfSSL_SESSION_free)> current(
      wolfSSL_get1_session(native_->ssl), wolfSSL_SESSION_free);
  WOLFSSL_SESSION* const copy = current ? wolfSSL_SESSION_dup(current.get()) : nullptr;
  if (copy != nullptr) {
    Session session = *session_;
    session.handle = std::shared_ptr<WOLFSSL_SESSION>(copy, wolfSSL_SESSION_free);
    context_->sessions()->store(session_key(), std::move(session));
  }
}

void Engine::forget_session() {
  session_.reset();
  if (context_->sessions() != nullptr) {
    context_->sessions()->forget(peer_.host, peer_.port);
  }
}

bool Engine::judge_certificates(int library_error, int depth, std::span<const ByteView> chain) {
  if (library_error != 0) {
    if (!failure_) {
      failure_ = handshake_error(library_error);
      explain_certificate(*failure_, depth, chain);
    }
    return false;
  }
  if (uses_psk()) {
    failure_ =
        Error{ErrorCode::tls_psk_not_chosen, "handshake", {}, "the server shows a certificate"};
    return false;
  }
  auto summary =
      check_certificates(chain, context_->trust().certificates(), peer_.host, context_->profile());
  if (!summary) {
    failure_ = std::move(summary).error();
    return false;
  }
  if (auto pinned = expect_pinned(chain.front()); !pinned) {
    failure_ = std::move(pinned).error();
    return false;
  }
  if (const CrlJudge* crls = context_->crls()) {
    const auto until = crls->check(chain);
    if (!until) {
      failure_ = until.error();
      return false;
    }
    // No session outlives the word of the CRLs that it was made on.
    summary->end = std::min(summary->end, *until);
  }
  certificate_ = *summary;
  return true;
}

// [UT-2] The server's own key and not one of its issuers': whoever an issuer serves could bring
// that one along.
Result<void> Engine::expect_pinned(ByteView leaf) const {
  if (peer_.pins.empty()) {
    return {};
  }
  TRY(const Pin pin, pin_of(leaf));
  if (std::ranges::find(peer_.pins, pin) == peer_.pins.end()) {
    return fail(ErrorCode::tls_certificate_untrusted, "handshake",
                "its key is none of the NAF's pins; it has " + pin_text(pin));
  }
  return {};
}

// With a ticket of TLS 1.2 the library takes every ServerHello for a resumption, and the rest of a
// server's flight that declines it as out of order (-373). So it gets the flight when it is whole,
// without the ticket if it was declined.
bool Engine::offers_tls12_session() const {
  return offered_session_ && offered_session_->version == Version::tls12;
}

// A fatal alert before any key is in use.
void Engine::refuse_in_the_clear(std::uint8_t alert) {
  native_->out.put(std::array<std::uint8_t, 7>{21, 3, 3, 0, 2, 2, alert});
}

Step Engine::connect(ErrorCodeOfAsio& code) {
  if (failure_) {
    refuse_in_the_clear(kAlertIllegalParameter);
    code = make_error_code(failure_->code);
    return Step::failed;
  }
  if (offers_tls12_session() && flight_->choice().version && !flight_->done() && !received_end_ &&
      native_->in.size() < kLargestFlight) {
    return Step::want_input;
  }
  if (offers_tls12_session() && flight_->choice().key_exchange) {
    wolfSSL_set_SessionTicket(native_->ssl, nullptr, 0);
  }
  if (wants_key()) {
    code = make_error_code(ErrorCode::tls_handshake_failed);
    return Step::want_key;
  }
  if (wolfSSL_connect(native_->ssl) == WOLFSSL_SUCCESS) {
    auto sound = inspect();
    wipe_psk();
    if (!sound) {
      native_->out = {};
      code = fail_with(std::move(sound).error());
      return Step::failed;
    }
    return Step::done;
  }
  const int reason = wolfSSL_get_error(native_->ssl, 0);
  if (reason == WOLFSSL_ERROR_WANT_READ) {
    return Step::want_input;
  }
  code = fail_with(failure_ ? *failure_ : handshake_error(reason));
  wipe_psk();
  return Step::failed;
}

// [UT-4] Nothing but what was offered, whatever the library let pass.
Result<void> Engine::inspect() {
  const auto refuse = [](std::string detail) {
    return fail(ErrorCode::tls_profile_violated, "handshake", std::move(detail));
  };
  WOLFSSL* const ssl = native_->ssl;
  const Profile& profile = context_->profile();
  const Suite* suite =
      profile.suite(static_cast<std::uint16_t>(wolfSSL_get_current_cipher_suite(ssl)));
  if (suite == nullptr) {
    return refuse("the suite was not offered");
  }
  const auto version = static_cast<Version>(wolfSSL_version(ssl));
  if (!profile.has(version) || suite->version != version) {
    return refuse("the version was not offered");
  }
  const ServerChoice& choice = flight_->choice();
  if (!flight_->done() || choice.version != version || choice.suite != suite->number) {
    return refuse("the library took something else than the server sent");
  }
  negotiated_.version = version;
  negotiated_.suite = suite->number;
  negotiated_.suite_name = suite->name;
  negotiated_.resumed = wolfSSL_session_reused(ssl) == 1;
  negotiated_.dh_bits = choice.dh_bits;
  negotiated_.extended_master_secret = choice.extended_master_secret;
  if (const Group* group = profile.group(choice.group); group != nullptr) {
    negotiated_.group = group->name;
  }
  if (choice.abbreviated && !negotiated_.resumed) {
    return refuse("the keys changed before ServerHelloDone");
  }
  const bool key_exchange_seen = choice.group != 0 || choice.dh_bits != 0;
  if (!key_exchange_seen && (version == Version::tls13 || !negotiated_.resumed)) {
    return refuse("no ephemeral key exchange");
  }
  char* protocol = nullptr;
  unsigned short size = 0;
  if (wolfSSL_ALPN_GetProtocol(ssl, &protocol, &size) == WOLFSSL_SUCCESS && size > 0) {
    negotiated_.alpn.assign(protocol, size);
    if (negotiated_.alpn != kAlpn) {
      return refuse("the application protocol was not offered");
    }
  }
  if (version == Version::tls13 && !uses_psk() && choice.psk != negotiated_.resumed) {
    return refuse("library and server do not agree about the resumption");
  }
  if (negotiated_.resumed) {
    if (!offered_session_ || offered_session_->version != version) {
      return refuse("a session was resumed that was not offered");
    }
    if (version == Version::tls12 &&
        (offered_session_->suite != suite->number ||
         offered_session_->extended_master_secret != choice.extended_master_secret)) {
      return refuse("the suite or the extended master secret changed with the resumption");
    }
    session_ = offered_session_;
  } else {
    TRY_VOID(expect_authenticated(version));
    session_ = Session{
        .handle = nullptr,
        .version = version,
        .suite = suite->number,
        .extended_master_secret = negotiated_.extended_master_secret,
        .peer_certificate = certificate_ ? certificate_->fingerprint : CertificateFingerprint{},
        .peer_certificate_end = certificate_ ? certificate_->end : peer_.psk_end,
        .authenticated = SystemClock().utc()};
  }
  negotiated_.psk = uses_psk();
  negotiated_.client_certificate = context_->client() != nullptr;
  negotiated_.peer_certificate = session_->peer_certificate;
  negotiated_.peer_certificate_end = session_->peer_certificate_end;
  if (version == Version::tls12 || new_ticket_) {
    keep_session();
  }
  return {};
}

// In a full handshake: by that which the profile asks for and by nothing else [UT-2].
Result<void> Engine::expect_authenticated(Version version) const {
  if (!uses_psk()) {
    if (!certificate_) {
      return fail(ErrorCode::tls_peer_anonymous, "handshake");
    }
    // A channel over which we proved nothing must never look like one over which we did [UT-1].
    return context_->client() == nullptr || certificate_asked_
               ? Result<void>{}
               : fail(ErrorCode::tls_client_certificate_not_asked, "handshake");
  }
  if (certificate_ || !psk_ || !psk_used_ ||
      (version == Version::tls13 && !flight_->choice().psk)) {
    return fail(ErrorCode::tls_psk_not_chosen, "handshake");
  }
  return {};
}

Step Engine::read(std::span<std::uint8_t> to, std::size_t& octets, ErrorCodeOfAsio& code) {
  octets = 0;
  if (to.empty()) {
    return Step::done;
  }
  WOLFSSL* const ssl = native_->ssl;
  if (native_->in.empty() && wolfSSL_pending(ssl) == 0 && !received_end_ && !read_end_) {
    return Step::want_input;  // the library would say so, too, and note it in its error queue
  }
  while (!read_end_ && octets < to.size()) {
    const int room = static_cast<int>(std::min(to.size() - octets, std::size_t{1} << 24));
    const int got = wolfSSL_read(ssl, to.data() + octets, room);
    if (new_ticket_) {
      keep_session();
    }
    if (got > 0) {
      octets += static_cast<std::size_t>(got);
      if (native_->in.empty() && wolfSSL_pending(ssl) == 0) {
        break;
      }
      continue;
    }
    const int reason = wolfSSL_get_error(ssl, got);
    if (reason == WOLFSSL_ERROR_WANT_READ) {
      break;
    }
    if (reason == WOLFSSL_ERROR_ZERO_RETURN) {
      read_end_ = asio::error::eof;
    } else if (received_end_ && received_end_ != asio::error::eof) {
      read_end_ = received_end_;
    } else {
      read_end_ = fail_with(record_error(reason));
    }
  }
  if (octets > 0) {
    return Step::done;
  }
  code = read_end_;
  return read_end_ ? Step::failed : Step::want_input;
}

Step Engine::write(std::span<const ByteView> from, std::size_t& octets, ErrorCodeOfAsio& code) {
  octets = 0;
  if (from.empty()) {
    return Step::done;
  }
  ByteView data = from.front();
  std::span<std::uint8_t> gathered;
  if (from.size() > 1 && data.size() < kRecordSize) {
    gathered = context_->native().gather.expose_mutable();
    std::size_t size = 0;
    for (const ByteView piece : from) {
      const std::size_t part = std::min(piece.size(), gathered.size() - size);
      std::memcpy(gathered.data() + size, piece.data(), part);
      size += part;
    }
    gathered = gathered.first(size);
    data = gathered;
  }
  data = data.first(std::min(data.size(), kWriteSize));
  const int put = wolfSSL_write(native_->ssl, data.data(), static_cast<int>(data.size()));
  wipe(gathered);
  if (put <= 0) {
    code = fail_with(record_error(wolfSSL_get_error(native_->ssl, put)));
    return Step::failed;
  }
  octets = static_cast<std::size_t>(put);
  return Step::done;
}

void Engine::close_notify() {
  wolfSSL_shutdown(native_->ssl);
}

int Engine::take_received(std::span<std::uint8_t> to) {
  const std::size_t octets = native_->in.take(to);
  if (octets > 0) {
    return static_cast<int>(octets);
  }
  return received_end_ ? WOLFSSL_CBIO_ERR_CONN_CLOSE : WOLFSSL_CBIO_ERR_WANT_READ;
}

asio::mutable_buffer Engine::receive_space() {
  const auto space = native_->in.space();
  return {space.data(), space.size()};
}

void Engine::received(const ErrorCodeOfAsio& code, std::size_t octets) {
  const ByteView fresh = native_->in.received(octets);
  if (code) {
    received_end_ = code;
  }
  if (!flight_->done()) {
    if (auto sound = flight_->take(fresh); !sound) {
      failure_ = std::move(sound).error();
    }
  }
}

bool Engine::has_unsent() const {
  return !native_->out.empty();
}

asio::const_buffer Engine::begin_send() {
  const ByteView octets = native_->out.begin();
  return {octets.data(), octets.size()};
}

void Engine::sent(std::size_t octets) {
  native_->out.end(octets);
}

void Engine::flush_now() {
  if (native_->out.sending() || native_->out.empty()) {
    return;
  }
  ErrorCodeOfAsio code;
  native_->out.end(socket_.write_some(begin_send(), code));
}

bool Engine::still_idle() {
  if (read_end_ || !socket_.is_open()) {
    return false;
  }
  for (ErrorCodeOfAsio code; !code;) {
    const std::size_t octets = socket_.read_some(receive_space(), code);
    if (code == asio::error::would_block) {
      break;
    }
    received(code, octets);
    std::uint8_t unasked = 0;
    std::size_t count = 0;
    ErrorCodeOfAsio end;
    if (read({&unasked, 1}, count, end) != Step::want_input) {
      return false;
    }
    flush_now();
  }
  return true;
}

void Engine::close() {
  ErrorCodeOfAsio code;
  socket_.close(code);
}

Engine::ErrorCodeOfAsio Engine::fail_with(Error error) {
  failure_ = std::move(error);
  return make_error_code(failure_->code);
}

Error Engine::handshake_error(int library_error) {
  const auto because = [library_error](ErrorCode code) {
    return Error{code, "handshake", {ForeignKind::tls, library_error}, library_text(library_error)};
  };
  switch (library_error) {
    case ASN_BEFORE_DATE_E:
    case ASN_AFTER_DATE_E:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return because(ErrorCode::tls_certificate_expired);
    case OCSP_CERT_REVOKED:
    case CRL_CERT_REVOKED:
    case X509_V_ERR_CERT_REVOKED:
      return because(ErrorCode::tls_certificate_revoked);
    case DH_KEY_SIZE_E:
    case RSA_KEY_SIZE_E:
    case ECC_KEY_SIZE_E:
      return because(ErrorCode::tls_key_too_small);
    case VERSION_ERROR:
      return because(ErrorCode::tls_version_refused);
    case MEMORY_E:
    case MEMORY_ERROR:
      return because(ErrorCode::locked_memory_unavailable);
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
    case ASN_SIG_CONFIRM_E:
    case ASN_NAME_INVALID_E:
    case ASN_PATHLEN_INV_E:
    case ASN_PATHLEN_SIZE_E:
    case ECC_CURVE_OID_E:
    case NOT_CA_ERROR:
    case EXTKEYUSE_AUTH_E:
    case KEYUSE_SIGNATURE_E:
    case VERIFY_CERT_ERROR:
    case BAD_CERTIFICATE_STATUS_ERROR:
    case OCSP_CERT_UNKNOWN:
    case OCSP_LOOKUP_FAIL:
    case OCSP_INVALID_STATUS:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return because(ErrorCode::tls_certificate_untrusted);
    case SOCKET_PEER_CLOSED_E:
    case SOCKET_ERROR_E: {
      const std::string when = flight_->choice().version ? "in the middle of the handshake"
                                                         : "before the end of its ServerHello";
      return received_end_ && received_end_ != asio::error::eof
                 ? Error{ErrorCode::network_closed,
                         "handshake",
                         {ForeignKind::system, received_end_.value()},
                         "the connection broke " + when}
                 : Error{
                       ErrorCode::tls_closed, "handshake", {ForeignKind::tls, library_error}, when};
    }
    default:
      break;
  }
  WOLFSSL_ALERT_HISTORY alerts;
  if (library_error == FATAL_ERROR &&
      wolfSSL_get_alert_history(native_->ssl, &alerts) == WOLFSSL_SUCCESS) {
    return alert_error(alerts.last_rx.code);
  }
  return because(ErrorCode::tls_handshake_failed);
}

// Whether an alert says that the server does not take the certificate that it asked for (RFC 8446
// section 6.2).
bool Engine::refuses_our_certificate(int alert) const {
  return certificate_asked_ &&
         (std::ranges::find(kAlertsOnCertificate, alert) != kAlertsOnCertificate.end() ||
          alert == kAlertHandshakeFailure || alert == kAlertAccessDenied);
}

// What a server says by an alert. Of a pre-shared key: whether it does not do PSK with us, or does
// not take this key (RFC 4279 section 2, RFC 8446 section 4.2.11, TS 24.109 clause 5.3.3) [UA-6].
Error Engine::alert_error(int alert) const {
  const auto because = [alert](ErrorCode code) {
    return Error{code, "handshake", {ForeignKind::tls_alert, alert}, alert_text(alert)};
  };
  if (alert == kAlertProtocolVersion) {
    return because(ErrorCode::tls_version_refused);
  }
  if (refuses_our_certificate(alert)) {
    return because(ErrorCode::tls_client_certificate_refused);
  }
  if (!uses_psk()) {
    return because(ErrorCode::tls_handshake_failed);
  }
  // In TLS 1.3 identity and binder stand in the ClientHello, where a server that does not know the
  // identity goes on without it; in TLS 1.2 the server gets both after its own flight.
  const bool tls13 = context_->profile().has(Version::tls13);
  const bool after_flight = flight_->choice().key_exchange;
  switch (alert) {
    case kAlertUnknownPskIdentity:
    case kAlertDecryptError:
    case kAlertBadRecordMac:
      return because(tls13 || after_flight ? ErrorCode::tls_psk_refused
                                           : ErrorCode::tls_handshake_failed);
    case kAlertIllegalParameter:  // OpenSSL's, for a wrong binder
      return because(tls13 ? ErrorCode::tls_psk_refused : ErrorCode::tls_handshake_failed);
    case kAlertHandshakeFailure:
    case kAlertAccessDenied:
    case kAlertInsufficientSecurity:
      return because(after_flight ? ErrorCode::tls_psk_refused : ErrorCode::tls_psk_not_chosen);
    default:
      return because(ErrorCode::tls_handshake_failed);
  }
}

Error Engine::record_error(int library_error) {
  const ForeignNumber number{ForeignKind::tls, library_error};
  switch (library_error) {
    case SOCKET_PEER_CLOSED_E:
    case SOCKET_ERROR_E:
      return {ErrorCode::tls_truncated, "read", number, {}};
    case MEMORY_E:
    case MEMORY_ERROR:
      return {ErrorCode::locked_memory_unavailable, "read", number, {}};
    default:
      break;
  }
  WOLFSSL_ALERT_HISTORY alerts;
  if (library_error == FATAL_ERROR &&
      wolfSSL_get_alert_history(native_->ssl, &alerts) == WOLFSSL_SUCCESS) {
    // In TLS 1.3 a server judges our certificate after the handshake has ended here.
    const int alert = alerts.last_rx.code;
    return {refuses_our_certificate(alert) ? ErrorCode::tls_client_certificate_refused
                                           : ErrorCode::tls_closed,
            "read",
            {ForeignKind::tls_alert, alert},
            {}};
  }
  // Damaged, forged or out of order: no difference is made, so that nothing is learned from it.
  return {ErrorCode::tls_record_invalid, "read", number, {}};
}

Error Engine::error(const ErrorCodeOfAsio& code, std::string_view where) const {
  if (code.category() == error_category()) {
    if (failure_ && make_error_code(failure_->code) == code) {
      return *failure_;
    }
    return {static_cast<ErrorCode>(code.value()), where, {}, {}};
  }
  const ForeignNumber number{ForeignKind::system, code.value()};
  if (code == asio::error::eof) {
    return {ErrorCode::tls_closed, where, {}, {}};
  }
  if (code == asio::error::operation_aborted || code == asio::error::timed_out) {
    return {ErrorCode::network_timeout, where, number, {}};
  }
  return {ErrorCode::network_closed, where, number, {}};
}

}  // namespace ut::tls
