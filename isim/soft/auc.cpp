#include "isim/soft/auc.h"

#include "isim/soft/gba_u.h"
#include "tls/crypto/constant_time.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace ut::isim::soft {
namespace {

std::uint64_t next_seq(Sqn sqn) {
  return std::min(sqn.seq() + 1, Sqn::kMaxSeq);
}

}  // namespace

AuthenticationVector make_vector(const AkaAlgorithm& algorithm, const Rand& rand, Sqn sqn,
                                 const Amf& amf) {
  auto response = algorithm.f2345(rand);
  const Mac mac = algorithm.f1(rand, sqn, amf);
  Autn autn;
  const auto octets = autn.mutable_view();
  std::ranges::transform(sqn.octets(), response.ak.expose(), octets.begin(), std::bit_xor<>());
  std::ranges::copy(amf.view(), octets.subspan<6>().begin());
  std::ranges::copy(mac.expose(), octets.subspan<8>().begin());
  return {.rand = rand,
          .autn = autn,
          .xres = std::move(response.res),
          .ck = std::move(response.ck),
          .ik = std::move(response.ik)};
}

AuthenticationVector make_gba_u_vector(const AkaAlgorithm& algorithm, const Rand& rand, Sqn sqn,
                                       const Amf& amf) {
  auto vector = make_vector(algorithm, rand, sqn, amf);
  vector.autn = modify_mac(vector.autn, vector.ik);
  return vector;
}

std::optional<Sqn> verify_auts(const AkaAlgorithm& algorithm, const Rand& rand, const Auts& auts) {
  const Ak ak = algorithm.f5_star(rand);
  std::array<std::uint8_t, 6> revealed;
  std::ranges::transform(auts.view().first<6>(), ak.expose(), revealed.begin(), std::bit_xor<>());
  const Sqn sqn_ms = Sqn::read(revealed);
  const Mac mac_s = algorithm.f1_star(rand, sqn_ms, Amf());
  if (!crypto::constant_time_equal(mac_s.expose(), auts.view().subspan<6>())) {
    return std::nullopt;
  }
  return sqn_ms;
}

Sqn SqnGenerator::next() {
  const auto ind = static_cast<std::uint8_t>((last_.ind() + 1) % SqnArray::kSize);
  last_ = *Sqn::from(next_seq(last_), ind);
  return last_;
}

void SqnGenerator::resynchronise(Sqn sqn_ms) {
  const std::uint64_t next = next_seq(last_);
  if (next <= sqn_ms.seq() || next - sqn_ms.seq() > kDelta) {
    last_ = sqn_ms;
  }
}

}  // namespace ut::isim::soft
