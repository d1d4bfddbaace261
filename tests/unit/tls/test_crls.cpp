#include "tls/crls.h"

#include "base/clock.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"
#include "tls/trust.h"

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using namespace ut;
using namespace ut::tls;

namespace {

std::string file(std::string_view name) {
  return test::source_file(std::string("tests/vectors/tls/crls/").append(name));
}

Bytes certificate(std::string_view name) {
  REQUIRE(start_library().has_value());
  return Trust::from_pem(file(std::string(name) + ".pem"))->certificates().front();
}

Result<CrlSet> set_of(std::initializer_list<std::string_view> names) {
  std::string pem;
  for (const auto name : names) {
    pem += file(std::string(name) + ".crl");
  }
  return CrlSet::from_octets(as_bytes(pem));
}

// What the CRLs say of the leaf, whose server sent the intermediate along.
Result<UtcTime> judge(Revocation demand, std::initializer_list<std::string_view> crls,
                      std::string_view anchor = "root") {
  const auto set = set_of(crls);
  REQUIRE(set.has_value());
  const std::vector<Bytes> trusted = {certificate(anchor)};
  const auto judge = CrlJudge::create(trusted, *set, demand);
  REQUIRE(judge.has_value());
  const std::vector<Bytes> chain = {certificate("leaf"), certificate("intermediate")};
  const std::vector<ByteView> views(chain.begin(), chain.end());
  return (*judge)->check(views);
}

Error refusal(Revocation demand, std::initializer_list<std::string_view> crls,
              std::string_view anchor = "root") {
  auto judged = judge(demand, crls, anchor);
  REQUIRE_FALSE(judged.has_value());
  return std::move(judged).error();
}

UtcTime start_of(int year) {
  return std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
}

}  // namespace

TEST_CASE("what a CRL lists is refused, wherever it stands in the path", "[UT-2]") {
  for (const auto demand : {Revocation::soft, Revocation::hard}) {
    const auto leaf = refusal(demand, {"root-good", "intermediate-revokes"});
    CHECK(leaf.code == ErrorCode::tls_certificate_revoked);
    CHECK(leaf.detail == "by the CRL of intermediate");
    const auto intermediate = refusal(demand, {"root-revokes", "intermediate-good"});
    CHECK(intermediate.code == ErrorCode::tls_certificate_revoked);
    CHECK(intermediate.detail == "by the CRL of root, certificate 1 above the NAF's");
  }
}

TEST_CASE("a certificate that is on no CRL is taken until the first of them is replaced",
          "[UT-2][UT-6]") {
  CHECK(judge(Revocation::hard, {"root-good", "intermediate-good"}) == start_of(2120));
  CHECK(judge(Revocation::soft, {"root-good", "intermediate-good"}) == UtcTime::max());
}

TEST_CASE("each certificate below the anchor needs a CRL where one is demanded", "[UT-2]") {
  const auto leaf = refusal(Revocation::hard, {"root-good"});
  CHECK(leaf.code == ErrorCode::tls_certificate_untrusted);
  CHECK(leaf.detail == "there is no CRL of intermediate");
  CHECK(refusal(Revocation::hard, {"intermediate-good"}).detail ==
        "there is no CRL of root, certificate 1 above the NAF's");
  CHECK(judge(Revocation::soft, {"root-good"}));
  CHECK(judge(Revocation::soft, {"intermediate-good"}));
  // An intermediate CA that is trusted itself: nobody above it need say anything.
  CHECK(judge(Revocation::hard, {"intermediate-good"}, "intermediate"));
  CHECK(refusal(Revocation::hard, {"root-good"}, "intermediate").detail ==
        "there is no CRL of intermediate");
}

TEST_CASE("a CRL that is out of date is none, but what it lists stays revoked", "[UT-2]") {
  CHECK(refusal(Revocation::hard, {"root-good", "intermediate-old-good"}).detail ==
        "the CRL of intermediate is out of date");
  CHECK(judge(Revocation::soft, {"root-good", "intermediate-old-good"}));
  CHECK(refusal(Revocation::soft, {"root-good", "intermediate-old"}).code ==
        ErrorCode::tls_certificate_revoked);
  // Beside a newer one it counts no more.
  CHECK(judge(Revocation::hard, {"root-good", "intermediate-old", "intermediate-good"}));
}

TEST_CASE("a CRL counts only with its issuer's signature", "[UT-2]") {
  for (const auto demand : {Revocation::soft, Revocation::hard}) {
    const auto forged = refusal(demand, {"root-good", "intermediate-forged"});
    CHECK(forged.code == ErrorCode::tls_certificate_untrusted);
    CHECK(forged.detail == "the CRL of intermediate is not signed by it");
  }
}

TEST_CASE("a chain that ends nowhere has no good CRL either", "[UT-2]") {
  const auto set = set_of({"root-good", "intermediate-good"});
  const std::vector<Bytes> trusted = {certificate("root")};
  const auto judge = CrlJudge::create(trusted, *set, Revocation::soft);
  REQUIRE(judge.has_value());
  const Bytes leaf = certificate("leaf");
  const std::vector<ByteView> without_intermediate = {leaf};
  CHECK((*judge)->check(without_intermediate).error().code == ErrorCode::tls_certificate_untrusted);
  const std::vector<ByteView> garbage = {ByteView(leaf).first(leaf.size() / 2)};
  CHECK((*judge)->check(garbage).error().code == ErrorCode::tls_certificate_untrusted);
  CHECK_FALSE((*judge)->check({}));
}

TEST_CASE("CRLs are read from PEM and DER, and named by what they say", "[UT-2][UT-6]") {
  const auto both = set_of({"root-good", "intermediate-good"});
  REQUIRE(both.has_value());
  CHECK(both->lists().size() == 2);
  CHECK(both->id() == set_of({"intermediate-good", "root-good", "root-good"})->id());
  CHECK(both->id() != set_of({"root-good"})->id());
  const auto one = set_of({"root-good"});
  const auto der = CrlSet::from_octets(one->lists().front());
  REQUIRE(der.has_value());
  CHECK(der->id() == one->id());
}

TEST_CASE("a CRL that cannot be relied on is told, and the file with it", "[UT-2]") {
  CHECK(set_of({"intermediate-weak"}).error().detail ==
        "the CRL of intermediate has too weak a signature");
  CHECK(CrlSet::from_octets(as_bytes("no CRL")).error().detail == "it holds no CRL");
  CHECK_FALSE(CrlSet::from_octets({}));
  std::string damaged = file("root-good.crl") + file("intermediate-good.crl");
  damaged[damaged.size() - 100] ^= 1;
  damaged.replace(damaged.rfind("-----END"), 8, "-----ENDE");
  CHECK(CrlSet::from_octets(as_bytes(damaged)).error().detail == "CRL 2 cannot be read");
  const Bytes der = set_of({"root-good"})->lists().front();
  CHECK_FALSE(CrlSet::from_octets(ByteView(der).first(der.size() - 1)));
  Bytes longer = der;
  longer.push_back(0);
  CHECK_FALSE(CrlSet::from_octets(longer));
  const auto absent = CrlSet::from_file("/nowhere/crls.pem");
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code == ErrorCode::tls_trust_unusable);
  CHECK(absent.error().detail == "/nowhere/crls.pem: it cannot be read");
}

TEST_CASE("a trust with other CRLs is another trust", "[UT-2][UT-6]") {
  const auto bare = Trust::from_pem(file("root.pem"));
  REQUIRE(bare.has_value());
  Trust good = *bare;
  good.add_crls(*set_of({"root-good"}));
  Trust revoking = *bare;
  revoking.add_crls(*set_of({"root-revokes"}));
  CHECK(good.id() != bare->id());
  CHECK(good.id() != revoking.id());
}
