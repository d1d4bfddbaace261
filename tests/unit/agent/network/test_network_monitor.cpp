#include "agent/network/network_monitor.h"

#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/network/messages.h"

#include <boost/asio/io_context.hpp>

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

using namespace ut;
using namespace std::chrono_literals;
using network::NetworkMonitor;
namespace asio = boost::asio;

namespace {

const Bytes kHome{192, 0, 2, 7};

// A monitor, and the kernel's end of its socket.
struct Kernel {
  asio::io_context io;
  FileDescriptor socket;
  std::optional<NetworkMonitor> monitor;
  unsigned reports = 0;

  explicit Kernel(network::MonitorSettings settings = {.settle = 0ms, .least_interval = 0ms}) {
    log::set_level(log::Level::error);
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) ==
            0);
    socket = FileDescriptor(ends[0]);
    monitor.emplace(io.get_executor(), FileDescriptor(ends[1]), settings, [this] { ++reports; });
  }
  void send(const Bytes& message) {
    REQUIRE(::send(socket.get(), message.data(), message.size(), 0) ==
            static_cast<ssize_t>(message.size()));
  }
  // What the monitor asks for; 0: nothing.
  std::uint16_t asked() {
    nlmsghdr request{};
    const auto count = ::recv(socket.get(), &request, sizeof request, MSG_DONTWAIT);
    return count < static_cast<ssize_t>(sizeof request) ? 0 : request.nlmsg_type;
  }
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }
  // Answers all that is asked with what there is.
  void learn() {
    for (const std::uint16_t kind : {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE}) {
      CHECK(asked() == kind);
      if (kind == RTM_GETADDR) {
        send(test::address(kHome));
      }
      send(test::done());
      settle();
    }
    CHECK(asked() == 0);
  }
};

constexpr int kNoNamespace = 12;
constexpr int kPatience = 100;  // rounds of 50 ms, for machines that do much else

bool set_loopback(int socket, bool up) {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = static_cast<short>(up ? IFF_UP | IFF_RUNNING : 0);
  return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

// 0 when everything was as it should be.
int lose_messages() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return kNoNamespace;
  }
  const FileDescriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  FileDescriptor netlink(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  const int smallest = 1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR;
  if (::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest) != 0 ||
      ::bind(netlink.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return 2;
  }
  asio::io_context io;
  unsigned reports = 0;
  const NetworkMonitor monitor(io.get_executor(), std::move(netlink),
                               {.settle = 0ms, .least_interval = 0ms}, [&reports] { ++reports; });
  io.run_for(50ms);
  if (reports != 0) {
    return 3;
  }
  for (int i = 0; i < 100; ++i) {
    if (!set_loopback(any.get(), true) || !set_loopback(any.get(), false)) {
      return 4;
    }
  }
  for (int i = 0; i < kPatience && reports == 0; ++i) {
    io.run_for(50ms);
  }
  if (reports == 0) {
    return 5;
  }
  const auto before = reports;
  // One that comes while all is asked for anew is no change.
  for (int i = 0; i < kPatience && reports == before; ++i) {
    set_loopback(any.get(), i % 2 == 0);
    io.run_for(50ms);
  }
  return reports > before ? 0 : 6;
}

}  // namespace

TEST_CASE("what is there when the agent starts is no change", "[UB-9]") {
  Kernel kernel;
  kernel.learn();
  CHECK(kernel.reports == 0);
  kernel.send(test::address(kHome));
  kernel.settle();
  CHECK(kernel.reports == 0);
  kernel.send(test::address(kHome, 0, true));
  kernel.settle();
  CHECK(kernel.reports == 1);
}

TEST_CASE("a burst is one change", "[UB-9]") {
  Kernel kernel({.settle = 300ms, .least_interval = 0ms});
  kernel.learn();
  for (std::uint8_t i = 0; i < 100; ++i) {
    kernel.send(test::address({192, 0, 2, i}));
    kernel.settle();
  }
  CHECK(kernel.reports == 0);
  kernel.io.restart();
  kernel.io.run_for(1s);
  CHECK(kernel.reports == 1);
}

TEST_CASE("changes are told no more often than the least interval", "[UB-9]") {
  Kernel kernel({.settle = 0ms, .least_interval = 1h});
  kernel.learn();
  kernel.send(test::address({192, 0, 2, 1}));
  kernel.settle();
  CHECK(kernel.reports == 1);
  kernel.send(test::address({192, 0, 2, 2}));
  kernel.settle();
  CHECK(kernel.reports == 1);
}

TEST_CASE("a monitor that goes away tells nothing", "[UB-9]") {
  Kernel kernel;
  kernel.learn();
  kernel.send(test::address({192, 0, 2, 1}));
  kernel.monitor.reset();
  kernel.io.run_for(10ms);
  CHECK(kernel.reports == 0);
}

TEST_CASE("the end of the socket ends the watch, and nothing else", "[UB-9]") {
  Kernel kernel;
  kernel.learn();
  kernel.socket = FileDescriptor();
  // Nothing is left that the loop would wait for.
  CHECK(kernel.io.run_for(5s) < 10);
  CHECK(kernel.io.stopped());
  CHECK(kernel.reports == 0);
}

TEST_CASE("where no netlink socket can be had the monitor says so", "[UB-9]") {
  // In a child, as it gives up its right to open files.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    asio::io_context io;
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const auto opened = NetworkMonitor::open(io.get_executor(), {}, [] {});
    ::_exit(!opened && opened.error().code == ErrorCode::system_call_failed ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("messages that were lost are a change, and the watch goes on", "[UB-9]") {
  // In a child, in a network of its own, over a socket with next to no room.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::_exit(lose_messages());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    WARN("no network namespace can be made here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}
