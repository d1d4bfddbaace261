#include "isim/soft/pin_set.h"

#include "base/encoding.h"
#include "isim/soft/card_access.h"
#include "isim/soft/pin_file.h"
#include "isim/uicc_files.h"
#include "tests/support/catch.h"

#include <sys/stat.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

namespace {

PinCode code(std::string_view digits) {
  return *pin_code(digits);
}

PinSettings settings(bool enabled, bool universal) {
  PinSettings pins;
  pins.enabled = enabled;
  pins.pin = code("1234");
  pins.puk = code("12345678");
  if (universal) {
    pins.universal_pin = code("5678");
  }
  return pins;
}

std::filesystem::path fresh_file() {
  static int number = 0;
  const auto file = std::filesystem::temp_directory_path() /
                    ("pins-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
  std::filesystem::remove(file);
  return file;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("only what was verified, or need not be, is open", "[IS-4]") {
  PinSet pins(settings(true, false));
  CHECK_FALSE(pins.is_open(kPin1));
  CHECK_FALSE(pins.is_open(kAdm1));
  CHECK(pins.find(kAdm1) == nullptr);
  CHECK(pins.find(kPin1)->verify(code("1234")) == Pin::Outcome::done);
  CHECK(pins.is_open(kPin1));
  pins.forget_verification();
  CHECK_FALSE(pins.is_open(kPin1));
  CHECK(PinSet(settings(false, false)).is_open(kPin1));
}

TEST_CASE("the universal PIN takes the place of a PIN1 that is not enabled", "[IS-4]") {
  PinSet pins(settings(false, true));
  CHECK_FALSE(pins.is_open(kPin1));
  CHECK(pins.find(kUniversalPin)->verify(code("5678")) == Pin::Outcome::done);
  CHECK(pins.is_open(kPin1));

  PinSet apart(settings(true, true));
  CHECK(apart.find(kUniversalPin)->verify(code("5678")) == Pin::Outcome::done);
  CHECK_FALSE(apart.is_open(kPin1));
  CHECK(apart.is_open(kUniversalPin));
}

TEST_CASE("the PIN status DO tells references, enabled bits and the universal PIN's use",
          "[IS-4]") {
  CHECK(to_hex(PinSet(settings(true, false)).status()) == "900180830101");
  CHECK(to_hex(PinSet(settings(false, false)).status()) == "900100830101");
  CHECK(to_hex(PinSet(settings(false, true)).status()) == "900140830101950108830111");
  auto all = settings(true, true);
  all.second_pin = code("2345");
  all.adm = PinCode();
  CHECK(to_hex(PinSet(std::move(all)).status()) == "9001e0830101950100830111830181");
}

TEST_CASE("tries and changed PINs come back from their file", "[IS-4]") {
  const auto path = fresh_file();
  PinFile file(path);
  PinSet pins(settings(true, true));
  REQUIRE(file.load(pins).has_value());
  CHECK_FALSE(std::filesystem::exists(path));
  pins.find(kPin1)->verify(code("0000"));
  pins.find(kUniversalPin)->change(code("5678"), code("8765"));
  pins.replace_pin1(true);
  REQUIRE(file.save(pins).has_value());

  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  PinSet again(settings(true, true));
  REQUIRE(file.load(again).has_value());
  CHECK(again.find(kPin1)->pin_tries() == 2);
  CHECK(again.pin1_replaced());
  CHECK_FALSE(again.is_open(kUniversalPin));
  CHECK(again.find(kUniversalPin)->verify(code("5678")) == Pin::Outcome::wrong);
  CHECK(again.find(kUniversalPin)->verify(code("8765")) == Pin::Outcome::done);
  std::filesystem::remove(path);
}

TEST_CASE("a file that is damaged or of other PINs stops the card", "[IS-4]") {
  const auto path = fresh_file();
  PinFile file(path);
  PinSet pins(settings(true, false));
  REQUIRE(file.save(pins).has_value());
  const std::string good = text_of(path);
  CHECK(good == "soft-isim PINs 1\nPIN1 itself  \n01030a0131323334ffffffff\n");
  for (const std::string& bad :
       {std::string(), good.substr(1), good.substr(0, good.size() - 1), good + "\n",
        std::string(good).replace(good.find("0103"), 4, "0104"),
        std::string(good).replace(good.find("0103"), 4, "1103"),
        std::string(good).replace(good.find("0103"), 4, "01x3"),
        std::string(good).replace(good.find("0a01"), 4, "0a02")}) {
    INFO(bad);
    std::ofstream(path, std::ios::trunc) << bad;
    PinSet other(settings(true, false));
    const auto loaded = file.load(other);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == ErrorCode::config_invalid);
  }
  std::ofstream(path, std::ios::trunc) << good;
  PinSet more(settings(true, true));
  CHECK_FALSE(file.load(more).has_value());
  std::filesystem::remove(path);
}
