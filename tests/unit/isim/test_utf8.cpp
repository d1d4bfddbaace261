#include "isim/utf8.h"

#include "isim/file_value.h"
#include "tests/support/catch.h"
#include "tests/support/file_value_text.h"

#include <string_view>

using namespace ut;
using namespace ut::isim;

TEST_CASE("UTF-8 is told from octets that are none", "[IS-3]") {
  for (const std::string_view text :
       {"", "plain", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    CHECK(is_utf8(text));
    CHECK(is_printable_utf8(text));
  }
  for (const std::string_view text :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xe2\x82", "a\xff"}) {
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_printable_utf8(text));
  }
}

TEST_CASE("what a terminal obeys is not printable", "[IS-3]") {
  for (const std::string_view text : {"\x1b[2J", "a\nb", "\x7f",
                                      "\xc2\x9b"
                                      "2J",
                                      "\xe2\x80\xae"
                                      "abc",
                                      "\xe2\x81\xa6", "\xe2\x80\xa8"}) {
    CHECK(is_utf8(text));
    CHECK_FALSE(is_printable_utf8(text));
    CHECK(std::holds_alternative<Bytes>(text_value("label", text).content));
  }
  CHECK(test::outline(text_value("label", std::string_view("ISIM"))) == "\"ISIM\"");
}
