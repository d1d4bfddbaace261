#include "isim/soft/algorithm_settings.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/soft/aka_fixture.h"

#include <string>

using namespace ut;
using namespace ut::isim::soft;

namespace {

constexpr std::string_view kK = "465b5ce8b199b49faa5f0a2ee238a6bc";
constexpr std::string_view kOp = "cdc202d5123e20f62b6d676ac72cb318";
// TUAK test set 1.
constexpr std::string_view kTuakK = "abababababababababababababababab";
constexpr std::string_view kTop =
    "5555555555555555555555555555555555555555555555555555555555555555";
constexpr std::string_view kTopc =
    "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff";

std::string complaints(const AlgorithmSettings& settings) {
  std::string all;
  const auto algorithm =
      make_algorithm(settings, [&all](std::string_view setting, std::string_view what) {
        all.append(all.empty() ? "" : "; ").append(setting).append(" ").append(what);
      });
  CHECK((algorithm == nullptr) == !all.empty());
  return all;
}

std::string res_of(const AlgorithmSettings& settings, std::string_view rand) {
  const auto algorithm = make_algorithm(
      settings, [](std::string_view setting, std::string_view) { FAIL(std::string(setting)); });
  const auto response = algorithm->f2345(*ut::isim::Rand::from(ut::test::hex(rand)));
  return to_hex(response.res.octets.expose());
}

}  // namespace

TEST_CASE("Milenage is made from OPc or from OP, and is what is left out", "[IS-5]") {
  CHECK(res_of({.k = kK, .op = kOp}, fixture::kRand) == "a54211d5e3ba50bf");
  CHECK(res_of({.algorithm = "milenage", .k = kK, .opc = fixture::kOpc}, fixture::kRand) ==
        "a54211d5e3ba50bf");
}

TEST_CASE("TUAK is made from TOPc or from TOP, with RES as long as is said", "[IS-5]") {
  constexpr std::string_view kRand = "42424242424242424242424242424242";
  const AlgorithmSettings from_top{
      .algorithm = "tuak", .k = kTuakK, .top = kTop, .keccak_iterations = 1, .res_octets = 4};
  CHECK(res_of(from_top, kRand) == "657acd64");
  const AlgorithmSettings from_topc{
      .algorithm = "tuak", .k = kTuakK, .topc = kTopc, .res_octets = 4};
  CHECK(res_of(from_topc, kRand) == "657acd64");
  CHECK(res_of({.algorithm = "tuak", .k = kTuakK, .topc = kTopc}, kRand).size() == 16);
  CHECK(res_of({.algorithm = "tuak", .k = kTop, .topc = kTopc, .res_octets = 16}, kRand).size() ==
        32);
  // The iterations change TOPc as well as what follows.
  auto twice = from_top;
  twice.keccak_iterations = 2;
  CHECK(res_of(twice, kRand) != "657acd64");
}

TEST_CASE("every wrong setting of an algorithm is named, all at once", "[KEY-4]") {
  CHECK(complaints({}) == "k is missing; opc or op must be given, and only one of them");
  CHECK(complaints({.algorithm = "xor", .k = kK}) == "algorithm must be one of milenage, tuak");
  CHECK(complaints({.k = "46", .opc = "zz"}) ==
        "k must be 32 hexadecimal digits; opc must be 32 hexadecimal digits");
  CHECK(complaints({.k = kK, .op = "00"}) == "op must be 32 hexadecimal digits");
  CHECK(complaints({.k = kK, .op = kOp, .opc = fixture::kOpc}) ==
        "opc or op must be given, and only one of them");
  CHECK(complaints({.k = kK, .op = kOp, .topc = kTopc, .res_octets = 8}) ==
        "topc is no setting of milenage; res_octets is no setting of milenage");
  CHECK(complaints({.algorithm = "tuak", .k = "abab", .opc = fixture::kOpc, .top = kTop}) ==
        "k must be 32 or 64 hexadecimal digits; opc is no setting of tuak");
  CHECK(complaints({.algorithm = "tuak", .k = kTuakK, .top = kTop, .topc = kTopc}) ==
        "topc or top must be given, and only one of them");
  CHECK(complaints({.algorithm = "tuak", .k = kTuakK, .topc = kTop.substr(2)}) ==
        "topc must be 64 hexadecimal digits");
  CHECK(complaints({.algorithm = "tuak",
                    .k = kTuakK,
                    .top = kTop,
                    .keccak_iterations = 0,
                    .res_octets = 32}) ==
        "keccak_iterations must be from 1 to 255; res_octets must be 4, 8 or 16");
}
