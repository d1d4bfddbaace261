#include "isim/pcsc/pcsc_error.h"

#include <winscard.h>

#include <string>

namespace ut::isim::pcsc {
namespace {

struct Meaning {
  ErrorCode code;
  const char* detail;
};

Meaning meaning_of(long code) {
  switch (code) {
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_F_COMM_ERROR:
    case SCARD_E_INVALID_HANDLE:  // of a context that did not outlive its pcscd
      return {ErrorCode::card_service_unavailable, ""};
    case SCARD_W_SECURITY_VIOLATION:
      return {ErrorCode::card_service_unavailable, "access denied (polkit)"};
    case SCARD_E_NO_MEMORY:
      return {ErrorCode::card_service_unavailable, "out of memory"};
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE:
      return {ErrorCode::card_reader_absent, ""};
    case SCARD_E_NO_SMARTCARD:
      return {ErrorCode::card_absent, ""};
    case SCARD_W_REMOVED_CARD:
      return {ErrorCode::card_removed, ""};
    case SCARD_W_RESET_CARD:
      return {ErrorCode::card_reset, ""};
    case SCARD_E_SHARING_VIOLATION:
      return {ErrorCode::card_busy, ""};
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNSUPPORTED_CARD:
    case SCARD_E_TIMEOUT:
      return {ErrorCode::card_mute, ""};
    case SCARD_E_PROTO_MISMATCH:
      return {ErrorCode::card_transport, "neither T=0 nor T=1"};
    case SCARD_E_INSUFFICIENT_BUFFER:
      return {ErrorCode::card_answer_malformed, "answer too long"};
    case SCARD_E_CANCELLED:
      return {ErrorCode::shutting_down, ""};
    default:  // foreign numbers; SCARD_E_NOT_TRANSACTED among them
      return {ErrorCode::card_transport, ""};
  }
}

}  // namespace

Error to_error(long code, std::string_view where) {
  const Meaning meaning = meaning_of(code);
  return Error{meaning.code, where, {ForeignKind::pcsc, code}, meaning.detail};
}

}  // namespace ut::isim::pcsc
