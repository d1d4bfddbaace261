// Messages as the kernel sends them on a NETLINK_ROUTE socket.
#pragma once

#include "base/bytes.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace ut::test {

struct Attribute {
  std::uint16_t type;
  Bytes value;
};

template <class Body>
Bytes message(std::uint16_t type, const Body& body, std::initializer_list<Attribute> attributes,
              std::uint16_t flags = 0) {
  Bytes rest(sizeof body);
  std::memcpy(rest.data(), &body, sizeof body);
  for (const auto& attribute : attributes) {
    rest.resize((rest.size() + 3) / 4 * 4);
    rtattr header{};
    header.rta_len = static_cast<unsigned short>(sizeof header + attribute.value.size());
    header.rta_type = attribute.type;
    const auto at = rest.size();
    rest.resize(at + sizeof header);
    std::memcpy(rest.data() + at, &header, sizeof header);
    append(rest, attribute.value);
  }
  rest.resize((rest.size() + 3) / 4 * 4);
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + rest.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  Bytes whole(sizeof header);
  std::memcpy(whole.data(), &header, sizeof header);
  append(whole, rest);
  return whole;
}

inline Bytes link(int index, unsigned flags, bool gone = false) {
  ifinfomsg body{};
  body.ifi_index = index;
  body.ifi_flags = flags;
  return message(gone ? RTM_DELLINK : RTM_NEWLINK, body, {});
}

inline Bytes address(Bytes octets, unsigned flags = 0, bool gone = false) {
  ifaddrmsg body{};
  body.ifa_family = octets.size() == 4 ? AF_INET : AF_INET6;
  body.ifa_prefixlen = 24;
  body.ifa_flags = static_cast<std::uint8_t>(flags);
  body.ifa_index = 2;
  return message(gone ? RTM_DELADDR : RTM_NEWADDR, body,
                 {{IFA_ADDRESS, std::move(octets)}, {IFA_CACHEINFO, Bytes(16, 1)}});
}

struct Route {
  Bytes destination{};  // empty: the default route
  Bytes gateway{192, 0, 2, 1};
  std::uint8_t table = RT_TABLE_MAIN;
  unsigned flags = 0;
  std::uint8_t age = 1;  // what counts as no change
};

inline Bytes route(const Route& route, bool gone = false, std::uint16_t message_flags = 0) {
  rtmsg body{};
  body.rtm_family = route.gateway.size() == 4 ? AF_INET : AF_INET6;
  body.rtm_dst_len = static_cast<std::uint8_t>(route.destination.size() * 8);
  body.rtm_table = route.table;
  body.rtm_type = RTN_UNICAST;
  body.rtm_flags = route.flags;
  const Bytes age(32, route.age);
  if (route.destination.empty()) {
    return message(gone ? RTM_DELROUTE : RTM_NEWROUTE, body,
                   {{RTA_OIF, {2, 0, 0, 0}}, {RTA_GATEWAY, route.gateway}, {RTA_CACHEINFO, age}},
                   message_flags);
  }
  return message(gone ? RTM_DELROUTE : RTM_NEWROUTE, body,
                 {{RTA_DST, route.destination},
                  {RTA_OIF, {2, 0, 0, 0}},
                  {RTA_GATEWAY, route.gateway},
                  {RTA_CACHEINFO, age}},
                 message_flags);
}

inline Bytes done() {
  return message(NLMSG_DONE, std::uint32_t{0}, {});
}

}  // namespace ut::test
