// What the kernel tells of links, addresses and routes (rtnetlink(7)), and whether it means another
// network. Pure.
#pragma once

#include "base/bytes.h"

#include <set>
#include <string>

namespace ut::network {

class NetworkState {
 public:
  struct Told {
    bool changed = false;    // the network is another one than before these messages
    bool dump_done = false;  // the answer to a request for all of one kind is complete
  };

  // Takes one datagram of a NETLINK_ROUTE socket. Messages that are malformed or of no interest
  // change nothing: a lifetime that a router renewed, counters, link-local addresses and the routes
  // of multicast, which come and go with every container.
  Told take(ByteView datagram);

  void clear() { facts_.clear(); }

 private:
  bool take_message(ByteView message);
  bool set(std::string fact, bool holds);
  bool replace(const std::string& subject, std::string fact);

  std::set<std::string> facts_;  // what holds now: a link that runs, an address, a route
};

}  // namespace ut::network
