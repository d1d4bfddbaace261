#include "isim/pcsc/reader_monitor.h"

#include "isim/pcsc/pcsc_transport.h"
#include "tests/support/catch.h"

#include <chrono>
#include <thread>

using namespace ut;
using namespace std::chrono_literals;

// meson.build points libpcsclite at a socket that does not exist: here pcscd never answers. What
// needs a pcscd is in tests/scenario/card.

TEST_CASE("readers are chosen by shell patterns", "[IS-7]") {
  using isim::pcsc::matches;
  CHECK(matches("Virtual PCD 00 00", {"*"}));
  CHECK(matches("Virtual PCD 00 00", {"ACR*", "Virtual PCD 00 0?"}));
  CHECK_FALSE(matches("Virtual PCD 00 00", {"ACR*"}));
  CHECK_FALSE(matches("Virtual PCD 00 00", {}));
  CHECK_FALSE(matches("Virtual PCD 00 00", {"Virtual PCD"}));
  CHECK_FALSE(matches("Virtual PCD 00 00", {"*", "!Virtual*"}));
  CHECK_FALSE(matches("Virtual PCD 00 00", {"!Virtual*", "*"}));
  CHECK(matches("ACS ACR39U 00 00", {"*", "!Virtual*"}));
  CHECK_FALSE(matches("ACS ACR39U 00 00", {"!Virtual*"}));
}

TEST_CASE("a service that does not answer is part of the picture", "[IS-6]") {
  const auto watch = isim::pcsc::watch_readers({"*"});
  isim::ReaderPicture known;
  known.service = true;
  CHECK(watch->wait(known, 10s).value() == isim::ReaderPicture{});
  // Nothing new: until the limit is over.
  CHECK(watch->wait(isim::ReaderPicture{}, 1ms).value() == isim::ReaderPicture{});
  // A nudge makes it look at once.
  watch->nudge();
  CHECK(watch->wait(isim::ReaderPicture{}, 10s).value() == isim::ReaderPicture{});
}

TEST_CASE("waiting is cancelled from another thread", "[IS-6]") {
  const auto watch = isim::pcsc::watch_readers({"*"});
  std::thread other([&] { watch->cancel(); });
  const auto started = std::chrono::steady_clock::now();
  const auto picture = watch->wait(isim::ReaderPicture{}, 60s);
  other.join();
  REQUIRE_FALSE(picture.has_value());
  CHECK(picture.error().code == ErrorCode::shutting_down);
  CHECK(std::chrono::steady_clock::now() - started < 30s);
  CHECK_FALSE(watch->wait(isim::ReaderPicture{}, 60s).has_value());
}

TEST_CASE("a connection without the service fails with the PC/SC number", "[IS-6]") {
  const auto transport = isim::pcsc::PcscTransport::connect("Virtual PCD 00 00");
  REQUIRE_FALSE(transport.has_value());
  CHECK(transport.error().code == ErrorCode::card_service_unavailable);
  CHECK(transport.error().foreign.kind == ForeignKind::pcsc);
}
