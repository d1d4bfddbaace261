#include "isim/status_word.h"

#include "tests/support/catch.h"

using namespace ut;
using namespace ut::isim;

TEST_CASE("status words of the table are told apart", "[IS-2]") {
  struct Case {
    StatusWord sw;
    StatusKind kind;
    ErrorCode error;
    bool executed;
  };
  const Case cases[] = {
      {0x9000, StatusKind::normal, ErrorCode::card_command_refused, true},
      {0x9110, StatusKind::normal, ErrorCode::card_command_refused, true},
      {0x6100, StatusKind::more_data, ErrorCode::card_answer_malformed, false},
      {0x61ff, StatusKind::more_data, ErrorCode::card_answer_malformed, false},
      {0x6c12, StatusKind::wrong_length, ErrorCode::card_answer_malformed, false},
      {0x63c0, StatusKind::tries_left, ErrorCode::pin_wrong, false},
      {0x63cf, StatusKind::tries_left, ErrorCode::pin_wrong, false},
      {0x63f1, StatusKind::warning, ErrorCode::card_command_refused, true},
      {0x6300, StatusKind::warning, ErrorCode::card_command_refused, true},
      {0x6283, StatusKind::warning, ErrorCode::card_command_refused, true},
      {0x62aa, StatusKind::warning, ErrorCode::card_command_refused, true},
      {0x9300, StatusKind::busy, ErrorCode::card_toolkit_busy, false},
      {0x6982, StatusKind::refused, ErrorCode::card_security_status, false},
      {0x6983, StatusKind::refused, ErrorCode::pin_blocked, false},
      {0x6a82, StatusKind::refused, ErrorCode::card_file_missing, false},
      {0x6a83, StatusKind::refused, ErrorCode::card_file_missing, false},
      {0x9862, StatusKind::refused, ErrorCode::card_command_refused, false},
      {0x9864, StatusKind::refused, ErrorCode::card_aka_unsupported, false},
      {0x0000, StatusKind::refused, ErrorCode::card_command_refused, false},
      {0xffff, StatusKind::refused, ErrorCode::card_command_refused, false},
  };
  for (const Case& c : cases) {
    INFO(std::hex << c.sw);
    CHECK(meaning_of(c.sw).kind == c.kind);
    CHECK(meaning_of(c.sw).error == c.error);
    CHECK(executed(c.sw) == c.executed);
  }
}

TEST_CASE("every number is a status word with a meaning") {
  for (unsigned sw = 0; sw <= 0xffff; ++sw) {
    if (meaning_of(static_cast<StatusWord>(sw)).text.empty()) {
      FAIL(std::hex << sw);
    }
  }
}

TEST_CASE("a refusal keeps the raw status word") {
  const Error error = to_error(0x6a86, "SELECT");
  CHECK(error.code == ErrorCode::card_command_refused);
  CHECK(error.foreign == ForeignNumber{ForeignKind::status_word, 0x6a86});
  CHECK(to_text(error).find("SW 6A86") != std::string::npos);
}

TEST_CASE("each refusal says what can be done about it", "[IS-5]") {
  for (const int number :
       {0x9862, 0x9863, 0x9864, 0x9865, 0x9866, 0x9867, 0x6982, 0x6983, 0x6984, 0x6985,
        0x6a80, 0x6a81, 0x6a82, 0x6a83, 0x6a86, 0x6a87, 0x6a88, 0x6700, 0x6b00, 0x6d00,
        0x6e00, 0x6f00, 0x6881, 0x9300, 0x61ff, 0x6cff, 0x63c2, 0x1234}) {
    const auto sw = static_cast<StatusWord>(number);
    INFO(std::hex << sw);
    CHECK_FALSE(meaning_of(sw).advice.empty());
    const Error error = to_error(sw, "AUTHENTICATE");
    CHECK(error.detail.find(meaning_of(sw).text) != std::string::npos);
    CHECK(error.detail.find(meaning_of(sw).advice) != std::string::npos);
  }
  CHECK(to_error(0x6985, "X").detail != to_error(0x6982, "X").detail);
}
