#include "isim/soft/card_files.h"

#include "base/encoding.h"
#include "isim/soft/card_content.h"
#include "isim/uicc_files.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

namespace {

// PIN1 alone, in the PIN status DO.
const Bytes kEnabled = test::hex("900180830101");
const Bytes kDisabled = test::hex("900100830101");

FileSystem files(const test::SoftCard::Changes& changes = {}) {
  return make_files(test::soft_profile(changes));
}

Bytes content(File& directory, FileId fid) {
  const File* file = find_child(directory, fid);
  REQUIRE(file != nullptr);
  return file->content;
}

}  // namespace

TEST_CASE("FCPs are those of TS 102 221, octet by octet", "[IS-2]") {
  auto all = files();
  CHECK(to_hex(fcp(*all.mf, kEnabled)) ==
        "62208202782183023f00a5068001718701018a01058b032f0601c606900180830101");
  CHECK(to_hex(fcp(*all.applications[0], kDisabled)) ==
        "62268202782184"
        "10a0000000871004ffffffff89010100008a01058b036f0601c606900100830101");
  CHECK(to_hex(fcp(*find_child(*all.mf, kEfIccid), kEnabled)) ==
        "621782024121830"
        "22fe28a01058b032f06018002000a880110");
  CHECK(to_hex(fcp(*find_child(*all.mf, kEfDir), kEnabled)) ==
        "621a8205422100"
        "1a03"
        "83022f008a01058b032f06018002004e8801f0");
}

TEST_CASE("a reader that is not ours understands the FCPs", "[IS-2]") {
  auto all = files();
  const auto dir = decode_fcp(fcp(*find_child(*all.mf, kEfDir), kEnabled));
  REQUIRE(dir.has_value());
  CHECK(dir->structure == FileStructure::linear_fixed);
  CHECK(dir->record_count == 3);
  CHECK(dir->sfi == 0x1e);
  const auto adf = decode_fcp(fcp(*all.applications[0], kEnabled));
  REQUIRE(adf.has_value());
  CHECK(adf->structure == FileStructure::df);
  CHECK(adf->pin_reference() == 0x01);
  CHECK(adf->life_cycle == LifeCycle::activated);
  CHECK_FALSE(decode_fcp(fcp(*all.applications[0], kDisabled))->pin_reference().has_value());
}

TEST_CASE("the files hold what the vectors say", "[IS-3]") {
  auto all =
      files({{"imsi = \"001010123456789\"", "imsi = \"234150999999999\""},
             {"p_cscfs = []", "p_cscfs = [\"192.168.12.34\", \"2001:db8::1\", \"p.home.net\"]"},
             {"isim = []", "isim = [1, 2, 6, 7, 8]"},
             {"impi = \"001010123456789@ims.mnc001.mcc001.3gppnetwork.org\"",
              "impi = \"738006000000101@ims.mnc000.mcc738.3gppnetwork.org\""}});
  auto& isim = *all.applications[0];
  auto& usim = *all.applications[1];
  CHECK(to_hex(content(usim, 0x6f07)) == "082943519099999999");
  CHECK(to_hex(content(usim, kEfAd)) == "00000002");
  CHECK(to_hex(content(usim, 0x6f78)) == "0200");
  CHECK(to_hex(content(isim, kEfImpi)) ==
        "803137333830303630303030303031303140696d732e6d6e633030302e6d63633733382e336770706e6574776f"
        "726b2e6f7267");
  CHECK(to_hex(content(isim, kEfIst)) == "e30000");
  // 8988211000000123456, an odd number of digits
  CHECK(to_hex(content(*all.mf, kEfIccid)) == "988812010000103254f6");
  const auto& p_cscf = *find_child(isim, 0x6f09);
  REQUIRE(p_cscf.records.size() == 3);
  CHECK(to_hex(p_cscf.records[0]).starts_with("800501c0a80c22ff"));
  CHECK(to_hex(p_cscf.records[1]) == "80110220010db8000000000000000000000001");
  CHECK(to_hex(p_cscf.records[2]).starts_with("800b00702e686f6d652e6e6574ff"));
}

TEST_CASE("every IMPU has a record of its own, the default one first", "[IS-3]") {
  auto all = files();
  const auto& impu = *find_child(*all.applications[0], kEfImpu);
  REQUIRE(impu.records.size() == 2);
  CHECK(as_text(impu.records[0]).substr(2) == "sip:alice@ims.mnc001.mcc001.3gppnetwork.org");
  CHECK(as_text(impu.records[1]).substr(2).starts_with("tel:+88212345678\xff"));
  CHECK(impu.records[0].size() == impu.records[1].size());
}

TEST_CASE("EF_ARR says what the card enforces", "[IS-4]") {
  const auto records = arr_records();
  REQUIRE(records.size() == 4);
  CHECK(to_hex(records[1]) == "800101a406830101950108800102a40683010a950108");
  CHECK(to_hex(records[0]) == "8001019000800102a40683010a950108ffffffffffff");
}

TEST_CASE("each ATR has its protocols and a right check octet", "[IS-2]") {
  CHECK(to_hex(make_atr(AtrProtocols::t0)) == "3b0a8031e86655542d414b41");
  for (const auto protocols : {AtrProtocols::t1, AtrProtocols::dual}) {
    const auto atr = make_atr(protocols);
    std::uint8_t sum = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) {
      sum = static_cast<std::uint8_t>(sum ^ atr[i]);
    }
    CHECK(sum == 0);
  }
}
