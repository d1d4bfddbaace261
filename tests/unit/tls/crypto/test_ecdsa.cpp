#include "tls/crypto/ecdsa.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::crypto;

namespace {

struct Case {
  explicit Case(const nlohmann::json& vector)
      : curve(vector["curve"] == "P-256"   ? Curve::p256
              : vector["curve"] == "P-384" ? Curve::p384
                                           : Curve::p521),
        x(test::hex_of(vector["x"])),
        y(test::hex_of(vector["y"])),
        hash(test::hex_of(vector["hash"])),
        signature(test::hex_of(vector["signature"])) {}

  bool verify() const { return verify_ecdsa({curve, x, y}, hash, signature); }

  Curve curve;
  Bytes x;
  Bytes y;
  Bytes hash;
  Bytes signature;
};

const nlohmann::json& sets() {
  return test::vectors()["ecdsa"]["sets"];
}

Case p256() {
  return Case(sets().front());
}

// Of numbers that are written in less than 128 octets each.
Bytes der(const Bytes& r, const Bytes& s) {
  Bytes inside;
  for (const Bytes& number : {r, s}) {
    inside.push_back(2);
    inside.push_back(static_cast<std::uint8_t>(number.size()));
    inside.insert(inside.end(), number.begin(), number.end());
  }
  Bytes whole{0x30, static_cast<std::uint8_t>(inside.size())};
  whole.insert(whole.end(), inside.begin(), inside.end());
  return whole;
}

}  // namespace

TEST_CASE("the ECDSA signatures of RFC 6979 are good", "[UT-2]") {
  for (const auto& vector : sets()) {
    CAPTURE(vector["curve"], vector["hash"]);
    CHECK(Case(vector).verify());
  }
}

TEST_CASE("one wrong bit in hash, signature or key makes it bad", "[UT-2]") {
  for (const auto& vector : sets()) {
    const Case good(vector);
    CAPTURE(vector["curve"], vector["hash"]);
    // Of the hash only as many bits count as the curve has.
    Case bad = good;
    bad.hash.front() ^= 0x80;
    CHECK(!bad.verify());
    for (std::size_t at = 0; at < good.signature.size(); ++at) {
      CAPTURE(at);
      bad = good;
      bad.signature[at] ^= 1;
      CHECK(!bad.verify());
    }
    bad = good;
    bad.x.back() ^= 1;
    CHECK(!bad.verify());
    bad = good;
    bad.y.back() ^= 1;
    CHECK(!bad.verify());
  }
}

TEST_CASE("numbers that no signature has are refused", "[UT-2]") {
  const Bytes order =
      test::hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Bytes one{1};
  for (const Bytes& wrong : {Bytes{0}, order, Bytes{0xff}, Bytes{}, Bytes(40, 0x7f)}) {
    Case bad = p256();
    bad.signature = der(wrong, one);
    CHECK(!bad.verify());
    bad.signature = der(one, wrong);
    CHECK(!bad.verify());
  }
}

TEST_CASE("an ECDSA signature has one form in DER", "[UT-2]") {
  const Case good = p256();
  Case bad = good;
  bad.signature.push_back(0);
  CHECK(!bad.verify());
  bad = good;
  bad.signature.pop_back();
  CHECK(!bad.verify());
  // A third number.
  bad = good;
  bad.signature[1] += 3;
  bad.signature.insert(bad.signature.end(), {2, 1, 1});
  CHECK(!bad.verify());
  // A leading zero that is not needed.
  bad = good;
  bad.signature[1] += 1;
  bad.signature[3] += 1;
  bad.signature.insert(bad.signature.begin() + 4, 0);
  CHECK(!bad.verify());
  // A length in more octets than it needs.
  bad = good;
  bad.signature.insert(bad.signature.begin() + 1, 0x81);
  CHECK(!bad.verify());
  bad.signature.clear();
  CHECK(!bad.verify());
}

TEST_CASE("a signature of one curve is none of another, and no point is no key", "[UT-2]") {
  Case bad = p256();
  bad.curve = Curve::p384;
  CHECK(!bad.verify());
  bad = p256();
  bad.x = bad.y = Bytes(32, 0);
  CHECK(!bad.verify());
  bad = p256();
  bad.y = bad.x;
  CHECK(!bad.verify());
  // Beyond the prime.
  bad = p256();
  bad.x.insert(bad.x.begin(), 1);
  CHECK(!bad.verify());
}
