// AKA quantities by their names in TS 33.102, each a type of its own.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <variant>

namespace ut::isim {

struct RandTag;
struct AutnTag;
struct AutsTag;
struct CkTag;
struct IkTag;
using Rand = SizedBytes<RandTag, 16>;
using Autn = SizedBytes<AutnTag, 16>;  // (SQN xor AK) || AMF || MAC
using Auts = SizedBytes<AutsTag, 14>;  // (SQNms xor AK*) || MAC-S
using Ck = SizedSecret<CkTag, 16>;
using Ik = SizedSecret<IkTag, 16>;

struct GsmSresTag;
struct GsmKcTag;
struct KsExtNafTag;
using GsmSres = SizedSecret<GsmSresTag, 4>;
using GsmKc = SizedSecret<GsmKcTag, 8>;
using KsExtNaf = SizedSecret<KsExtNafTag, 32>;  // TS 33.220 clause 5.3.3

// RES, 4 to 16 octets.
struct Res {
  SecretBytes octets{};
};

// The three outcomes of AUTHENTICATE in the IMS AKA context (TS 31.103 clause 7.1.1) [IS-5].
struct AkaSuccess {
  Res res;
  Ck ck;
  Ik ik;
};
struct AkaSynchronisationFailure {
  Auts auts;
};
struct AkaMacFailure {};
using AkaOutcome = std::variant<AkaSuccess, AkaSynchronisationFailure, AkaMacFailure>;

// The outcomes of a bootstrapping on the card (GBA context, TS 31.103 clause 7.1.1.3): CK and IK
// stay there as Ks.
struct GbaBootstrapped {
  Res res;
};
using GbaBootstrappingOutcome =
    std::variant<GbaBootstrapped, AkaSynchronisationFailure, AkaMacFailure>;

// The outcomes of a derivation of NAF keys on the card: Ks_int_NAF stays there.
struct GbaNafDerived {
  KsExtNaf ks_ext_naf;
};
struct GbaNotBootstrapped {};  // there is no Ks on the card: bootstrap first
using GbaDerivationOutcome = std::variant<GbaNafDerived, GbaNotBootstrapped>;

}  // namespace ut::isim
