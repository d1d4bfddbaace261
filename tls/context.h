// A TLS client configuration: profile, trust and session cache made into a wolfSSL context with
// none of the library's defaults left in place [UT-2 UT-4].
#pragma once

#include "base/result.h"
#include "tls/client_certificate.h"
#include "tls/crls.h"
#include "tls/profile.h"
#include "tls/session_cache.h"
#include "tls/trust.h"

#include <memory>
#include <string>

namespace ut::tls {

// Starts wolfSSL with its heap in locked memory, once a process and before anything else of tls/
// allocates in it; later calls give the first result. locked_memory_unavailable, crypto_failed.
Result<void> start_library();

// One loop thread uses a context and its streams.
class Context {
 public:
  // Every item of the profile is set and every answer of the library checked, so that nothing but
  // the profile can be negotiated. tls_trust_unusable for a CA certificate that the library cannot
  // read; tls_profile_violated when this wolfSSL does not know an item of the profile.
  // `sessions` may be nullptr: then nothing is resumed. With a profile of PSK no certificate is
  // trusted: `trust` is empty. With `client` a server that asks for a certificate gets it, and one
  // that does not ask is no peer: tls_client_certificate_not_asked.
  static Result<std::shared_ptr<Context>> create(
      Profile profile, Trust trust, std::shared_ptr<SessionCache> sessions,
      std::shared_ptr<const ClientCertificate> client = nullptr);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Profile& profile() const { return profile_; }
  const Trust& trust() const { return trust_; }
  const ClientCertificate* client() const { return client_.get(); }
  // nullptr: no CRL is looked at.
  const CrlJudge* crls() const { return crls_.get(); }
  // What a session must have been made with to be resumed: the trust, and our own certificate.
  std::string session_scope() const;
  SessionCache* sessions() const { return sessions_.get(); }

  // The wolfSSL half, for the other files of tls/.
  struct Native;
  Native& native() const { return *native_; }

 private:
  Context(Profile profile, Trust trust, std::shared_ptr<SessionCache> sessions);

  Profile profile_;
  Trust trust_;
  std::shared_ptr<const ClientCertificate> client_{};
  std::shared_ptr<SessionCache> sessions_;
  std::unique_ptr<CrlJudge> crls_{};
  std::unique_ptr<Native> native_;
};

}  // namespace ut::tls
