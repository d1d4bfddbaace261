#include "tests/unit/tools/soft-isim/link_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

using namespace ut;
using namespace ut::isim::soft;
using test::Reader;
using test::Served;
using test::slot_card;
using test::stop_pipe;

namespace {

// Where vpcd listens, on a port of the loopback that is free.
class Vpcd {
 public:
  Vpcd() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  const std::string& port() const { return port_; }
  int socket() const { return listener_.get(); }
  FileDescriptor accept() const {
    return FileDescriptor(::accept(listener_.get(), nullptr, nullptr));
  }

 private:
  FileDescriptor listener_{::socket(AF_INET, SOCK_STREAM, 0)};
  std::string port_;
};

}  // namespace

TEST_CASE("commands are answered, power and reset messages are not", "[IS-7]") {
  Served served;
  auto& reader = *served.reader;
  const auto atr = to_hex(served.slot.atr().expose());
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
  CHECK(served.end == LinkEnd::closed);
}

TEST_CASE("serving ends when it is told to stop", "[IS-6]") {
  Served served;
  served.reader->send("04");
  served.reader->receive();
  served.stop();
  served.join();
  CHECK(served.end == LinkEnd::stopped);
}

TEST_CASE("the link connects again after the reader has gone", "[IS-6]") {
  const Vpcd vpcd;
  const auto stop = stop_pipe();
  CardSlot slot(slot_card());
  std::atomic<int> connects = 0;
  std::thread link([&] {
    run_vpcd_link({"127.0.0.1", vpcd.port()}, slot, stop.theirs.get(), [&connects] { ++connects; });
  });
  for (int i = 0; i < 3; ++i) {
    Reader reader(vpcd.accept());
    reader.send("04");
    CHECK(reader.receive() == to_hex(slot.atr().expose()));
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

TEST_CASE("a card that died has its next connection before the last one ends", "[IS-6]") {
  const Vpcd vpcd;
  const auto stop = stop_pipe();
  CardSlot slot(slot_card());
  REQUIRE(slot.set_fault({.kind = FaultKind::die, .count = 1}));
  std::thread link(
      [&] { run_vpcd_link({"127.0.0.1", vpcd.port()}, slot, stop.theirs.get(), [] {}); });
  Reader dying(vpcd.accept());
  dying.send("00a4000c023f00");
  CHECK(dying.is_closed());
  pollfd next{vpcd.socket(), POLLIN, 0};
  CHECK(::poll(&next, 1, 0) == 1);
  CHECK(::write(stop.mine.get(), "x", 1) == 1);
  link.join();
}
