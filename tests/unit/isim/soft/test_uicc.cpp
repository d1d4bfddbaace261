#include "isim/soft/uicc.h"

#include "base/encoding.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"

using namespace ut;
using namespace ut::isim;
using test::SoftCard;

namespace {

const SoftCard::Changes kNoPin = {{"enabled = true", "enabled = false"}};
const SoftCard::Changes kT0 = {{"answers = \"direct\"", "answers = \"t0\""}};

constexpr const char* kSelectIsim = "00a4040c07a0000000871004";
constexpr const char* kSelectUsim = "00a4040c07a0000000871002";
constexpr const char* kVerify = "002000010831323334ffffffff";
constexpr const char* kWrongPin = "002000010839393939ffffffff";

}  // namespace

TEST_CASE("SELECT finds files by identifier, name and path", "[IS-1][IS-2]") {
  SoftCard card;
  CHECK(card.send("00a4000c022f00") == "9000");
  CHECK(card.send("00a4000c022fe2") == "9000");
  CHECK(card.send("00b000000a") == "988812010000103254f69000");
  CHECK(card.send("00a4000c022fff") == "6a82");
  CHECK(card.send("00a4000c026f02") == "6a82");  // not below the MF
  CHECK(card.send("00a4000c027fff") == "6a82");  // no application yet
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00a4000c026f02") == "9000");
  CHECK(card.send("00a4000c023f00") == "9000");
  CHECK(card.send("00a4000c027fff") == "9000");
  CHECK(card.send("00a4080c047fff6f07") == "9000");
  CHECK(card.send("00a4080c022f05") == "9000");
  CHECK(card.send("00a4080c042f052f05") == "6a82");
  CHECK(card.send("00a4090c022fe2") == "9000");
  CHECK(card.send("00a4030c") == "6a82");  // the MF has no parent
  CHECK(card.send("00a4000c") == "9000");
}

TEST_CASE("SELECT answers with the FCP by Le, by GET RESPONSE or not at all", "[IS-2]") {
  SoftCard card;
  const std::string mf_fcp = "62208202782183023f00a5068001718701018a01058b032f0601c606900180830101";
  CHECK(card.send("00a40004023f0000") == mf_fcp + "9000");
  CHECK(card.send("00a40000023f0000") == mf_fcp + "9000");
  CHECK(card.send("00a4000c023f00") == "9000");
  CHECK(card.send("00a40004023f00") == "6122");
  CHECK(card.send("00c0000000") == mf_fcp + "9000");
  CHECK(card.send("00a40004023f00") == "6122");
  CHECK(card.send("00c0000030") == "6c22");
  CHECK(card.send("00c0000010") == mf_fcp.substr(0, 32) + "6112");
  CHECK(card.send("00c0000012") == mf_fcp.substr(32) + "9000");
  CHECK(card.send("00c0000012") == "6985");
  // Le too small on a command of case 4: the rest waits.
  CHECK(card.send("00a40004023f0004") == mf_fcp.substr(0, 8) + "611e");
  // Another command ends the waiting.
  CHECK(card.send("00a40004023f00") == "6122");
  CHECK(card.send("00a4000c023f00") == "9000");
  CHECK(card.send("00c0000022") == "6985");
}

TEST_CASE("a strict T=0 card always lets data wait and refuses Le 00", "[IS-2]") {
  SoftCard card(kT0, CardProtocol::t0);
  CHECK(card.send("00a40004023f0000") == "6122");
  CHECK(card.send("00c0000000") == "6c22");
  CHECK(card.send("00c0000022").ends_with("9000"));
  CHECK(card.send("00a4000c022fe2") == "9000");
  CHECK(card.send("00b0000000") == "6c0a");
  CHECK(card.send("00b00000") == "6c0a");
  CHECK(card.send("00b000000a") == "988812010000103254f69000");
  CHECK(card.send("00a4000c022f00") == "9000");
  CHECK(card.send("00b2010400") == "6c1a");
  CHECK(card.send("00b201041a").ends_with("9000"));
}

TEST_CASE("an application is found by prefix, and the next one by occurrence", "[IS-1]") {
  SoftCard card;
  const auto selected = [&card] { return card.send("80f2000100").substr(4, 32); };
  CHECK(card.send("80f2000100") == "6985");
  CHECK(card.send("00a4040c10a0000000871004ffffffff8901010000") == "9000");
  CHECK(selected() == "a0000000871004ffffffff8901010000");
  CHECK(card.send("00a4040c10a0000000871004ffffffff8901010001") == "6a82");
  CHECK(card.send("00a4040c07a0000000871009") == "6a82");
  CHECK(card.send("00a4040c11a0000000871004ffffffff890101000000") == "6700");
  CHECK(card.send("00a4040c") == "6700");

  // The RID alone matches both, in the order of EF_DIR.
  CHECK(card.send("00a4040c05a000000087") == "9000");
  CHECK(selected().substr(10, 4) == "1004");
  CHECK(card.send("00a4040e05a000000087") == "9000");
  CHECK(selected().substr(10, 4) == "1002");
  CHECK(card.send("00a4040e05a000000087") == "6a82");
  CHECK(card.send("00a4040f05a000000087") == "9000");
  CHECK(selected().substr(10, 4) == "1004");
  CHECK(card.send("00a4040d05a000000087") == "9000");
  CHECK(selected().substr(10, 4) == "1002");
}

TEST_CASE("an application session ends by SELECT with termination", "[IS-2]") {
  SoftCard card;
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00a4044c07a0000000871002") == "6a82");  // not the active one
  CHECK(card.send("00a4044c07a0000000871004") == "9000");
  CHECK(card.send("00a4000c027fff") == "6a82");
}

TEST_CASE("a card may have one application only", "[IS-1]") {
  SoftCard usim(SoftCard::Changes{{"[\"isim\", \"usim\"]", "[\"usim\"]"}});
  CHECK(usim.send(kSelectIsim) == "6a82");
  CHECK(usim.send(kSelectUsim) == "9000");
  CHECK(usim.send("00a4000c023f00") == "9000");
  CHECK(usim.send("00b201f400").starts_with("61184f10a0000000871002"));
}

TEST_CASE("files are read in parts, by short identifier, and not beyond their end", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("00b0000000") == "6986");
  CHECK(card.send("00b082000a") == "988812010000103254f69000");  // SFI 02
  CHECK(card.send("00b0000803") == "6c02");
  CHECK(card.send("00b0000802") == "54f69000");
  CHECK(card.send("00b0000800") == "54f69000");
  CHECK(card.send("00b0000a01") == "6b00");
  CHECK(card.send("00b07fff01") == "6b00");
  CHECK(card.send("00b0000b") == "6b00");
  CHECK(card.send("00b00000") == "6700");
  CHECK(card.send("00b09f0001") == "6a86");  // SFI 31 is none
  CHECK(card.send("00b0c20001") == "6a86");
  CHECK(card.send("00b08d0001") == "6a82");
  CHECK(card.send("00b0000001aa") == "6700");
  CHECK(card.send("00b201040a") == "6981");  // not a record file
}

TEST_CASE("records are read by number, next and previous", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("00a4000c022f00") == "9000");
  const auto first = card.send("00b2010400");
  const auto second = card.send("00b2020400");
  const auto third = card.send("00b2030400");
  CHECK(first.starts_with("61184f10a0000000871004"));
  CHECK(second.starts_with("61184f10a0000000871002"));
  CHECK(third == std::string(52, 'f') + "9000");
  CHECK(card.send("00b20104ff") == "6c1a");
  CHECK(card.send("00b2010410") == "6c1a");
  CHECK(card.send("00b2040400") == "6a83");
  CHECK(card.send("00b2000400") == "6a83");  // no current record yet
  CHECK(card.send("00b2000210") == "6c1a");
  CHECK(card.send("00b2000200") == first);  // the wrong Le moved nothing
  CHECK(card.send("00b2000200") == second);
  CHECK(card.send("00b2000400") == second);
  CHECK(card.send("00b2000300") == first);
  CHECK(card.send("00b2000300") == "6a83");
  CHECK(card.send("00b2000200") == second);
  CHECK(card.send("00b201f400") == first);  // by SFI 1E: the pointer starts anew
  CHECK(card.send("00b2000300") == third);
  CHECK(card.send("00b2010500") == "6a86");
  CHECK(card.send("00b2010200") == "6a86");
  CHECK(card.send("00b201fc00") == "6a86");
  CHECK(card.send("00b0000000") == "6981");
}

TEST_CASE("a file behind the PIN is closed until VERIFY and after a reset", "[IS-4]") {
  SoftCard card;
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00b0820000") == "6982");
  CHECK(card.send("00b2012400") == "6982");
  CHECK(card.send("00b0830000") == "0000009000");  // EF_AD is open to all
  CHECK(card.send("00200001") == "63c3");
  CHECK(card.send("0020000100") == "63c3");
  CHECK(card.send(kVerify) == "9000");
  CHECK(card.send("00200001") == "9000");
  CHECK(card.send("00b0820000").ends_with("9000"));
  card.uicc().reset();
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00b0820000") == "6982");
}

TEST_CASE("an empty VERIFY spends nothing, a wrong one a try, and then the card is blocked",
          "[IS-4]") {
  SoftCard card;
  for (int i = 0; i < 5; ++i) {
    CHECK(card.send("00200001") == "63c3");
  }
  CHECK(card.send("0020000107313233343536ff") == "6700");
  CHECK(card.send(kWrongPin) == "63c2");
  CHECK(card.send(kWrongPin) == "63c1");
  card.uicc().reset();  // counters survive
  CHECK(card.send("00200001") == "63c1");
  CHECK(card.send(kWrongPin) == "63c0");
  CHECK(card.send(kVerify) == "6983");
  CHECK(card.send("00200001") == "6983");
  CHECK(card.send("0024000110"
                  "31323334ffffffff"
                  "35363738ffffffff") == "6983");
  CHECK(card.send("002c0001") == "63ca");
  CHECK(card.send("002c000110"
                  "3132333435363739"
                  "35363738ffffffff") == "63c9");
  CHECK(card.send("002c000110"
                  "3132333435363738"
                  "35363738ffffffff") == "9000");
  CHECK(card.send("00200001") == "9000");
  card.uicc().reset();
  CHECK(card.send(kVerify) == "63c2");
  CHECK(card.send("002000010835363738ffffffff") == "9000");
}

TEST_CASE("the PIN commands refuse what is not PIN1 or not well formed", "[IS-4]") {
  SoftCard card;
  for (const auto* ins : {"20", "24", "26", "28", "2c"}) {
    const std::string head = std::string("00") + ins;
    CHECK(card.send(head + "0002"
                           "08"
                           "31323334ffffffff") == "6a88");
    CHECK(card.send(head + "0081"
                           "08"
                           "31323334ffffffff") == "6a88");
    CHECK(card.send(head + "0101"
                           "08"
                           "31323334ffffffff") == "6a86");
    CHECK(card.send(head + "0001"
                           "04"
                           "31323334") == "6700");
  }
  CHECK(card.send("0024000110"
                  "31323334ffffffff"
                  "3536ffffffffffff") == "6a80");
  CHECK(card.send("00200001") == "63c3");
}

TEST_CASE("a disabled PIN shows in the FCP and opens the files", "[IS-4]") {
  SoftCard card;
  CHECK(card.send("00280001"
                  "08"
                  "31323334ffffffff") == "6985");
  CHECK(card.send("00260001"
                  "08"
                  "31323334ffffffff") == "9000");
  CHECK(card.send("00a40404"
                  "07"
                  "a0000000871004"
                  "00")
            .find("c606900100830101") != std::string::npos);
  CHECK(card.send("00b0820000").ends_with("9000"));
  CHECK(card.send(kVerify) == "6984");
  CHECK(card.send("00200001") == "9000");
  CHECK(card.send("00280001"
                  "08"
                  "31323334ffffffff") == "9000");
  CHECK(card.send("00a40404"
                  "07"
                  "a0000000871004"
                  "00")
            .find("c606900180830101") != std::string::npos);
}

TEST_CASE("UPDATE follows the access rules", "[IS-4]") {
  SoftCard card;
  CHECK(card.send("00a4000c022f05") == "9000");
  CHECK(card.send("00d60000026465") == "6982");
  CHECK(card.send(kVerify) == "9000");
  CHECK(card.send("00d60000026465") == "9000");
  CHECK(card.send("00b0000000") == "64659000");
  CHECK(card.send("00d600010266ff") == "6700");
  CHECK(card.send("00d6000166") == "6700");
  CHECK(card.send("00d600020166") == "6b00");
  CHECK(card.send("00d60000") == "6700");
  CHECK(card.send("00d682000100") == "6982");  // EF_ICCID is the issuer's
  CHECK(card.send("00dc01f41a" + std::string(52, '0')) == "6982");
}

TEST_CASE("STATUS tells the directory, the application or nothing", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("80f2000000").starts_with("62208202782183023f00"));
  CHECK(card.send("80f20000ff") == "6c22");
  CHECK(card.send("80f2000c") == "9000");
  CHECK(card.send("80f2010c") == "9000");
  CHECK(card.send("80f2030c") == "6a86");
  CHECK(card.send("80f2000200") == "6a86");
  CHECK(card.send("00f2000000") == "6e00");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("80f2000100") == "8410a0000000871004ffffffff89010100009000");
}

TEST_CASE("logical channels have selections of their own and one PIN state", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("0070000001") == "019000");
  CHECK(card.send("00a4000c022fe2") == "9000");
  CHECK(card.send("01b0000001") == "6986");
  CHECK(card.send("01a4040c07a0000000871004") == "9000");
  CHECK(card.send("00b0000001") == "989000");
  CHECK(card.send("012000010831323334ffffffff") == "9000");
  CHECK(card.send("00200001") == "9000");
  // A channel opened from another one starts where that one is; from the basic one in the MF.
  CHECK(card.send("0170000001") == "029000");
  CHECK(card.send("82f2000100").starts_with("8410a0000000871004"));
  CHECK(card.send("0070000500") == "9000");
  CHECK(card.send("c1f2000100") == "6985");
  CHECK(card.send("0070000500") == "6881");  // open already
  CHECK(card.send("00700100") == "6a86");
  CHECK(card.send("00708001") == "9000");
  CHECK(card.send("01a4000c023f00") == "6881");
  CHECK(card.send("00708001") == "6881");
  CHECK(card.send("00708000") == "6a86");
  CHECK(card.send("00708014") == "6a86");
  CHECK(card.send("00700014") == "6a86");
}

TEST_CASE("response data waits on its channel only", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("0070000001") == "019000");
  CHECK(card.send("01a40004023f00") == "6122");
  CHECK(card.send("00c0000022") == "6985");
  CHECK(card.send("01c0000022") == "6985");
  CHECK(card.send("01a40004023f00") == "6122");
  CHECK(card.send("01c0000022").ends_with("9000"));
}

TEST_CASE("channels run out at 19, or where the profile says", "[IS-2]") {
  SoftCard card;
  for (int i = 1; i <= 19; ++i) {
    CHECK(card.send("0070000001").ends_with("9000"));
  }
  CHECK(card.send("0070000001") == "6a81");
  CHECK(card.send("4fa4040c07a0000000871004") == "9000");
  card.uicc().reset();
  CHECK(card.send("4fa4040c07a0000000871004") == "6881");
  CHECK(card.send("0070000001") == "019000");

  SoftCard two(SoftCard::Changes{{"logical_channels = 19", "logical_channels = 2"}});
  CHECK(two.send("0070000001") == "019000");
  CHECK(two.send("0070000300") == "6881");
  CHECK(two.send("0070000001") == "029000");
  CHECK(two.send("0070000001") == "6a81");
  SoftCard none(SoftCard::Changes{{"logical_channels = 19", "logical_channels = 0"}});
  CHECK(none.send("0070000001") == "6881");
}

TEST_CASE("an opening whose answer cannot be taken opens nothing", "[IS-2]") {
  SoftCard card(kT0);
  CHECK(card.send("00700000") == "6c01");
  CHECK(card.send("01a4000c023f00") == "6881");
  CHECK(card.send("0070000001") == "019000");
}

TEST_CASE("classes, instructions and parameters that are none have their status words", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("a0a40000023f00") == "6e00");
  CHECK(card.send("10a40004023f00") == "6e00");
  CHECK(card.send("04a40004023f00") == "6882");
  CHECK(card.send("60a40004023f00") == "6882");
  CHECK(card.send("80a40004023f00") == "6e00");
  CHECK(card.send("00ab0000") == "6d00");
  CHECK(card.send("00610000") == "6d00");
  CHECK(card.send("00a40204023f00") == "6a86");
  CHECK(card.send("00a40008023f00") == "6a86");
  CHECK(card.send("00a40044023f00") == "6a86");
  CHECK(card.send("00a40404") == "6700");
  CHECK(card.send("00a40004033f0000") == "6700");
  CHECK(card.send("00a40804013f") == "6700");
  CHECK(card.send("00c0010000") == "6a86");
  CHECK(card.send("00") == "6700");
  CHECK(card.send("") == "6700");
}

TEST_CASE("our own card session reads the whole identity in every manner", "[IS-1][IS-3][IS-4]") {
  for (const auto& changes : {SoftCard::Changes{}, kNoPin, kT0}) {
    SoftCard card(changes);
    const auto pin = SecretBytes::copy_of(as_bytes("1234"));
    auto session = CardSession::open(card.transport(), {.pin = &pin});
    REQUIRE(session.has_value());
    const auto identity = read_identity(*session);
    REQUIRE(identity.has_value());
    CHECK(identity->application == Application::isim);
    CHECK(identity->iccid == "8988211000000123456");
    CHECK(identity->impi == "001010123456789@ims.mnc001.mcc001.3gppnetwork.org");
    CHECK(identity->domain == "ims.mnc001.mcc001.3gppnetwork.org");
    CHECK(identity->impus == std::vector<std::string>{"sip:alice@ims.mnc001.mcc001.3gppnetwork.org",
                                                      "tel:+88212345678"});
    CHECK(session->close().has_value());
  }
}
