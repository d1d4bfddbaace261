#include "agent/network/network_state.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace ut::network {
namespace {

constexpr std::size_t aligned(std::size_t octets) {
  return (octets + 3) / 4 * 4;
}

template <class T>
std::optional<T> read(ByteView octets) {
  if (octets.size() < sizeof(T)) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, octets.data(), sizeof value);
  return value;
}

using Attributes = std::map<std::uint16_t, ByteView>;

// The attributes behind a header; those behind a malformed one are left out.
Attributes attributes(ByteView octets) {
  Attributes found;
  while (const auto header = read<rtattr>(octets)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > octets.size()) {
      break;
    }
    found[header->rta_type & NLA_TYPE_MASK] =
        octets.subspan(sizeof(rtattr), header->rta_len - sizeof(rtattr));
    octets = octets.subspan(std::min(aligned(header->rta_len), octets.size()));
  }
  return found;
}

template <class T>
void add(std::string& text, const T& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void add(std::string& text, const Attributes& all, std::uint16_t type) {
  const auto found = all.find(type);
  if (found == all.end()) {
    text.push_back('\0');
    return;
  }
  text.push_back('\1');
  add(text, static_cast<std::uint16_t>(found->second.size()));
  text.append(reinterpret_cast<const char*>(found->second.data()), found->second.size());
}

// fe80::/10 and ff00::/8: no way to a NAF.
bool stays_on_the_link(int family, const Attributes& all, std::uint16_t type) {
  const auto found = all.find(type);
  if (family != AF_INET6 || found == all.end() || found->second.size() < 2) {
    return false;
  }
  const auto octets = found->second;
  return octets[0] == 0xff || (octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80);
}

}  // namespace

NetworkState::Told NetworkState::take(ByteView datagram) {
  Told told;
  while (const auto header = read<nlmsghdr>(datagram)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) {
      break;
    }
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
      told.dump_done = true;
    } else {
      told.changed = take_message(datagram.first(header->nlmsg_len)) || told.changed;
    }
    datagram = datagram.subspan(std::min(aligned(header->nlmsg_len), datagram.size()));
  }
  return told;
}

bool NetworkState::take_message(ByteView message) {
  const auto header = *read<nlmsghdr>(message);
  const auto body = message.subspan(sizeof(nlmsghdr));
  std::string fact;
  switch (header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const auto link = read<ifinfomsg>(body);
      // Bridges tell of their ports in messages of the same type.
      if (!link || link->ifi_family != AF_UNSPEC) {
        return false;
      }
      fact = "L";
      add(fact, link->ifi_index);
      constexpr unsigned kWorks = IFF_UP | IFF_RUNNING;
      return set(std::move(fact),
                 header.nlmsg_type == RTM_NEWLINK && (link->ifi_flags & kWorks) == kWorks);
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const auto address = read<ifaddrmsg>(body);
      if (!address) {
        return false;
      }
      const auto all = attributes(body.subspan(std::min(aligned(sizeof *address), body.size())));
      if (stays_on_the_link(address->ifa_family, all, IFA_ADDRESS)) {
        return false;
      }
      fact = "A";
      add(fact, address->ifa_index);
      add(fact, address->ifa_prefixlen);
      add(fact, all, IFA_LOCAL);
      add(fact, all, IFA_ADDRESS);
      // One that is still being examined cannot be used.
      constexpr unsigned kUnusable = IFA_F_TENTATIVE | IFA_F_DADFAILED;
      return set(std::move(fact),
                 header.nlmsg_type == RTM_NEWADDR && (address->ifa_flags & kUnusable) == 0);
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const auto route = read<rtmsg>(body);
      if (!route || route->rtm_table == RT_TABLE_LOCAL || (route->rtm_flags & RTM_F_CLONED) != 0) {
        return false;
      }
      const auto all = attributes(body.subspan(std::min(aligned(sizeof *route), body.size())));
      if (stays_on_the_link(route->rtm_family, all, RTA_DST)) {
        return false;
      }
      fact = "R";
      add(fact, route->rtm_family);
      add(fact, route->rtm_dst_len);
      add(fact, route->rtm_tos);
      for (const std::uint16_t type : {RTA_DST, RTA_TABLE, RTA_PRIORITY}) {
        add(fact, all, type);
      }
      const auto subject = fact;
      add(fact, route->rtm_type);
      for (const std::uint16_t type : {RTA_OIF, RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH, RTA_PREFSRC}) {
        add(fact, all, type);
      }
      if (header.nlmsg_type == RTM_NEWROUTE && (header.nlmsg_flags & NLM_F_REPLACE) != 0) {
        return replace(subject, std::move(fact));
      }
      return set(std::move(fact), header.nlmsg_type == RTM_NEWROUTE);
    }
    default:
      return false;
  }
}

bool NetworkState::set(std::string fact, bool holds) {
  return holds ? facts_.insert(std::move(fact)).second : facts_.erase(fact) > 0;
}

// All facts that begin with `subject` give way to this one.
bool NetworkState::replace(const std::string& subject, std::string fact) {
  bool changed = false;
  for (auto at = facts_.lower_bound(subject); at != facts_.end() && at->starts_with(subject);) {
    if (*at == fact) {
      ++at;
    } else {
      at = facts_.erase(at);
      changed = true;
    }
  }
  return facts_.insert(std::move(fact)).second || changed;
}

}  // namespace ut::network
