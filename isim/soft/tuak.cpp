#include "isim/soft/tuak.h"

#include "tls/crypto/hash.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::string_view kAlgorithmName = "TUAK1.0";

// INSTANCE (TS 35.231 clause 6): which function it is, then the sizes.
constexpr std::uint8_t kF1 = 0x00;
constexpr std::uint8_t kF1Star = 0x80;
constexpr std::uint8_t kF2345 = 0x40;
constexpr std::uint8_t kF5Star = 0xc0;
constexpr std::uint8_t kTopc = 0x00;
constexpr std::uint8_t kLongCk = 0x04;
constexpr std::uint8_t kLongIk = 0x02;
constexpr std::uint8_t kLongK = 0x01;

constexpr std::size_t kShort = 16;
constexpr std::size_t kLong = 32;

// Where the outputs of f2345 and f5* begin in OUT.
constexpr std::size_t kCkAt = 32;
constexpr std::size_t kIkAt = 64;
constexpr std::size_t kAkAt = 96;

[[noreturn]] void wrong_size() {
  std::abort();
}

std::uint8_t mac_bits(std::size_t octets) {
  switch (octets) {
    case 8:
      return 0x08;
    case 16:
      return 0x10;
    case 32:
      return 0x20;
    default:
      wrong_size();
  }
}

std::uint8_t res_bits(std::size_t octets) {
  switch (octets) {
    case 4:
      return 0x00;
    case 8:
      return 0x08;
    case 16:
      return 0x10;
    case 32:
      return 0x20;
    default:
      wrong_size();
  }
}

// `flag` for 32 octets, nothing for 16.
std::uint8_t long_flag(std::size_t octets, std::uint8_t flag) {
  if (octets != kShort && octets != kLong) {
    wrong_size();
  }
  return octets == kLong ? flag : 0x00;
}

// What goes into the permutation beside TOPc, INSTANCE, the name and K. TUAK numbers the bits of
// all its fields from the end, so each field is put there octet by octet from its last one.
struct Inputs {
  ByteView rand{};  // left out: zero
  ByteView amf{};
  ByteView sqn{};
};

class Block {
 public:
  void put(ByteView field) {
    std::ranges::reverse_copy(field, octets_.expose_mutable().begin() + at_);
    at_ += std::ssize(field);
  }
  void skip(std::size_t octets) { at_ += static_cast<std::ptrdiff_t>(octets); }
  ByteView octets() const { return octets_.expose(); }

 private:
  SecretBytes octets_{96};
  std::ptrdiff_t at_ = 0;
};

// The first 136 octets of OUT, the state after `iterations` of Keccak-f[1600]. IN has 96 octets,
// then the bits 11111 0..0 1, which is how SHAKE256 pads a message of 96 octets, and zeros; and
// SHAKE256 gives 136 octets of the state after each permutation. So this is its block of that
// number.
SecretBytes keccak_out(ByteView operator_constant, std::uint8_t instance, const Inputs& inputs,
                       ByteView k, unsigned iterations) {
  constexpr std::size_t kRate = 136;
  if (iterations == 0) {
    wrong_size();
  }
  const auto put_or_skip = [](Block& block, ByteView field, std::size_t size) {
    if (field.empty()) {
      block.skip(size);
    } else {
      block.put(field);
    }
  };
  Block in;
  in.put(operator_constant);
  in.put(std::array{static_cast<std::uint8_t>(instance | long_flag(k.size(), kLongK))});
  in.put(as_bytes(kAlgorithmName));
  put_or_skip(in, inputs.rand, Rand::size);
  put_or_skip(in, inputs.amf, Amf::size);
  put_or_skip(in, inputs.sqn, 6);
  in.put(k);
  const SecretBytes blocks = crypto::shake256(in.octets(), iterations * kRate);
  return SecretBytes::copy_of(blocks.expose().last(kRate));
}

// A field of OUT, whose octets stand there from the last one.
SecretBytes field_of(const SecretBytes& out, std::size_t at, std::size_t size) {
  SecretBytes field(size);
  std::ranges::reverse_copy(out.expose().subspan(at, size), field.expose_mutable().begin());
  return field;
}

Ak ak_of(const SecretBytes& out) {
  return *Ak::from(field_of(out, kAkAt, Ak::size).expose());
}

}  // namespace

Topc topc_of(ByteView k, const Top& top, unsigned iterations) {
  const SecretBytes out = keccak_out(top.expose(), kTopc, {}, k, iterations);
  return *Topc::from(field_of(out, 0, Topc::size).expose());
}

TuakFunctions::TuakFunctions(SecretBytes k, Topc topc, const TuakSizes& sizes, unsigned iterations)
    : k_(std::move(k)), topc_(std::move(topc)), sizes_(sizes), iterations_(iterations) {
  // Aborts now rather than at the first challenge.
  mac_bits(sizes_.mac);
  res_bits(sizes_.res);
  long_flag(sizes_.ck, kLongCk);
  long_flag(sizes_.ik, kLongIk);
  long_flag(k_.size(), kLongK);
  if (iterations_ == 0) {
    wrong_size();
  }
}

SecretBytes TuakFunctions::mac(std::uint8_t function, const Rand& rand, Sqn sqn,
                               const Amf& amf) const {
  const auto sqn_octets = sqn.octets();
  const auto instance = static_cast<std::uint8_t>(function | mac_bits(sizes_.mac));
  const SecretBytes out = keccak_out(topc_.expose(), instance,
                                     {.rand = rand.view(), .amf = amf.view(), .sqn = sqn_octets},
                                     k_.expose(), iterations_);
  return field_of(out, 0, sizes_.mac);
}

SecretBytes TuakFunctions::f1(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return mac(kF1, rand, sqn, amf);
}

SecretBytes TuakFunctions::f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return mac(kF1Star, rand, sqn, amf);
}

TuakFunctions::Response TuakFunctions::f2345(const Rand& rand) const {
  const auto instance =
      static_cast<std::uint8_t>(kF2345 | res_bits(sizes_.res) | long_flag(sizes_.ck, kLongCk) |
                                long_flag(sizes_.ik, kLongIk));
  const SecretBytes out =
      keccak_out(topc_.expose(), instance, {.rand = rand.view()}, k_.expose(), iterations_);
  return {.res = field_of(out, 0, sizes_.res),
          .ck = field_of(out, kCkAt, sizes_.ck),
          .ik = field_of(out, kIkAt, sizes_.ik),
          .ak = ak_of(out)};
}

Ak TuakFunctions::f5_star(const Rand& rand) const {
  return ak_of(
      keccak_out(topc_.expose(), kF5Star, {.rand = rand.view()}, k_.expose(), iterations_));
}

Tuak::Tuak(SecretBytes k, Topc topc, std::size_t res_size, unsigned iterations)
    : functions_(std::move(k), std::move(topc), {.res = res_size}, iterations) {
  if (res_size > 16) {
    wrong_size();  // AKA carries RES of 4 to 16 octets (TS 33.102 clause 6.3.7)
  }
}

Mac Tuak::f1(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return *Mac::from(functions_.f1(rand, sqn, amf).expose());
}

Mac Tuak::f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return *Mac::from(functions_.f1_star(rand, sqn, amf).expose());
}

AkaAlgorithm::Response Tuak::f2345(const Rand& rand) const {
  auto response = functions_.f2345(rand);
  return {.res = {std::move(response.res)},
          .ck = *Ck::from(response.ck.expose()),
          .ik = *Ik::from(response.ik.expose()),
          .ak = std::move(response.ak)};
}

Ak Tuak::f5_star(const Rand& rand) const {
  return functions_.f5_star(rand);
}

}  // namespace ut::isim::soft
