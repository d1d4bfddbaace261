// The security contexts of AUTHENTICATE (TS 31.103 clause 7.1.1, TS 31.102 clause 7.1.1).
#pragma once

#include "base/secret.h"
#include "isim/apdu.h"
#include "isim/soft/security_contexts.h"
#include "isim/soft/usim_aka.h"

#include <cstdint>
#include <functional>

namespace ut::isim::soft {

// What an AUTHENTICATE came to, for the log of the card's owner.
enum class AuthenticateEvent : std::uint8_t {
  success,
  synchronisation_failure,
  mac_failure,
  gsm_success,
  gba_bootstrapped,
  gba_naf_derived,
  gba_not_bootstrapped,
  gba_no_room,
  http_digest_success,
  context_unsupported,
  store_failure,
};
using AuthenticateObserver = std::function<void(Application, AuthenticateEvent)>;

struct AuthenticateAnswer {
  SecretBytes data{};
  StatusWord sw = 0;
};

// The card's side of AUTHENTICATE with one application active.
class Authenticator {
 public:
  Authenticator(UsimAka aka, SecurityContexts contexts, AuthenticateObserver observer)
      : aka_(std::move(aka)), contexts_(std::move(contexts)), observer_(std::move(observer)) {}

  // `p2` names the context. 9000 with DB.. (success) or DC.. (synchronisation failure), 9862 for a
  // wrong MAC, 9864 for a context that this card has not, 6A86 for one that the application cannot
  // have, 6700 and 6A80 for malformed data, 6581 when SQN cannot be stored; in the GBA context 6985
  // for a derivation without bootstrapping and 9866 when EF_GBANL has no room for it [M].
  AuthenticateAnswer run(Application application, std::uint8_t p2, ByteView data);

  // GbaContext::use_ks_int_naf of this application; nullopt without the service GBA too.
  std::optional<KsIntNaf> use_ks_int_naf(Application application, ByteView naf_id);

 private:
  AuthenticateAnswer aka(Application application, ByteView data);
  AuthenticateAnswer gsm(Application application, ByteView data);
  AuthenticateAnswer http_digest(Application application, ByteView data);
  AuthenticateAnswer gba(Application application, ByteView data);
  AuthenticateAnswer gba_bootstrap(Application application, GbaContext& context, ByteView fields);
  AuthenticateAnswer gba_derive(Application application, GbaContext& context, ByteView fields);
  AuthenticateAnswer unsupported(Application application, ByteView data);

  struct Context {
    Application application;
    std::uint8_t p2;
    AuthenticateAnswer (Authenticator::*run)(Application, ByteView);
  };
  static const Context kContexts[];

  AuthenticateAnswer end(Application application, AuthenticateEvent event, StatusWord sw);
  AuthenticateAnswer end(Application application, AuthenticateEvent event, SecretBytes data);
  // The endings that AKA and the bootstrapping of GBA share.
  AuthenticateAnswer failure(Application application, const AkaSynchronisationFailure& failure);
  AuthenticateAnswer failure(Application application, const AkaMacFailure& failure);

  UsimAka aka_;
  SecurityContexts contexts_;
  AuthenticateObserver observer_;
};

}  // namespace ut::isim::soft
