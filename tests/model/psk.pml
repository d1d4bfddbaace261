/* Shared-key TLS with Ks_NAF as the key (TS 33.222 clause 5.4) [UT-7 UA-6 KEY-2].

   One subscriber (UE), one honest NAF, and an attacker who is a NAF himself, with the keys that the BSF gives him for
   his own name; he relays between a UE that connects to him and the NAF. A local application got a key of the same NAF
   for another Ua protocol from the agent's key service, and has handed it to him [KEY-5]. Cryptography is perfect: the
   proof in a handshake is made only with the key, and is bound to the nonces of this very handshake.

   The NAF must never take a connection of the attacker for the subscriber's.

   A counter-measure is removed by one of
     NO_FQDN   the key does not depend on the FQDN of the NAF
     NO_UA_ID  the key does not depend on the Ua security protocol identifier
   HONEST asserts instead that the subscriber never gets in, which must be wrong. */

#define NAF 0
#ifdef NO_FQDN
#define ATTACKER NAF
#else
#define ATTACKER 1
#endif

#define UA_PSK 0 /* 01 00 01 yy zz, 01 00 00 00 07 */
#ifdef NO_UA_ID
#define UA_OTHER UA_PSK
#else
#define UA_OTHER 1
#endif

#define NONCE_UE 0       /* of the NAF, in the subscriber's handshake */
#define NONCE_ATTACKER 1 /* of the NAF, in the attacker's handshake */
#define NONCE_OTHER 2    /* of the attacker */

/* hello: the server's nonce. finished: FQDN and Ua id of the key, nonce. */
chan ue_hello = [0] of { byte };
chan ue_finished = [0] of { byte, byte, byte };
chan relayed_hello = [0] of { byte };
chan relayed_finished = [0] of { byte, byte, byte };
chan attacker_hello = [0] of { byte };
chan attacker_finished = [0] of { byte, byte, byte };

proctype naf(chan hello; chan finished; byte nonce; bool attacker) {
  byte fqdn, ua, echoed;
  hello!nonce;
  finished?fqdn, ua, echoed;
  if
  :: fqdn == NAF && ua == UA_PSK && echoed == nonce ->
#ifdef HONEST
     assert(attacker)
#else
     assert(!attacker)
#endif
  :: else
  fi
}

active proctype ue() {
  byte nonce;
  byte sessions = 0;
  do
  :: sessions < 3 ->
     sessions++;
     if
     :: ue_hello?nonce; ue_finished!NAF, UA_PSK, nonce
     :: relayed_hello?nonce; relayed_finished!ATTACKER, UA_PSK, nonce
     fi
  :: break
  od
}

active proctype attacker() {
  byte nonce, fqdn, ua, echoed;
  bool connected = false;
end:
  do
  :: !connected -> attacker_hello?nonce; connected = true
  :: if
     :: connected -> echoed = NONCE_ATTACKER
     :: echoed = NONCE_OTHER
     fi;
     relayed_hello!echoed;
     relayed_finished?fqdn, ua, echoed;
     if
     :: connected -> attacker_finished!fqdn, ua, echoed; break
     :: true
     fi
  /* With his own key, and with the one that the application had. */
  :: connected -> attacker_finished!ATTACKER, UA_PSK, NONCE_ATTACKER; break
  :: connected -> attacker_finished!NAF, UA_OTHER, NONCE_ATTACKER; break
  od
}

init {
  run naf(ue_hello, ue_finished, NONCE_UE, false);
  run naf(attacker_hello, attacker_finished, NONCE_ATTACKER, true)
}
