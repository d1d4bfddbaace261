#include "agent/ua/fair_share.h"

namespace ut::ua {
namespace {

constexpr std::size_t kShareOfFree = 3;

}  // namespace

bool FairShare::may_take(std::string_view application) const {
  return taken_by(application) < kShareOfFree * (places_ - taken_);
}

std::size_t FairShare::room_for(std::string_view application) const {
  const auto most = kShareOfFree * (places_ - taken_);
  const auto has = taken_by(application);
  // Each place that it takes is also one less that is free.
  return has >= most ? 0 : (most - has + kShareOfFree) / (kShareOfFree + 1);
}

std::size_t FairShare::taken_by(std::string_view application) const {
  const auto found = by_application_.find(application);
  return found == by_application_.end() ? 0 : found->second;
}

void FairShare::take(std::string_view application) {
  const auto found = by_application_.find(application);
  if (found != by_application_.end()) {
    ++found->second;
  } else {
    by_application_.emplace(application, 1);
  }
  ++taken_;
}

void FairShare::give_back(std::string_view application) {
  --by_application_.find(application)->second;
  --taken_;
}

void FairShare::give_back_all() {
  by_application_.clear();
  taken_ = 0;
}

}  // namespace ut::ua
