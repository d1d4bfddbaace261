#include "isim/pcsc/pcsc_error.h"

#include "tests/support/catch.h"

#include <winscard.h>

#include <utility>

using namespace ut;

TEST_CASE("PC/SC numbers become errors that keep the number", "[IS-6]") {
  const std::pair<long, ErrorCode> cases[] = {
      {SCARD_E_NO_SERVICE, ErrorCode::card_service_unavailable},
      {SCARD_E_SERVICE_STOPPED, ErrorCode::card_service_unavailable},
      {SCARD_F_COMM_ERROR, ErrorCode::card_service_unavailable},
      {SCARD_E_INVALID_HANDLE, ErrorCode::card_service_unavailable},
      {SCARD_W_SECURITY_VIOLATION, ErrorCode::card_service_unavailable},
      {SCARD_E_UNKNOWN_READER, ErrorCode::card_reader_absent},
      {SCARD_E_READER_UNAVAILABLE, ErrorCode::card_reader_absent},
      {SCARD_E_NO_READERS_AVAILABLE, ErrorCode::card_reader_absent},
      {SCARD_E_NO_SMARTCARD, ErrorCode::card_absent},
      {SCARD_W_REMOVED_CARD, ErrorCode::card_removed},
      {SCARD_W_RESET_CARD, ErrorCode::card_reset},
      {SCARD_E_SHARING_VIOLATION, ErrorCode::card_busy},
      {SCARD_W_UNRESPONSIVE_CARD, ErrorCode::card_mute},
      {SCARD_W_UNPOWERED_CARD, ErrorCode::card_mute},
      {SCARD_E_NOT_TRANSACTED, ErrorCode::card_transport},
      {SCARD_E_PROTO_MISMATCH, ErrorCode::card_transport},
      {SCARD_E_INSUFFICIENT_BUFFER, ErrorCode::card_answer_malformed},
      {SCARD_E_CANCELLED, ErrorCode::shutting_down},
      {0x12345, ErrorCode::card_transport},
  };
  for (const auto& [number, code] : cases) {
    const Error error = isim::pcsc::to_error(number, "call");
    CHECK(error.code == code);
    CHECK(error.foreign == ForeignNumber{ForeignKind::pcsc, number});
  }
}
