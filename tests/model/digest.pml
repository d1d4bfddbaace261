/* HTTP Digest with Ks_NAF inside server-authenticated TLS (TS 33.222 clause 5.3) [UT-7 UA-1 KEY-2].

   One subscriber (UE), one honest NAF, and an attacker who owns a server of his own with a good certificate for its own
   name, sits on every connection that TLS does not protect, and opens TLS connections to the NAF himself: a TLS client
   is anonymous there. Cryptography is perfect: a digest is made only with its key, Ks_NAF is one key for each FQDN and
   Ua security protocol identifier, and what runs in TLS is seen by its two ends alone.

   The NAF must never take a connection of the attacker for the subscriber's.

   A counter-measure is removed by one of
     NO_REALM_CHECK  the UE does not compare the FQDN in the realm with the name of its TLS peer
     NO_UA_ID        the key does not depend on the Ua security protocol identifier
   HONEST asserts instead that the subscriber never gets in, which must be wrong. */

#define NAF 0
#define ATTACKER 1

#define UA_TLS 0 /* 01 00 01 yy zz */
#ifdef NO_UA_ID
#define UA_PLAIN UA_TLS
#else
#define UA_PLAIN 1 /* 01 00 00 00 02 */
#endif

#define NONCE_UE 0       /* of the NAF, on the subscriber's connection */
#define NONCE_ATTACKER 1 /* of the NAF, on the attacker's connection */
#define NONCE_OTHER 2    /* of the attacker */

#define REFUSED 255

/* challenge: the FQDN in the realm, nonce. response: FQDN and Ua id of the key, nonce. */
chan ue_challenge = [0] of { byte, byte };
chan ue_response = [0] of { byte, byte, byte };
chan relayed_challenge = [0] of { byte, byte };
chan relayed_response = [0] of { byte, byte, byte };
chan attacker_challenge = [0] of { byte, byte };
chan attacker_response = [0] of { byte, byte, byte };

proctype naf(chan challenge; chan response; byte nonce; bool attacker) {
  byte fqdn, ua, echoed;
  challenge!NAF, nonce;
  response?fqdn, ua, echoed;
  if
  :: fqdn == NAF && ua == UA_TLS && echoed == nonce ->
#ifdef HONEST
     assert(attacker)
#else
     assert(!attacker)
#endif
  :: else
  fi
}

/* The UE speaks with the server of this name, and answers its challenge. */
inline answer(peer, ua, challenge, response) {
  challenge?realm, nonce;
  if
#ifndef NO_REALM_CHECK
  :: realm != peer -> response!REFUSED, REFUSED, REFUSED
  :: realm == peer -> response!realm, ua, nonce
#else
  :: response!realm, ua, nonce
#endif
  fi
}

active proctype ue() {
  byte realm, nonce;
  byte sessions = 0;
  do
  :: sessions < 3 ->
     sessions++;
     if
     :: answer(NAF, UA_TLS, ue_challenge, ue_response)                  /* TLS with the NAF */
     :: answer(ATTACKER, UA_TLS, relayed_challenge, relayed_response)   /* TLS with the attacker's server */
     :: answer(NAF, UA_PLAIN, relayed_challenge, relayed_response)      /* to the NAF's name without TLS */
     fi
  :: break
  od
}

active proctype attacker() {
  byte realm, nonce, fqdn, ua, echoed;
  bool connected = false;
end:
  do
  :: !connected -> attacker_challenge?realm, nonce; connected = true
  :: if
     :: fqdn = NAF
     :: fqdn = ATTACKER
     fi;
     if
     :: connected -> echoed = NONCE_ATTACKER
     :: echoed = NONCE_OTHER
     fi;
     relayed_challenge!fqdn, echoed;
     relayed_response?fqdn, ua, echoed;
     if
     :: connected && fqdn != REFUSED -> attacker_response!fqdn, ua, echoed; break
     :: true
     fi
  /* As a NAF of his own he has the keys of his own name. */
  :: connected -> attacker_response!ATTACKER, UA_TLS, NONCE_ATTACKER; break
  od
}

init {
  run naf(ue_challenge, ue_response, NONCE_UE, false);
  run naf(attacker_challenge, attacker_response, NONCE_ATTACKER, true)
}
