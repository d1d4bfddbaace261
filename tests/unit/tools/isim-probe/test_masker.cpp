#include "tools/isim-probe/masker.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::probe;

namespace {

constexpr const char* kSelectMf = "00a40004023f00";
constexpr const char* kSelectIsim = "00a4040407a0000000871004";
constexpr const char* kSelectUsim = "00a4040407a0000000871002";
constexpr const char* kAuthenticate =
    "00880081221023553cbe9637a89d218ae64dae47bf3510aa689c6482518000283d95cc0bf9a93c";

// What is kept of the answer.
std::string answer(Masker& masker, std::string_view command, std::string_view octets) {
  return to_hex(masker.mask(test::hex(command), test::hex(octets)).answer.expose());
}

std::string command(Keep keep, std::string_view octets) {
  return to_hex(Masker(keep).mask_command(test::hex(octets)).expose());
}

}  // namespace

TEST_CASE("files that say nothing of the subscriber are kept, by SFI and identifier", "[KEY-4]") {
  Masker masker(Keep::harmless);
  CHECK(answer(masker, kSelectMf, "6205820278219000") == "6205820278219000");
  CHECK(answer(masker, "00b201f400", "61044f02a0009000") == "61044f02a0009000");  // EF_DIR
  answer(masker, kSelectIsim, "9000");
  CHECK(answer(masker, "00b0870000", "22029000") == "22029000");  // EF_IST
  answer(masker, "00a40004026fad", "9000");
  CHECK(answer(masker, "00b0000000", "000000029000") == "000000029000");  // EF_AD
}

TEST_CASE("identities keep their form and lose their content", "[KEY-4][KEY-6]") {
  Masker masker(Keep::harmless);
  answer(masker, kSelectMf, "9000");
  CHECK(answer(masker, "00b082000a", "981122334455667788f19000") == "000000000000000000f09000");
  answer(masker, kSelectIsim, "9000");
  // 80 L "a1@b.c" FF
  CHECK(answer(masker, "00b0820000",
               "800661314062"
               "2e63"
               "ff9000") ==
        "800678304078"
        "2e78"
        "ff9000");
  // sip:a@b
  CHECK(answer(masker, "00b2012400", "80077369703a6140629000") == "80077369703a7840789000");
  answer(masker, kSelectUsim, "9000");
  CHECK(answer(masker, "00b0870000", "0809101032547698109000") == "0809000000000000009000");
  Masker open(Keep::identities);
  answer(open, kSelectUsim, "9000");
  CHECK(answer(open, "00b0870000", "0809101032547698109000") == "0809101032547698109000");
}

TEST_CASE("what is not known is not kept", "[KEY-4]") {
  Masker masker(Keep::harmless);
  CHECK(answer(masker, "00b0870000", "22029000") == "00009000");  // nothing selected yet
  answer(masker, kSelectIsim, "9000");
  answer(masker, "00a40004025f3a", "9000");  // a directory, perhaps
  CHECK(answer(masker, "00b0870000", "22029000") == "00009000");
  answer(masker, kSelectIsim, "9000");
  answer(masker, kSelectMf, "6a82");  // not selected
  CHECK(answer(masker, "00b0870000", "22029000") == "22029000");
  CHECK(answer(masker, "00b0820100", "61319000") == "00009000");  // from the middle of EF_IMPI
  CHECK(answer(masker, "00b0820000", "61319000") == "00009000");  // not the form of EF_IMPI
  CHECK(answer(masker, "a0b0820000", "61319000") == "00009000");
  CHECK(answer(masker, "00cb800001800000", "61319000") == "00009000");
  CHECK(answer(masker, "00b0820000", "ffffff9000") == "ffffff9000");  // never written
  masker.reset();
  CHECK(answer(masker, "00b0870000", "22029000") == "00009000");
}

TEST_CASE("a logical channel has a selection of its own", "[IS-2]") {
  Masker masker(Keep::harmless);
  answer(masker, kSelectIsim, "9000");
  CHECK(answer(masker, "0070000001", "029000") == "029000");
  CHECK(answer(masker, "02b201f400", "61044f02a0009000") == "61044f02a0009000");
  answer(masker, "0270800200", "9000");
  CHECK(answer(masker, "02b0870000", "22029000") == "00009000");
}

TEST_CASE("keys of AUTHENTICATE are hidden, over GET RESPONSE too", "[KEY-4]") {
  for (const Keep keep : {Keep::harmless, Keep::identities, Keep::no_secrets}) {
    Masker masker(keep);
    answer(masker, kSelectIsim, "9000");
    CHECK(answer(masker, kAuthenticate, "db04112233440255660277889000") ==
          "db04000000000200000200009000");
    CHECK(answer(masker, kAuthenticate, "610e") == "610e");
    CHECK(answer(masker, "00c000000e", "db04112233440255660277889000") ==
          "db04000000000200000200009000");
    CHECK(answer(masker, kAuthenticate, "6110") == "6110");
    CHECK(answer(masker, "00c0000004", "db041122610c") == "00000000610c");
    CHECK(answer(masker, "00c000000c", "334402556602778800009000") == "000000000000000000009000");
    CHECK(answer(masker, kAuthenticate, "9862") == "9862");
    const std::string auts = "dc0e00112233445566778899aabbccdd9000";
    CHECK(answer(masker, kAuthenticate, auts) == auts);
    CHECK(command(keep, kAuthenticate) == kAuthenticate);
  }
  Masker all(Keep::everything);
  CHECK(answer(all, kAuthenticate, "db0411223344") == "db0411223344");
}

TEST_CASE("PINs, keys in files and what is written are hidden", "[KEY-4]") {
  for (const char* ins : {"20", "24", "26", "28", "2c"}) {
    const std::string header = "00" + std::string(ins) + "000108";
    for (const Keep keep : {Keep::harmless, Keep::identities, Keep::no_secrets}) {
      CHECK(command(keep, header + "31323334ffffffff") == header + "0000000000000000");
    }
    CHECK(command(Keep::everything, header + "31323334ffffffff") == header + "31323334ffffffff");
  }
  CHECK(command(Keep::harmless, "00d600000211ff") == "00d60000020000");
  CHECK(command(Keep::no_secrets, "00d600000211ff") == "00d600000211ff");
  CHECK(command(Keep::harmless, "0088008405de01610162") ==
        "0088008405"
        "0000000000");
  Masker masker(Keep::no_secrets);
  answer(masker, kSelectUsim, "9000");
  CHECK(answer(masker, "00b0880000", "0711229000") == "0000009000");  // EF_Keys
}
