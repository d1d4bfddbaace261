#include "tls/session_cache.h"

#include <algorithm>
#include <utility>

namespace ut::tls {

SessionCache::SessionCache(const Clock& clock, std::size_t capacity)
    : clock_(clock), capacity_(capacity) {}

bool SessionCache::usable(const Session& session) const {
  const UtcTime now = clock_.utc();
  // A clock that was set back makes the age of a session unknown.
  return session.handle != nullptr && session.authenticated <= now &&
         now - session.authenticated < kMaximumAge && now < session.peer_certificate_end;
}

void SessionCache::store(SessionKey key, Session session) {
  if (!usable(session) || capacity_ == 0) {
    return;
  }
  if (!sessions_.contains(key) && sessions_.size() >= capacity_) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& entry) { return entry.second.authenticated; }));
  }
  sessions_.insert_or_assign(std::move(key), std::move(session));
}

const Session* SessionCache::find(const SessionKey& key) {
  const auto at = sessions_.find(key);
  if (at == sessions_.end()) {
    return nullptr;
  }
  if (!usable(at->second)) {
    sessions_.erase(at);
    return nullptr;
  }
  return &at->second;
}

void SessionCache::forget(std::string_view host, std::uint16_t port) {
  std::erase_if(sessions_, [&](const auto& entry) {
    return entry.first.host == host && entry.first.port == port;
  });
}

void SessionCache::forget_b_tid(std::string_view b_tid) {
  std::erase_if(sessions_, [&](const auto& entry) { return entry.first.b_tid == b_tid; });
}

void SessionCache::forget_all() {
  sessions_.clear();
}

}  // namespace ut::tls
