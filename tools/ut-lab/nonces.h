// The nonces of one NAF and the counts that clients used with them.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ut::lab {

// How the nonce count of a client is judged.
enum class NonceMode : std::uint8_t {
  set,         // each count once, in any order: requests may overtake one another
  increasing,  // each count higher than the last
  exact,       // each count the last plus one, as Apache's AuthDigestNcCheck does
  one_time,    // each nonce once, with count 1
};

enum class NonceVerdict : std::uint8_t { good, unknown, expired, count_refused };

// The counts that a client used with one nonce.
class NonceCounts {
 public:
  // Judges one use with the count `nc` and remembers it when it is good.
  bool use(NonceMode mode, std::uint32_t nc);

 private:
  static constexpr std::uint32_t kWidestGap = 4096;

  std::uint32_t highest_ = 0;
  std::set<std::uint32_t> missing_{};  // counts below `highest_` not seen yet
};

class Nonces {
 public:
  Nonces(NonceMode mode, std::chrono::seconds lifetime, const Clock& clock)
      : mode_(mode), lifetime_(lifetime), clock_(clock) {}

  // A nonce of 128 random bits.
  std::string make();
  // Judges one use with the count `nc` and remembers it when it is good. Only for a request whose
  // response is right: otherwise others could use up a client's counts.
  NonceVerdict use(std::string_view nonce, std::uint32_t nc);
  void forget_all() { nonces_.clear(); }
  NonceMode mode() const { return mode_; }

 private:
  struct Entry {
    SteadyTime expires;
    NonceCounts counts{};
  };
  static constexpr std::size_t kMost = 100'000;

  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  NonceMode mode_;
  std::chrono::seconds lifetime_;
  const Clock& clock_;
  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> nonces_;
};

}  // namespace ut::lab
