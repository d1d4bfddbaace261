// How many connections are open, and whose they are [API-6].
#pragma once

#include "agent/local/config.h"

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ut::local {

class ConnectionCounts {
 public:
  // A connection of `uid` at the socket of this name has begun or ended. Those at the sockets
  // of the owner and of the monitoring are counted apart: applications cannot use them up.
  void add(const std::string& socket, uid_t uid);
  void remove(const std::string& socket, uid_t uid);

  // The limit that leaves no room for one more connection; empty: there is room.
  std::string_view limit_reached(const std::string& socket, uid_t uid,
                                 const LocalLimits& limits) const;

  std::size_t of_applications() const { return of_applications_; }
  std::size_t of_owner() const { return control_; }
  std::size_t of_monitoring() const { return metrics_; }

 private:
  // Where those at `socket` are counted; nullptr: among those of applications.
  std::size_t* counted_apart(std::string_view socket);

  std::unordered_map<uid_t, std::size_t> of_uid_;
  std::map<std::pair<std::string, uid_t>, std::size_t> of_caller_;
  std::size_t of_applications_ = 0;
  std::size_t control_ = 0;
  std::size_t metrics_ = 0;
};

}  // namespace ut::local
