// A software card behind the link to vpcd, with vpcd's end in the test's hands.
#pragma once

#include "base/encoding.h"
#include "base/file_descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"
#include "tools/soft-isim/vpcd_link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <thread>

namespace ut::test {

using isim::soft::CardSlot;
using isim::soft::LinkEnd;
using isim::soft::SlotCard;

// The card of the example profile with changes, which forgets its SQN with the process.
inline std::unique_ptr<SlotCard> slot_card(const SoftCard::Changes& changes = {}) {
  auto profile = soft_profile(changes);
  const auto sqns = isim::soft::SqnArray::used_up_to(profile.sqn_start, profile.sqn_age_limit);
  return std::make_unique<SlotCard>("card.toml", std::move(profile), sqns,
                                    std::make_unique<isim::soft::VolatileSqnStore>(),
                                    isim::soft::AuthenticateObserver());
}

struct PipeEnds {
  FileDescriptor mine;
  FileDescriptor theirs;
};

inline PipeEnds stop_pipe() {
  std::array<int, 2> fds{};
  REQUIRE(::pipe(fds.data()) == 0);
  return {FileDescriptor(fds[1]), FileDescriptor(fds[0])};
}

// vpcd's end of the connection.
class Reader {
 public:
  explicit Reader(FileDescriptor socket) : socket_(std::move(socket)) {
    // A reply that does not come fails the test in place of hanging it.
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view hex) {
    const auto message = test::hex(hex);
    Bytes frame{static_cast<std::uint8_t>(message.size() >> 8),
                static_cast<std::uint8_t>(message.size() & 0xff)};
    append(frame, message);
    send_raw(frame);
  }
  void send_raw(ByteView octets) {
    REQUIRE(::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(octets.size()));
  }
  std::string receive() {
    const auto header = receive_raw(2);
    return to_hex(receive_raw(static_cast<std::size_t>(header[0] << 8 | header[1])));
  }
  bool nothing_waits() const {
    std::uint8_t octet = 0;
    return ::recv(socket_.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
  }
  // Waits for the end of the connection; false when octets come or nothing does.
  bool is_closed() const {
    std::uint8_t octet = 0;
    const auto got = ::recv(socket_.get(), &octet, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  Bytes receive_raw(std::size_t size) {
    Bytes octets(size);
    REQUIRE(::recv(socket_.get(), octets.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size));
    return octets;
  }
  FileDescriptor socket_;
};

class Served {
 public:
  explicit Served(std::unique_ptr<CardSlot> place =
                      std::make_unique<CardSlot>(slot_card(), 1, std::chrono::milliseconds(50)))
      : card_slot(std::move(place)), slot(*card_slot) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0);
    reader.emplace(FileDescriptor(fds[0]));
    card_end_ = FileDescriptor(fds[1]);
    thread_ = std::thread([this] {
      end = isim::soft::serve_vpcd(card_end_.get(), slot, stop_.theirs.get());
      card_end_ = {};  // as run_vpcd_link does
    });
  }
  ~Served() { join(); }
  void stop() { REQUIRE(::write(stop_.mine.get(), "x", 1) == 1); }
  // Until it holds; fails the test when it does not within 5 s.
  template <class Condition>
  void wait_until(Condition condition) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < latest);
      std::this_thread::yield();
    }
  }
  void join() {
    reader.reset();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  std::unique_ptr<CardSlot> card_slot;
  CardSlot& slot;
  std::optional<Reader> reader{};
  std::atomic<LinkEnd> end{};

 private:
  PipeEnds stop_ = stop_pipe();
  FileDescriptor card_end_{};
  std::thread thread_{};
};

}  // namespace ut::test
