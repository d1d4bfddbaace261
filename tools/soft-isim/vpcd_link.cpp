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

enum class Ready : std::uint8_t { socket, stop, slot, timeout };

// Until `fd` has one of `events` or has failed, `stop` or the slot's event is readable, or so many
// milliseconds are over (negative: no limit). Negative descriptors never are.
Ready wait(int fd, short events, int stop, int slot_event, int milliseconds) {
  std::array<pollfd, 3> fds{{{stop, POLLIN, 0}, {slot_event, POLLIN, 0}, {fd, events, 0}}};
  for (;;) {
    const int count = ::poll(fds.data(), fds.size(), milliseconds);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (fds[0].revents != 0) {
      return Ready::stop;
    }
    if (fds[1].revents != 0) {
      return Ready::slot;
    }
    return count == 0 ? Ready::timeout : Ready::socket;
  }
}

// One connection of one card.
class Connection {
 public:
  Connection(int socket, CardSlot& slot, int stop)
      : socket_(socket), slot_(slot), stop_(stop), presence_(slot.presence()) {}

  LinkEnd serve() {
    // It may have been taken out while the connection was made.
    if (slot_.time_to_presence() != std::chrono::milliseconds(0)) {
      return LinkEnd::card_left;
    }
    for (;;) {
      std::array<std::uint8_t, 2> header;
      if (const auto end = receive(header)) {
        return *end;
      }
      SecretBytes message(static_cast<std::size_t>(header[0] << 8 | header[1]));
      if (const auto end = receive(message.expose_mutable())) {
        return *end;
      }
      if (message.empty()) {
        continue;
      }
      if (const auto end = answer(message.expose())) {
        return *end;
      }
    }
  }

 private:
  // nullopt: go on.
  using End = std::optional<LinkEnd>;

  // After the slot's event: whether the card has left.
  End news() {
    slot_.take_event();
    return slot_.presence() == presence_ ? std::nullopt : End(LinkEnd::card_left);
  }

  End receive(std::span<std::uint8_t> octets) {
    while (!octets.empty()) {
      // vpcd sends length and message apart without TCP_NODELAY: unless the first is acknowledged
      // at once the second comes 40 ms later. The option lasts for one acknowledgement only.
      const int on = 1;
      ::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
      switch (wait(socket_, POLLIN, stop_, slot_.event(), -1)) {
        case Ready::stop:
          return LinkEnd::stopped;
        case Ready::slot:
          if (const auto end = news()) {
            return end;
          }
          continue;
        case Ready::socket:
        case Ready::timeout:
          break;
      }
      const auto got = ::recv(socket_, octets.data(), octets.size(), MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        return LinkEnd::closed;
      }
      octets = octets.subspan(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return std::nullopt;
  }

  // Length and message in one segment. An empty message would hang pcscd; no caller has one.
  End send(ByteView message) {
    SecretBytes frame(2 + message.size());
    const auto octets = frame.expose_mutable();
    octets[0] = static_cast<std::uint8_t>(message.size() >> 8);
    octets[1] = static_cast<std::uint8_t>(message.size() & 0xff);
    std::ranges::copy(message, octets.begin() + 2);
    ByteView rest = frame.expose();
    while (!rest.empty()) {
      const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        rest = rest.subspan(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (wait(socket_, POLLOUT, stop_, -1, -1) == Ready::stop) {
          return LinkEnd::stopped;
        }
      } else if (errno != EINTR) {
        return LinkEnd::closed;
      }
    }
    return std::nullopt;
  }

  End answer(ByteView message) {
    enum : std::uint8_t { power_off = 0x00, power_on = 0x01, reset = 0x02, get_atr = 0x04 };
    if (message.size() != 1) {
      return command(message);
    }
    switch (message.front()) {
      case power_off:
        slot_.power_down();
        return std::nullopt;
      case power_on:
      case reset:
        powered_ = slot_.power_up();
        return std::nullopt;
      case get_atr:
        // Right after power-up it is the answer to reset, at other times how vpcd finds that there
        // is a card. It cannot be told that there is no answer (an empty one hangs pcscd), but a
        // connection that ends here is a card that did not power up.
        return powered_ ? send(slot_.atr().expose()) : End(LinkEnd::card_died);
      default:
        return command(message);
    }
  }

  End command(ByteView apdu) {
    const auto life = slot_.life();
    const Reaction reaction = slot_.react(apdu);
    if (const auto end = hold(reaction, life)) {
      return end;
    }
    SecretBytes answer;
    if (reaction.execute || reaction.mute) {
      answer = slot_.exchange(apdu);
    }
    if (reaction.die) {
      slot_.died(reaction.stay_away);
      return reaction.stay_away ? LinkEnd::card_left : LinkEnd::card_died;
    }
    if (reaction.sw) {
      answer = SecretBytes::copy_of(encode(ResponseApdu{.sw = *reaction.sw}));
    }
    return send(answer.expose());
  }

  // Lets time go by while the card is slow or mute. A command that the card was doing when it lost
  // its state has no answer, so the connection ends.
  End hold(const Reaction& reaction, std::uint64_t life) {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + reaction.delay;
    for (;;) {
      // Before life(): what takes the state away ends being mute too.
      const bool mute = reaction.mute && slot_.is_mute();
      if (slot_.life() != life) {
        return slot_.presence() == presence_ ? LinkEnd::card_died : LinkEnd::card_left;
      }
      const auto rest =
          std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
      if (rest <= 0 && !mute) {
        return std::nullopt;
      }
      switch (
          wait(socket_, POLLRDHUP, stop_, slot_.event(), rest > 0 ? static_cast<int>(rest) : -1)) {
        case Ready::stop:
          return LinkEnd::stopped;
        case Ready::slot:
          if (const auto end = news()) {
            return end;
          }
          break;
        case Ready::socket:
          return LinkEnd::closed;
        case Ready::timeout:
          break;
      }
    }
  }

  const int socket_;
  CardSlot& slot_;
  const int stop_;
  const std::uint64_t presence_;
  bool powered_ = true;  // false: the last power-up had no answer to reset
};

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
         wait(socket.get(), POLLOUT, stop, -1, kConnectMilliseconds) != Ready::socket)) {
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

// Until the card is to be in the reader; false when `stop` came first.
bool wait_for_card(CardSlot& slot, int stop) {
  for (;;) {
    const auto rest = slot.time_to_presence();
    if (rest && rest->count() == 0) {
      return true;
    }
    switch (wait(-1, 0, stop, slot.event(), rest ? static_cast<int>(rest->count()) : -1)) {
      case Ready::stop:
        return false;
      case Ready::slot:
        slot.take_event();
        break;
      case Ready::socket:
      case Ready::timeout:
        break;
    }
  }
}

}  // namespace

LinkEnd serve_vpcd(int connection, CardSlot& slot, int stop) {
  return Connection(connection, slot, stop).serve();
}

void run_vpcd_link(const VpcdAddress& address, CardSlot& slot, int stop,
                   const std::function<void()>& connected) {
  constexpr int kFirstWait = 10;
  constexpr int kLongestWait = 400;
  int milliseconds = kFirstWait;
  for (;;) {
    if (!wait_for_card(slot, stop)) {
      return;
    }
    auto connection = connect_to(address, stop);
    while (connection) {
      log::info("vpcd.connected", {{"card", slot.number()}});
      slot.connected(true);
      connected();
      const auto end = serve_vpcd(connection.get(), slot, stop);
      slot.connected(false);
      if (end == LinkEnd::stopped) {
        return;
      }
      log::info("vpcd.disconnected", {{"card", slot.number()}});
      milliseconds = kFirstWait;
      connection = end == LinkEnd::card_died ? connect_to(address, stop) : FileDescriptor();
    }
    if (wait(-1, 0, stop, -1, milliseconds) == Ready::stop) {
      return;
    }
    milliseconds = std::min(2 * milliseconds, kLongestWait);
  }
}

}  // namespace ut::isim::soft
