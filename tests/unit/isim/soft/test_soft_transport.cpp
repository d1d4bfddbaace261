#include "isim/soft/soft_transport.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using test::SoftCard;

namespace {

const auto kSelectIsim = test::hex("00a4040c07a0000000871004");
const auto kReadAd = test::hex("00b0830000");

std::string send(CardTransport& card, ByteView command) {
  const auto answer = card.transmit(command);
  return answer ? to_hex(answer->expose()) : std::string(name(answer.error().code));
}

}  // namespace

TEST_CASE("the transport carries commands and leaves the card as it is or reset", "[IS-8]") {
  SoftCard card({}, CardProtocol::t0);
  CardTransport& transport = card.transport();
  CHECK(transport.protocol() == CardProtocol::t0);
  CHECK(to_hex(transport.atr()) == to_hex(card.uicc().atr()));
  REQUIRE(transport.begin().has_value());
  CHECK(send(transport, kSelectIsim) == "9000");
  CHECK(transport.end(CardTransport::Leave::as_is).has_value());
  CHECK(send(transport, kReadAd) == "0000009000");
  CHECK(transport.end(CardTransport::Leave::reset).has_value());
  CHECK(send(transport, kReadAd) == "6a82");
}

TEST_CASE("a card that is pulled and put back must be reset before it is used", "[IS-6]") {
  SoftCard card;
  auto& transport = card.transport();
  CHECK(send(transport, kSelectIsim) == "9000");
  transport.remove();
  CHECK(send(transport, kReadAd) == "card-removed");
  CHECK(transport.begin().error().code == ErrorCode::card_removed);
  CHECK(transport.end(CardTransport::Leave::reset).error().code == ErrorCode::card_removed);
  CHECK(transport.reset().error().code == ErrorCode::card_removed);
  transport.insert();
  CHECK(send(transport, kReadAd) == "card-reset");
  REQUIRE(transport.reset().has_value());
  CHECK(send(transport, kReadAd) == "6a82");
}

TEST_CASE("a reset by another program is told until our own reset", "[IS-6]") {
  SoftCard card;
  auto& transport = card.transport();
  CHECK(send(transport, kSelectIsim) == "9000");
  transport.reset_by_another_program();
  CHECK(send(transport, kReadAd) == "card-reset");
  CHECK(send(transport, kReadAd) == "card-reset");
  CHECK(transport.begin().error().code == ErrorCode::card_reset);
  REQUIRE(transport.reset().has_value());
  CHECK(transport.begin().has_value());
}
