#include "tls/buffers.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::tls;

namespace {

void put(SendBuffer& buffer, std::string_view text) {
  buffer.put(as_bytes(text));
}

void receive(ReceiveBuffer& buffer, std::size_t octets, std::uint8_t value = 0) {
  const auto space = buffer.space();
  REQUIRE(octets <= space.size());
  std::ranges::fill(space.first(octets), value);
  CHECK(buffer.received(octets).size() == octets);
}

}  // namespace

TEST_CASE("what is to be sent stays in place and in order while it is being sent", "[UT-5]") {
  SendBuffer buffer;
  put(buffer, "abc");
  put(buffer, "def");
  const ByteView sending = buffer.begin();
  CHECK(as_text(sending) == "abcdef");
  put(buffer, std::string(100000, 'x'));
  CHECK(as_text(sending) == "abcdef");
  buffer.end(2);
  CHECK(as_text(buffer.begin()) == "cdef" + std::string(100000, 'x'));
  put(buffer, "late");
  buffer.end(100004);
  CHECK_FALSE(buffer.empty());
  CHECK(as_text(buffer.begin()) == "late");
  buffer.end(4);
  CHECK(buffer.empty());
}

TEST_CASE("a receive that fills its space gets more of it, until little comes", "[UT-5]") {
  ReceiveBuffer buffer;
  Bytes taken(ReceiveBuffer::kLarge);
  CHECK(buffer.space().size() == ReceiveBuffer::kSmall);
  receive(buffer, ReceiveBuffer::kSmall);
  CHECK(buffer.take(taken) == ReceiveBuffer::kSmall);
  CHECK(buffer.space().size() == ReceiveBuffer::kLarge);
  receive(buffer, 20000);
  CHECK(buffer.take(taken) == 20000);
  CHECK(buffer.space().size() == ReceiveBuffer::kLarge);
  receive(buffer, 100);
  CHECK(buffer.take(taken) == 100);
  CHECK(buffer.space().size() == ReceiveBuffer::kSmall);
}

TEST_CASE("octets that were not taken are kept when more come", "[UT-5]") {
  ReceiveBuffer buffer;
  receive(buffer, ReceiveBuffer::kSmall, 1);
  Bytes some(1000);
  CHECK(buffer.take(some) == 1000);
  receive(buffer, 10, 2);
  Bytes rest(10000);
  CHECK(buffer.take(rest) == ReceiveBuffer::kSmall - 1000 + 10);
  CHECK(rest[0] == 1);
  CHECK(rest[ReceiveBuffer::kSmall - 1000 - 1] == 1);
  CHECK(rest[ReceiveBuffer::kSmall - 1000] == 2);
  CHECK(buffer.take(rest) == 0);
}
