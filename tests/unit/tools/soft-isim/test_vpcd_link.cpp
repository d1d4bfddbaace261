#include "tools/soft-isim/vpcd_link.h"

#include "base/encoding.h"
#include "base/file_descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

using namespace ut;
using namespace ut::isim::soft;

namespace {

struct Pair {
  FileDescriptor mine;
  FileDescriptor theirs;
};

Pair stop_pipe() {
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
  Served() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0);
    reader.emplace(FileDescriptor(fds[0]));
    card_end_ = FileDescriptor(fds[1]);
    thread_ = std::thread(
        [this] { stopped = serve_vpcd(card_end_.get(), card.uicc(), stop_.theirs.get()); });
  }
  ~Served() { join(); }
  void stop() { REQUIRE(::write(stop_.mine.get(), "x", 1) == 1); }
  void join() {
    reader.reset();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  test::SoftCard card{};
  std::optional<Reader> reader{};
  std::atomic<bool> stopped = false;

 private:
  Pair stop_ = stop_pipe();
  FileDescriptor card_end_{};
  std::thread thread_{};
};

}  // namespace

TEST_CASE("commands are answered, power and reset messages are not", "[IS-7]") {
  Served served;
  auto& reader = *served.reader;
  const auto atr = to_hex(served.card.uicc().atr());
  reader.send("04");
  CHECK(reader.receive() == atr);
  reader.send("01");
  reader.send("00a4040c07a0000000871004");
  CHECK(reader.receive() == "9000");
  reader.send("80f2000100");
  CHECK(reader.receive().starts_with("8410a0000000871004"));
  // Each of the three takes the selection away.
  for (const auto* message : {"00", "01", "02"}) {
    reader.send("00a4040c07a0000000871004");
    CHECK(reader.receive() == "9000");
    reader.send(message);
    reader.send("04");
    CHECK(reader.receive() == atr);
    reader.send("80f2000100");
    CHECK(reader.receive() == "6985");
  }
  CHECK(reader.nothing_waits());
}

TEST_CASE("a message of one octet that is no control message is a malformed command", "[IS-7]") {
  Served served;
  served.reader->send("03");
  CHECK(served.reader->receive() == "6700");
}

TEST_CASE("an empty message is passed over and messages may come in pieces", "[IS-7]") {
  Served served;
  auto& reader = *served.reader;
  reader.send("");
  for (const std::uint8_t octet : test::hex("000700a4000c023f00")) {
    reader.send_raw(Bytes{octet});
  }
  CHECK(reader.receive() == "9000");
  // Two messages in one piece.
  reader.send_raw(test::hex("000700a4000c023f00000700a4000c022fff"));
  CHECK(reader.receive() == "9000");
  CHECK(reader.receive() == "6a82");
}

TEST_CASE("the largest message is answered", "[IS-7]") {
  Served served;
  served.reader->send(std::string(2 * 65535, '0'));
  CHECK(served.reader->receive() == "6700");
}

TEST_CASE("serving ends when the reader goes, also in the middle of a message", "[IS-6]") {
  Served served;
  served.reader->send_raw(
      test::hex("0007"
                "00a4"));
  served.join();
  CHECK_FALSE(served.stopped);
}

TEST_CASE("serving ends when it is told to stop", "[IS-6]") {
  Served served;
  served.reader->send("04");
  served.reader->receive();
  served.stop();
  served.join();
  CHECK(served.stopped);
}

TEST_CASE("the link connects again after the reader has gone", "[IS-6]") {
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), generic, size) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), generic, &size) == 0);

  const auto stop = stop_pipe();
  test::SoftCard card;
  std::atomic<int> connects = 0;
  std::thread link([&] {
    run_vpcd_link({"127.0.0.1", std::to_string(ntohs(address.sin_port))}, card.uicc(),
                  stop.theirs.get(), [&connects] { ++connects; });
  });
  for (int i = 0; i < 3; ++i) {
    Reader reader(FileDescriptor(::accept(listener.get(), nullptr, nullptr)));
    reader.send("04");
    CHECK(reader.receive() == to_hex(card.uicc().atr()));
    // Nothing selected before survives in the next connection.
    reader.send("80f2000100");
    CHECK(reader.receive() == "6985");
    reader.send("00a4040c07a0000000871004");
    CHECK(reader.receive() == "9000");
  }
  CHECK(::write(stop.mine.get(), "x", 1) == 1);
  link.join();
  CHECK(connects >= 3);
}
