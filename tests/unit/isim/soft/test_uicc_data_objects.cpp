#include "base/encoding.h"
#include "isim/card_session.h"
#include "isim/soft/uicc.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using test::SoftCard;

namespace {

// EF_XCAPConfigData with an object of 1 octet and one of 400; and a cyclic file.
SoftCard::Changes changes(bool t0) {
  std::string files =
      "[[files]]\ndirectory = \"isim\"\nname = \"EF_XCAPConfigData\"\nsize = 1000\n"
      "read = \"always\"\nupdate = \"always\"\nsfi = 9\nobjects = [\"8001AA\", \"BF20820190" +
      std::string(800, '7') + "\"]\n" +
      "[[files]]\ndirectory = \"isim\"\nid = \"6F7E\"\nkind = \"cyclic\"\nsfi = 10\n"
      "read = \"always\"\nupdate = \"always\"\nrecords = [\"01AA\", \"02BB\", \"03AA\"]\n";
  SoftCard::Changes all = {{"[card]\n", files + "[card]\n"}};
  if (t0) {
    all.emplace_back("answers = \"direct\"", "answers = \"t0\"");
  }
  return all;
}

struct Selected : SoftCard {
  explicit Selected(bool t0 = false)
      : SoftCard(changes(t0), t0 ? CardProtocol::t0 : CardProtocol::t1) {
    send("00a4040c07a0000000871004");
    send("00a4000c026ffc");
  }
};

}  // namespace

TEST_CASE("RETRIEVE DATA gives an object with tag and length, or all tags", "[IS-3]") {
  Selected card;
  CHECK(card.send("80cb00800180"
                  "00") == "8001aa9000");
  CHECK(card.send("80cb0080015c"
                  "00") == "5c0380bf209000");
  CHECK(card.send("80cb0080018100") == "6a88");
  CHECK(card.send("80cb0089018000") == "8001aa9000");  // by SFI
  CHECK(card.send("80cb00800280"
                  "0000") == "6a80");
  CHECK(card.send("80cb0080") == "6700");
  CHECK(card.send("80cb0180018000") == "6a86");
  CHECK(card.send("80cb0060018000") == "6a86");
  CHECK(card.send("80cb0000") == "6985");
  CHECK(card.send("00cb0080018000") == "6e00");
  CHECK(card.send("00b0000000") == "6981");
  CHECK(card.send("00a4000c026f02") == "9000");
  CHECK(card.send("80cb0080018000") == "6981");
}

TEST_CASE("a long object comes in blocks, until another command comes between", "[IS-3]") {
  Selected card;
  const auto first = card.send("80cb008002bf2000");
  CHECK(first.size() == 2 * 258);
  CHECK(first.starts_with("bf20820190"));
  CHECK(first.ends_with("62f1"));
  CHECK(card.send("80cb0000"
                  "0a") == std::string(20, '7') + "62f1");
  CHECK(card.send("80cb0000"
                  "ff") == "6c8b");
  CHECK(card.send("80cb0000"
                  "8b") == std::string(278, '7') + "9000");
  CHECK(card.send("80cb0000"
                  "00") == "6985");
  CHECK(card.send("80cb008002bf2000").ends_with("62f1"));
  CHECK(card.send("80f2000c") == "9000");
  CHECK(card.send("80cb0000"
                  "00") == "6985");
}

TEST_CASE("a strict T=0 card lets the blocks wait", "[IS-3]") {
  Selected card(true);
  CHECK(card.send("80cb008002bf20") == "6100");
  CHECK(card.send("00c0000000").ends_with("62f1"));
  CHECK(card.send("80cb000000") == "6c95");
  CHECK(card.send("80cb000095") == std::string(298, '7') + "9000");
  for (const bool t0 : {false, true}) {
    Selected other(t0);
    auto session = CardSession::open(other.transport()).value();
    REQUIRE(session.select_application(test::hex("a0000000871004")).has_value());
    REQUIRE(session.select_file(0x6ffc).has_value());
    const auto object = session.retrieve_data(0xbf20);
    REQUIRE(object.has_value());
    REQUIRE(object->has_value());
    CHECK((*object)->size() == 405);
    CHECK_FALSE(session.retrieve_data(0x99).value().has_value());
  }
}

TEST_CASE("SET DATA adds, replaces and deletes objects", "[IS-3]") {
  Selected card;
  CHECK(card.send("80db0080"
                  "04"
                  "8102bbcc") == "9000");
  CHECK(card.send("80cb00800181"
                  "00") == "8102bbcc9000");
  CHECK(card.send("80db0080"
                  "03"
                  "8101dd") == "9000");
  CHECK(card.send("80cb00800181"
                  "00") == "8101dd9000");
  CHECK(card.send("80db0080"
                  "02"
                  "8200") == "9000");
  CHECK(card.send("80cb00800182"
                  "00") == "82009000");
  CHECK(card.send("80db0080"
                  "01"
                  "81") == "9000");
  CHECK(card.send("80cb00800181"
                  "00") == "6a88");
  CHECK(card.send("80db0080"
                  "01"
                  "81") == "6a88");
  CHECK(card.send("80db0080"
                  "02"
                  "5c00") == "6a80");
  CHECK(card.send("80db0080"
                  "02"
                  "8182") == "6a80");
  CHECK(card.send("80db0080") == "6700");
}

TEST_CASE("a long object is set in blocks, whole or not at all", "[IS-3]") {
  Selected card;
  CHECK(card.send("80db0080"
                  "07"
                  "8382000601"
                  "0203") == "63f1");
  CHECK(card.send("80cb00800183"
                  "00") == "6a88");  // not whole, and this ends it
  CHECK(card.send("80db0000"
                  "01"
                  "04") == "6985");
  CHECK(card.send("80db0080"
                  "07"
                  "83820006010203") == "63f1");
  CHECK(card.send("80db0000"
                  "02"
                  "0405") == "63f1");
  CHECK(card.send("80db0000"
                  "01"
                  "06") == "9000");
  CHECK(card.send("80cb00800183"
                  "00") == "838200060102030405069000");
  CHECK(card.send("80db0080"
                  "03"
                  "840201") == "63f1");
  CHECK(card.send("80db0000"
                  "02"
                  "0203") == "6700");
  CHECK(card.send("80db0000"
                  "01"
                  "02") == "6985");
  // 1000 octets is all there is room for.
  CHECK(card.send("80db0080"
                  "05"
                  "8482030000") == "6a84");
}

TEST_CASE("SET DATA and RETRIEVE DATA ask for their access rules", "[IS-4]") {
  SoftCard card(
      SoftCard::Changes{{"[card]\n",
                         "[[files]]\ndirectory = \"isim\"\nname = \"EF_XCAPConfigData\"\nobjects = "
                         "[\"8001AA\"]\n[card]\n"}});
  CHECK(card.send("00a4040c07a0000000871004") == "9000");
  CHECK(card.send("00a4000c026ffc") == "9000");
  CHECK(card.send("80cb0080018000") == "6982");
  CHECK(card.send("80db0080038001bb") == "6982");
  CHECK(card.send("002000010831323334ffffffff") == "9000");
  CHECK(card.send("80cb0080018000") == "8001aa9000");
  CHECK(card.send("80db0080038001bb") == "6982");
}

TEST_CASE("a cyclic file takes new records in front", "[IS-2]") {
  Selected card;
  CHECK(card.send("00a4000c026f7e") == "9000");
  CHECK(card.send("00dc01040204cc") == "6981");
  CHECK(card.send("00dc00030204cc") == "9000");
  CHECK(card.send("00b2010400") == "04cc9000");
  CHECK(card.send("00b2020400") == "01aa9000");
  CHECK(card.send("00b2030400") == "02bb9000");
}

TEST_CASE("SEARCH RECORD tells which records hold a pattern", "[IS-2]") {
  Selected card;
  CHECK(card.send("00a2015401aa"
                  "00") == "01039000");  // SFI 10
  CHECK(card.send("00a2030501aa"
                  "00") == "03019000");
  CHECK(card.send("00a2020401aa"
                  "00") == "039000");
  CHECK(card.send("00a2010401ee"
                  "00") == "6282");
  CHECK(card.send("00a2040401aa"
                  "00") == "6a83");
  CHECK(card.send("00a2010601aa"
                  "00") == "6a86");
  CHECK(card.send("00a2010403aabbcc"
                  "00") == "6700");
  CHECK(card.send("00a4000c026ffc") == "9000");
  CHECK(card.send("00a2010401aa"
                  "00") == "6981");
}
