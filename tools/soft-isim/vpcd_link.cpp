#include "tools/soft-isim/vpcd_link.h"

#include "base/file_descriptor.h"
#include "base/log.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>

namespace ut::isim::soft {
namespace {

enum class Ready : std::uint8_t { socket, stop, timeout };

Ready wait(int fd, short events, int stop, int milliseconds) {
  std::array<pollfd, 2> fds{{{stop, POLLIN, 0}, {fd, events, 0}}};
  for (;;) {
    const int count = ::poll(fds.data(), fds.size(), milliseconds);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (fds[0].revents != 0) {
      return Ready::stop;
    }
    return count == 0 ? Ready::timeout : Ready::socket;
  }
}

enum class Got : std::uint8_t { all, closed, stopped };

Got receive(int connection, int stop, std::span<std::uint8_t> octets) {
  while (!octets.empty()) {
    // vpcd sends length and message apart without TCP_NODELAY: unless the first is acknowledged at
    // once the second comes 40 ms later. The option lasts for one acknowledgement only.
    const int on = 1;
    ::setsockopt(connection, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    if (wait(connection, POLLIN, stop, -1) == Ready::stop) {
      return Got::stopped;
    }
    const auto got = ::recv(connection, octets.data(), octets.size(), 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
      return Got::closed;
    }
    octets = octets.subspan(got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  return Got::all;
}

// Length and message in one segment. An empty message would hang pcscd; no caller has one.
bool send(int connection, int stop, ByteView message) {
  SecretBytes frame(2 + message.size());
  const auto octets = frame.expose_mutable();
  octets[0] = static_cast<std::uint8_t>(message.size() >> 8);
  octets[1] = static_cast<std::uint8_t>(message.size() & 0xff);
  std::ranges::copy(message, octets.begin() + 2);
  ByteView rest = frame.expose();
  while (!rest.empty()) {
    const auto sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      rest = rest.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (wait(connection, POLLOUT, stop, -1) == Ready::stop) {
        return false;
      }
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// What goes back to the reader; nullopt for messages without a reply.
std::optional<SecretBytes> answer(Uicc& uicc, ByteView message) {
  enum : std::uint8_t { power_off = 0x00, power_on = 0x01, reset = 0x02, get_atr = 0x04 };
  if (message.size() != 1) {
    return uicc.exchange(message);
  }
  switch (message.front()) {
    case power_off:
    case power_on:
    case reset:
      uicc.reset();
      return std::nullopt;
    case get_atr:
      return SecretBytes::copy_of(uicc.atr());
    default:
      return uicc.exchange(message);
  }
}

FileDescriptor connect_to(const VpcdAddress& address, int stop) {
  constexpr int kConnectMilliseconds = 2000;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) {
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  for (const auto* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    FileDescriptor socket(::socket(
        entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, entry->ai_protocol));
    if (!socket) {
      continue;
    }
    if (::connect(socket.get(), entry->ai_addr, entry->ai_addrlen) != 0 &&
        (errno != EINPROGRESS ||
         wait(socket.get(), POLLOUT, stop, kConnectMilliseconds) != Ready::socket)) {
      continue;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
  }
  return {};
}

}  // namespace

bool serve_vpcd(int connection, Uicc& uicc, int stop) {
  for (;;) {
    std::array<std::uint8_t, 2> header;
    if (const auto got = receive(connection, stop, header); got != Got::all) {
      return got == Got::stopped;
    }
    SecretBytes message(static_cast<std::size_t>(header[0] << 8 | header[1]));
    if (const auto got = receive(connection, stop, message.expose_mutable()); got != Got::all) {
      return got == Got::stopped;
    }
    if (message.empty()) {
      continue;
    }
    const auto reply = answer(uicc, message.expose());
    if (reply && !send(connection, stop, reply->expose())) {
      return wait(connection, 0, stop, 0) == Ready::stop;
    }
  }
}

void run_vpcd_link(const VpcdAddress& address, Uicc& uicc, int stop,
                   const std::function<void()>& connected) {
  constexpr int kFirstWait = 10;
  constexpr int kLongestWait = 400;
  int milliseconds = kFirstWait;
  for (;;) {
    if (const auto connection = connect_to(address, stop)) {
      log::info("vpcd.connected");
      connected();
      uicc.reset();
      if (serve_vpcd(connection.get(), uicc, stop)) {
        return;
      }
      log::info("vpcd.disconnected");
      milliseconds = kFirstWait;
    }
    if (wait(-1, 0, stop, milliseconds) == Ready::stop) {
      return;
    }
    milliseconds = std::min(2 * milliseconds, kLongestWait);
  }
}

}  // namespace ut::isim::soft
