#include "agent/network/network_state.h"

#include "tests/support/catch.h"
#include "tests/unit/agent/network/messages.h"

using namespace ut;
using network::NetworkState;
using test::address;
using test::link;
using test::Route;
using test::route;

namespace {

constexpr unsigned kRuns = IFF_UP | IFF_RUNNING;
const Bytes kHome{192, 0, 2, 7};
const Bytes kGlobal{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Bytes kLinkLocal{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

struct Network {
  NetworkState state;
  bool changed(const Bytes& message) { return state.take(message).changed; }
};

}  // namespace

TEST_CASE("an address that comes or goes is another network, one that stays is not", "[UB-9]") {
  Network network;
  const auto octets = GENERATE(kHome, kGlobal);
  CHECK(network.changed(address(octets)));
  // A router renews lifetimes every few minutes.
  CHECK_FALSE(network.changed(address(octets)));
  CHECK(network.changed(address(octets, 0, true)));
  CHECK_FALSE(network.changed(address(octets, 0, true)));
  CHECK(network.changed(address(octets)));
}

TEST_CASE("an address counts once it can be used", "[UB-9]") {
  Network network;
  CHECK_FALSE(network.changed(address(kGlobal, IFA_F_TENTATIVE)));
  CHECK(network.changed(address(kGlobal)));
  CHECK(network.changed(address(kGlobal, IFA_F_DADFAILED)));
  CHECK_FALSE(network.changed(address(kLinkLocal)));
}

TEST_CASE("a link counts by whether it runs", "[UB-9]") {
  Network network;
  CHECK_FALSE(network.changed(link(3, IFF_UP)));
  CHECK(network.changed(link(3, kRuns)));
  // Counters, names, wireless quality: messages of the same type.
  CHECK_FALSE(network.changed(link(3, kRuns | IFF_PROMISC)));
  CHECK(network.changed(link(3, IFF_UP)));
  CHECK_FALSE(network.changed(link(3, IFF_UP, true)));
  CHECK(network.changed(link(4, kRuns)));
  CHECK(network.changed(link(4, kRuns, true)));
}

TEST_CASE("a route counts by where it leads", "[UB-9]") {
  Network network;
  CHECK(network.changed(route({})));
  CHECK_FALSE(network.changed(route({.age = 9})));
  CHECK(network.changed(route({.gateway = {198, 51, 100, 1}})));
  CHECK(network.changed(route({.gateway = {198, 51, 100, 1}}, true)));
  CHECK_FALSE(network.changed(route({.gateway = {198, 51, 100, 1}}, true)));
  CHECK(network.changed(route({.destination = {10, 0, 0, 0}})));
  SECTION("replaced, to and fro") {
    CHECK_FALSE(network.changed(route({}, false, NLM_F_REPLACE)));
    CHECK(network.changed(route({.gateway = {198, 51, 100, 1}}, false, NLM_F_REPLACE)));
    CHECK(network.changed(route({}, false, NLM_F_REPLACE)));
    // Another destination is another route.
    CHECK_FALSE(network.changed(route({.destination = {10, 0, 0, 0}})));
  }
  SECTION("what is no way to a NAF") {
    CHECK_FALSE(network.changed(route({.destination = kHome, .table = RT_TABLE_LOCAL})));
    CHECK_FALSE(network.changed(route({.destination = kHome, .flags = RTM_F_CLONED})));
    CHECK_FALSE(network.changed(route({.destination = kLinkLocal, .gateway = kGlobal})));
    CHECK_FALSE(network.changed(route({.destination = Bytes(16, 0xff), .gateway = kGlobal})));
  }
}

TEST_CASE("several messages in one datagram are all taken", "[UB-9]") {
  Network network;
  Bytes datagram = link(3, IFF_UP);
  append(datagram, address(kHome));
  append(datagram, test::done());
  const auto told = network.state.take(datagram);
  CHECK(told.changed);
  CHECK(told.dump_done);
  CHECK_FALSE(network.changed(address(kHome)));
  network.state.clear();
  CHECK(network.changed(address(kHome)));
}

TEST_CASE("malformed messages change nothing and are not read past their end", "[UB-9]") {
  Network network;
  for (const auto& whole : {address(kHome), link(3, kRuns), route({.destination = kGlobal})}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(network.changed(cut));
      // The same with a length that says so.
      if (size >= sizeof(nlmsghdr)) {
        Bytes shorter = cut;
        shorter[0] = static_cast<std::uint8_t>(size);
        network.changed(shorter);
      }
    }
  }
  Bytes no_length = address(kHome);
  no_length[0] = 0;
  CHECK_FALSE(network.changed(no_length));
  // An attribute that says to be longer than its message, and one shorter than its header.
  for (const int length : {0xff, 3, 0}) {
    Bytes attribute = address(Bytes{203, 0, 113, 5});
    attribute[sizeof(nlmsghdr) + sizeof(ifaddrmsg)] = static_cast<std::uint8_t>(length);
    network.changed(attribute);
  }
  CHECK_FALSE(network.changed(test::message(RTM_NEWNEIGH, std::uint32_t{1}, {})));
}
