#include "isim/soft/sqn.h"

#include <algorithm>

namespace ut::isim::soft {

Sqn Sqn::read(std::span<const std::uint8_t, 6> octets) {
  std::uint64_t value = 0;
  for (const auto octet : octets) {
    value = value << 8 | octet;
  }
  return Sqn(value);
}

std::array<std::uint8_t, 6> Sqn::octets() const {
  std::array<std::uint8_t, 6> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<std::uint8_t>(value_ >> (8 * (5 - i)));
  }
  return octets;
}

SqnArray SqnArray::used_up_to(Sqn sqn, std::optional<std::uint64_t> age_limit) {
  SqnArray array(age_limit);
  for (std::size_t ind = 0; ind < kSize; ++ind) {
    const bool reached = ind <= sqn.ind();
    array.seqs_[ind] = reached || sqn.seq() == 0 ? sqn.seq() : sqn.seq() - 1;
  }
  return array;
}

bool SqnArray::is_fresh(Sqn sqn) const {
  const std::uint64_t seq_ms = highest().seq();
  if (sqn.seq() > seq_ms && sqn.seq() - seq_ms > kDelta) {
    return false;
  }
  if (age_limit_ && sqn.seq() < seq_ms && seq_ms - sqn.seq() >= *age_limit_) {
    return false;
  }
  return sqn.seq() > seqs_[sqn.ind()];
}

void SqnArray::accept(Sqn sqn) {
  seqs_[sqn.ind()] = sqn.seq();
}

Sqn SqnArray::highest() const {
  Sqn highest;
  for (std::size_t ind = 0; ind < kSize; ++ind) {
    if (seqs_[ind] > 0) {
      highest = std::max(highest, *Sqn::from(seqs_[ind], static_cast<std::uint8_t>(ind)));
    }
  }
  return highest;
}

bool SqnArray::restore(const std::array<std::uint64_t, kSize>& seqs) {
  if (std::ranges::any_of(seqs, [](std::uint64_t seq) { return seq > Sqn::kMaxSeq; })) {
    return false;
  }
  seqs_ = seqs;
  return true;
}

}  // namespace ut::isim::soft
