#include "isim/pcsc/pcsc_error.h"

#include "tests/support/catch.h"

#include <utility>

using namespace ut;

TEST_CASE("PC/SC numbers become errors that keep the number", "[IS-6]") {
  // The numbers of the PC/SC specification (part 5).
  const std::pair<long, ErrorCode> cases[] = {
      {0x8010001d, ErrorCode::card_service_unavailable},  // SCARD_E_NO_SERVICE
      {0x8010001e, ErrorCode::card_service_unavailable},  // SCARD_E_SERVICE_STOPPED
      {0x80100013, ErrorCode::card_service_unavailable},  // SCARD_F_COMM_ERROR
      {0x80100003, ErrorCode::card_service_unavailable},  // SCARD_E_INVALID_HANDLE
      {0x8010006a, ErrorCode::card_service_unavailable},  // SCARD_W_SECURITY_VIOLATION
      {0x80100009, ErrorCode::card_reader_absent},        // SCARD_E_UNKNOWN_READER
      {0x80100017, ErrorCode::card_reader_absent},        // SCARD_E_READER_UNAVAILABLE
      {0x8010002e, ErrorCode::card_reader_absent},        // SCARD_E_NO_READERS_AVAILABLE
      {0x8010000c, ErrorCode::card_absent},               // SCARD_E_NO_SMARTCARD
      {0x80100069, ErrorCode::card_removed},              // SCARD_W_REMOVED_CARD
      {0x80100068, ErrorCode::card_reset},                // SCARD_W_RESET_CARD
      {0x8010000b, ErrorCode::card_busy},                 // SCARD_E_SHARING_VIOLATION
      {0x80100066, ErrorCode::card_mute},                 // SCARD_W_UNRESPONSIVE_CARD
      {0x80100067, ErrorCode::card_mute},                 // SCARD_W_UNPOWERED_CARD
      {0x80100016, ErrorCode::card_transport},            // SCARD_E_NOT_TRANSACTED
      {0x8010000f, ErrorCode::card_transport},            // SCARD_E_PROTO_MISMATCH
      {0x80100008, ErrorCode::card_answer_malformed},     // SCARD_E_INSUFFICIENT_BUFFER
      {0x80100002, ErrorCode::shutting_down},             // SCARD_E_CANCELLED
      {0x12345, ErrorCode::card_transport},
  };
  for (const auto& [number, code] : cases) {
    const Error error = isim::pcsc::to_error(number, "call");
    CHECK(error.code == code);
    CHECK(error.foreign == ForeignNumber{ForeignKind::pcsc, number});
  }
}
