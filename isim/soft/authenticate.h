// The security contexts of AUTHENTICATE (TS 31.103 clause 7.1.1, TS 31.102 clause 7.1.1).
#pragma once

#include "base/secret.h"
#include "isim/apdu.h"
#include "isim/soft/card_profile.h"
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
  // `gsm_access` tells whether the USIM serves the GSM context and gives Kc (services 27 and 38).
  Authenticator(UsimAka aka, bool gsm_access, AuthenticateObserver observer)
      : aka_(std::move(aka)), gsm_access_(gsm_access), observer_(std::move(observer)) {}

  // `p2` names the context. 9000 with DB.. (success) or DC.. (synchronisation failure), 9862 for a
  // wrong MAC, 9864 for a context that this card has not, 6A86 for one that the application cannot
  // have, 6700 and 6A80 for malformed data, 6581 when SQN cannot be stored.
  AuthenticateAnswer run(Application application, std::uint8_t p2, ByteView data);

 private:
  AuthenticateAnswer aka(Application application, ByteView data);
  AuthenticateAnswer gsm(Application application, ByteView data);
  AuthenticateAnswer unsupported(Application application, ByteView data);

  struct Context {
    Application application;
    std::uint8_t p2;
    AuthenticateAnswer (Authenticator::*run)(Application, ByteView);
  };
  static const Context kContexts[];

  UsimAka aka_;
  bool gsm_access_;
  AuthenticateObserver observer_;
};

}  // namespace ut::isim::soft
