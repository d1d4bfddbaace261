#include "isim/soft/card_profile.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/unit/isim/soft/aka_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
namespace fs = std::filesystem;

namespace {

// The example with one change, and what is said of it.
std::string complaint(const std::string& from, const std::string& to) {
  std::string toml(example_card_profile());
  const auto at = toml.find(from);
  REQUIRE(at != std::string::npos);
  toml.replace(at, from.size(), to);
  const auto profile = parse_card_profile(toml, "/dir");
  return profile ? "" : profile.error().detail;
}

std::string res_of(const AkaAlgorithm& algorithm) {
  return to_hex(algorithm.f2345(fixture::rand()).res.octets.expose());
}

}  // namespace

TEST_CASE("the example profile is a whole card") {
  const auto profile = parse_card_profile(example_card_profile(), "/dir");
  REQUIRE(profile.has_value());
  CHECK(profile->iccid == "8988211000000123456");
  CHECK(profile->applications == std::vector{Application::isim, Application::usim});
  REQUIRE(profile->algorithm != nullptr);
  CHECK(res_of(*profile->algorithm) == "a54211d5e3ba50bf");
  CHECK(profile->sqn_file == "/dir/sqn");
  CHECK(profile->pins.enabled);
  CHECK(profile->usim_services == std::set<std::uint8_t>{27, 38});
  CHECK(profile->logical_channels == 19);
}

TEST_CASE("OP in place of OPc gives the same card") {
  const auto profile = test::soft_profile({{"opc = \"cd63cb71954a9f4e48a5994e37a02baf\"",
                                            "op = \"cdc202d5123e20f62b6d676ac72cb318\""}});
  CHECK(res_of(*profile.algorithm) == "a54211d5e3ba50bf");
}

TEST_CASE("what is left out of the subscriber follows from the IMSI") {
  const auto profile = parse_card_profile(R"(
[card]
iccid = "8988211000000123456"
[subscriber]
imsi = "234150999999999"
mnc_length = 2
[keys]
k = "465b5ce8b199b49faa5f0a2ee238a6bc"
op = "cdc202d5123e20f62b6d676ac72cb318"
[sequence]
file = "/var/lib/sqn"
[pin]
pin = "1234"
puk = "12345678"
)",
                                          "/dir");
  REQUIRE(profile.has_value());
  CHECK(profile->impi == "234150999999999@ims.mnc015.mcc234.3gppnetwork.org");
  CHECK(profile->domain == "ims.mnc015.mcc234.3gppnetwork.org");
  CHECK(profile->impus ==
        std::vector<std::string>{"sip:234150999999999@ims.mnc015.mcc234.3gppnetwork.org"});
  CHECK(profile->sqn_file == "/var/lib/sqn");
  CHECK_FALSE(profile->pins.enabled);
}

TEST_CASE("each wrong setting is named") {
  CHECK(complaint("8988211000000123456", "898821").starts_with("card.iccid "));
  CHECK(complaint("\"8988211000000123456\"", "8988211000000123456").starts_with("card.iccid "));
  CHECK(complaint("\"usim\"]", "\"csim\"]").starts_with("card.applications "));
  CHECK(complaint("\"usim\"]", "\"isim\"]").starts_with("card.applications "));
  CHECK(complaint("\"dual\"", "\"t2\"") == "card.atr must be one of t0, t1, dual");
  CHECK(complaint("\"direct\"", "\"t1\"") == "card.answers must be one of direct, t0");
  CHECK(complaint("channels = 19", "channels = 20").starts_with("card.logical_channels "));
  CHECK(complaint("\"001010123456789\"", "\"00101012345678x\"").starts_with("subscriber.imsi "));
  CHECK(complaint("mnc_length = 2", "mnc_length = 4").starts_with("subscriber.mnc_length "));
  CHECK(complaint("001010123456789@ims", "ims").starts_with("subscriber.impi "));
  CHECK(complaint("\"tel:+88212345678\"", "\"+88212345678\"").starts_with("subscriber.impus "));
  CHECK(complaint("p_cscfs = []", "p_cscfs = [\"p.home.net\"]").starts_with("services.isim "));
  CHECK(complaint("k = \"46", "k = \"4").starts_with("keys.k "));
  CHECK(complaint("opc = \"cd", "opc = \"zz").starts_with("keys.opc "));
  CHECK(complaint("opc = \"cd", "op = \"00\"\nopc = \"cd").starts_with("keys.opc or op "));
  CHECK(complaint("\"milenage\"", "\"xor\"") == "keys.algorithm must be one of milenage, tuak");
  CHECK(complaint("\"milenage\"", "\"tuak\"").starts_with("keys.topc or top "));
  CHECK(complaint("\"milenage\"", "\"tuak\"\nkeccak_iterations = 256")
            .starts_with("keys.keccak_iterations "));
  CHECK(complaint("\"milenage\"", "\"tuak\"\nres_octets = 5").starts_with("keys.res_octets "));
  CHECK(complaint("start = 0", "start = 281474976710656").starts_with("sequence.start "));
  CHECK(complaint("file = \"sqn\"", "").starts_with("sequence.file is missing"));
  CHECK(complaint("pin = \"1234\"", "pin = \"123\"").starts_with("pin.pin "));
  CHECK(complaint("puk = \"12345678\"", "puk = \"1234567\"").starts_with("pin.puk "));
  CHECK(complaint("enabled = true", "enabled = 1").starts_with("pin.enabled "));
  CHECK(complaint("isim = []", "isim = [0]").starts_with("services.isim "));
  CHECK(complaint("isim = []", "isim = [3]") ==
        "digest.password is missing for service 3 of services.isim");
  CHECK(complaint("[services]", "[digest]\npassword = \"x\"\n[services]") ==
        "digest.password needs service 3 in services.isim");
  CHECK(complaint("isim = []", "isim = []\n[digest]\nuser = \"a:b\"").starts_with("digest.user "));
  CHECK(complaint("[services]", "[service]") == "service is not a section");
  CHECK(complaint("start = 0", "begin = 0") == "sequence.begin is not a setting");
}

TEST_CASE("all wrong settings are told at once, and no secret with them", "[KEY-4]") {
  const auto profile = parse_card_profile(R"(
[card]
iccid = "1"
[keys]
k = "465b5ce8b199b49faa5f0a2ee238a6"
[pin]
pin = "98765432109"
puk = "12345678"
)",
                                          "/dir");
  REQUIRE_FALSE(profile.has_value());
  CHECK(profile.error().code == ErrorCode::config_invalid);
  const auto text = to_text(profile.error());
  for (const auto* setting :
       {"card.iccid", "subscriber.imsi", "keys.k", "keys.opc", "sequence.file", "pin.pin"}) {
    INFO(setting);
    CHECK(text.find(setting) != std::string::npos);
  }
  CHECK(text.find("465b") == std::string::npos);
  CHECK(text.find("98765") == std::string::npos);
}

TEST_CASE("a syntax error is told with its line") {
  const auto profile = parse_card_profile("[card]\niccid = \n", "/dir");
  REQUIRE_FALSE(profile.has_value());
  CHECK(profile.error().code == ErrorCode::config_syntax);
  CHECK(profile.error().detail.starts_with("line 2"));
}

TEST_CASE("a profile that others may read is refused", "[KEY-4]") {
  std::string name = (fs::temp_directory_path() / "profile-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const auto file = fs::path(name) / "card.toml";
  std::ofstream(file) << example_card_profile();
  for (const mode_t mode : {0644U, 0640U, 0604U, 0620U, 0601U}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    const auto refused = load_card_profile(file);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::config_invalid);
  }
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  const auto profile = load_card_profile(file);
  REQUIRE(profile.has_value());
  CHECK(profile->sqn_file == fs::path(name) / "sqn");
  CHECK(load_card_profile(fs::path(name)).error().code == ErrorCode::config_unreadable);
  CHECK(load_card_profile(fs::path(name) / "none").error().code == ErrorCode::config_unreadable);
  fs::remove_all(name);
}
