/* HTTP Digest AKA on Ut itself, inside server-authenticated TLS, without a BSF (RFC 4169) [UT-7 UA-9].

   One subscriber (UE), one honest NAF, and an attacker with a server of his own, who opens TLS connections to the NAF.
   The card answers every fresh RAND and AUTN of its operator, whoever shows them; it does so outside TLS too, in
   bootstrapping and in the registration of an IMS client, where AKAv1 is used and the attacker sees and makes the
   messages. Such a client checks no realm that would help here, so none is modelled. Cryptography is perfect: AKAv1 and
   AKAv2 give different passwords from the same RAND, and neither tells the other.

   The NAF must never take a connection of the attacker for the subscriber's.

   A counter-measure is removed by one of
     AKAV1         AKAv1 on Ut too
     NO_NAF_CHECK  the UE answers AKA challenges of every TLS server, not of the configured NAF alone
   HONEST asserts instead that the subscriber never gets in, which must be wrong. */

#define V1 1
#ifdef AKAV1
#define V_UT V1
#else
#define V_UT 2
#endif

#define RAND_UE 0       /* in the NAF's challenge on the subscriber's connection */
#define RAND_ATTACKER 1 /* on the attacker's connection */

#define REFUSED 255

/* challenge: RAND. response: version of AKA, RAND. */
chan ue_challenge = [0] of { byte };
chan ue_response = [0] of { byte, byte };
chan server_challenge = [0] of { byte }; /* the UE in TLS with the attacker's server */
chan server_response = [0] of { byte, byte };
chan open_challenge = [0] of { byte }; /* the UE without TLS */
chan open_response = [0] of { byte, byte };
chan attacker_challenge = [0] of { byte };
chan attacker_response = [0] of { byte, byte };

proctype naf(chan challenge; chan response; byte shown; bool attacker) {
  byte version, echoed;
  challenge!shown;
  response?version, echoed;
  if
  :: version == V_UT && echoed == shown ->
#ifdef HONEST
     assert(attacker)
#else
     assert(!attacker)
#endif
  :: else
  fi
}

active proctype ue() {
  byte shown;
  byte sessions = 0;
  do
  :: sessions < 3 ->
     sessions++;
     if
     :: ue_challenge?shown; ue_response!V_UT, shown
     :: server_challenge?shown;
#ifdef NO_NAF_CHECK
        server_response!V_UT, shown
#else
        server_response!REFUSED, REFUSED
#endif
     :: open_challenge?shown; open_response!V1, shown
     fi
  :: break
  od
}

active proctype attacker() {
  byte shown, version, echoed;
  attacker_challenge?shown;
  do
  :: if
     :: server_challenge!shown; server_response?version, echoed
     :: open_challenge!shown; open_response?version, echoed
     fi;
     if
     :: version != REFUSED -> attacker_response!version, echoed; break
     :: else
     fi
  od
}

init {
  run naf(ue_challenge, ue_response, RAND_UE, false);
  run naf(attacker_challenge, attacker_response, RAND_ATTACKER, true)
}
