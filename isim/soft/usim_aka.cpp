#include "isim/soft/usim_aka.h"

#include "isim/soft/gba_u.h"
#include "tls/crypto/constant_time.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace ut::isim::soft {

Result<AkaOutcome> UsimAka::authenticate(const Rand& rand, const Autn& autn) {
  return check(rand, autn, algorithm_->f2345(rand));
}

Result<AkaOutcome> UsimAka::authenticate_gba_u(const Rand& rand, const Autn& autn_star) {
  auto response = algorithm_->f2345(rand);
  const Autn autn = modify_mac(autn_star, response.ik);
  return check(rand, autn, std::move(response));
}

Result<AkaOutcome> UsimAka::check(const Rand& rand, const Autn& autn,
                                  AkaAlgorithm::Response response) {
  const auto octets = autn.view();
  std::array<std::uint8_t, 6> revealed;
  std::ranges::transform(octets.first<6>(), response.ak.expose(), revealed.begin(),
                         std::bit_xor<>());
  const Sqn sqn = Sqn::read(revealed);
  const Amf amf = *Amf::from(octets.subspan<6, 2>());

  // MAC before SQN: a forged challenge must not learn anything about SQNms.
  if (!crypto::constant_time_equal(algorithm_->f1(rand, sqn, amf).expose(), octets.subspan<8>())) {
    return AkaMacFailure{};
  }
  if (!sqns_.is_fresh(sqn)) {
    return AkaSynchronisationFailure{auts(rand)};
  }
  // Stored before the answer: a card that is pulled now must not accept the challenge again.
  SqnArray accepted = sqns_;
  accepted.accept(sqn);
  TRY_VOID(store_.save(accepted));
  sqns_ = accepted;
  return AkaSuccess{
      .res = std::move(response.res), .ck = std::move(response.ck), .ik = std::move(response.ik)};
}

UsimAka::GsmResponse UsimAka::authenticate_gsm(const Rand& rand) const {
  const auto response = algorithm_->f2345(rand);
  return {.sres = sres_of(response.res), .kc = kc_of(response.ck, response.ik)};
}

Auts UsimAka::auts(const Rand& rand) const {
  const Sqn sqn_ms = sqns_.highest();
  const Ak ak = algorithm_->f5_star(rand);
  // AMF 0000 in MAC-S whatever the challenge said (clause 6.3.3).
  const Mac mac_s = algorithm_->f1_star(rand, sqn_ms, Amf());
  Auts auts;
  const auto octets = auts.mutable_view();
  std::ranges::transform(sqn_ms.octets(), ak.expose(), octets.begin(), std::bit_xor<>());
  std::ranges::copy(mac_s.expose(), octets.subspan<6>().begin());
  return auts;
}

}  // namespace ut::isim::soft
