#include "agent/local/connection_counts.h"

namespace ut::local {
namespace {

// Beside those of applications, so that these never lock the owner or the monitoring out.
constexpr std::size_t kControlConnections = 16;
constexpr std::size_t kMetricsConnections = 8;

template <class Counts, class Key>
std::size_t count_of(const Counts& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

template <class Counts, class Key>
void take_one(Counts& counts, const Key& key) {
  const auto found = counts.find(key);
  if (found != counts.end() && --found->second == 0) {
    counts.erase(found);
  }
}

}  // namespace

std::size_t* ConnectionCounts::counted_apart(std::string_view socket) {
  if (socket == kControlSocketName) {
    return &control_;
  }
  return socket == kMetricsSocketName ? &metrics_ : nullptr;
}

void ConnectionCounts::add(const std::string& socket, uid_t uid) {
  if (auto* const apart = counted_apart(socket)) {
    ++*apart;
    return;
  }
  ++of_applications_;
  ++of_uid_[uid];
  ++of_caller_[{socket, uid}];
}

void ConnectionCounts::remove(const std::string& socket, uid_t uid) {
  if (auto* const apart = counted_apart(socket)) {
    --*apart;
    return;
  }
  --of_applications_;
  take_one(of_uid_, uid);
  take_one(of_caller_, std::pair(socket, uid));
}

std::string_view ConnectionCounts::limit_reached(const std::string& socket, uid_t uid,
                                                 const LocalLimits& limits) const {
  if (socket == kControlSocketName) {
    return control_ >= kControlConnections ? "control connections" : "";
  }
  if (socket == kMetricsSocketName) {
    return metrics_ >= kMetricsConnections ? "metrics connections" : "";
  }
  if (count_of(of_caller_, std::pair(socket, uid)) >= limits.connections_per_caller) {
    return "connections_per_caller";
  }
  if (count_of(of_uid_, uid) >= limits.connections_per_uid) {
    return "connections_per_uid";
  }
  return of_applications_ >= limits.connections ? "connections" : "";
}

}  // namespace ut::local
