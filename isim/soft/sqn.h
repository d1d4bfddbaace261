// Sequence numbers of AKA and their management (TS 33.102 annex C).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ut::isim::soft {

// 48 bits: SEQ (43 bits) || IND (5 bits).
class Sqn {
 public:
  static constexpr unsigned kIndBits = 5;
  static constexpr std::uint64_t kMax = (std::uint64_t{1} << 48) - 1;
  static constexpr std::uint64_t kMaxSeq = kMax >> kIndBits;

  constexpr Sqn() = default;
  // nullopt above kMax.
  static constexpr std::optional<Sqn> from(std::uint64_t value) {
    return value <= kMax ? std::optional(Sqn(value)) : std::nullopt;
  }
  // nullopt when seq is above kMaxSeq or ind above 31.
  static constexpr std::optional<Sqn> from(std::uint64_t seq, std::uint8_t ind) {
    return seq <= kMaxSeq && ind < (1U << kIndBits) ? std::optional(Sqn(seq << kIndBits | ind))
                                                    : std::nullopt;
  }
  // Most significant octet first.
  static Sqn read(std::span<const std::uint8_t, 6> octets);

  constexpr std::uint64_t value() const { return value_; }
  constexpr std::uint64_t seq() const { return value_ >> kIndBits; }
  constexpr std::uint8_t ind() const {
    return static_cast<std::uint8_t>(value_ & ((1U << kIndBits) - 1));
  }
  std::array<std::uint8_t, 6> octets() const;
  constexpr auto operator<=>(const Sqn&) const = default;

 private:
  constexpr explicit Sqn(std::uint64_t value) : value_(value) {}
  std::uint64_t value_ = 0;
};

// How far SEQ may jump ahead of the highest accepted one: 2^28 (annex C.3).
inline constexpr std::uint64_t kDelta = std::uint64_t{1} << 28;

// What a USIM remembers of the sequence numbers it accepted: the highest SEQ of each IND (annex
// C.2).
class SqnArray {
 public:
  static constexpr std::size_t kSize = std::size_t{1} << Sqn::kIndBits;

  // All zero. `age_limit` is L of annex C.2.2: a SEQ that lies L or more below the highest accepted
  // one is refused even if its IND has not seen it; nullopt = no such check.
  explicit SqnArray(std::optional<std::uint64_t> age_limit = std::nullopt)
      : age_limit_(age_limit) {}

  // As if every SQN up to and including `sqn` had been accepted.
  static SqnArray used_up_to(Sqn sqn, std::optional<std::uint64_t> age_limit = std::nullopt);

  // Whether annex C.2.2 accepts `sqn`: not more than kDelta ahead, not too old, and SEQ higher than
  // that of its IND.
  bool is_fresh(Sqn sqn) const;
  // Remembers an accepted `sqn`.
  void accept(Sqn sqn);
  // SQNms of AUTS: the highest SQN accepted so far; 0 at first.
  Sqn highest() const;

  const std::array<std::uint64_t, kSize>& seqs() const { return seqs_; }
  // False, and nothing changed, when a SEQ is above Sqn::kMaxSeq.
  bool restore(const std::array<std::uint64_t, kSize>& seqs);

 private:
  std::array<std::uint64_t, kSize> seqs_{};
  std::optional<std::uint64_t> age_limit_;
};

}  // namespace ut::isim::soft
