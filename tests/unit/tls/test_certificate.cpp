#include "tls/certificate.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"
#include "tls/pin.h"
#include "tls/trust.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>

using namespace ut;
using namespace ut::tls;

namespace {

Bytes certificate(std::string_view name) {
  REQUIRE(start_library().has_value());
  const std::string path = std::string("tests/vectors/tls/").append(name).append(".pem");
  const auto trust = Trust::from_pem(test::source_file(path));
  REQUIRE(trust.has_value());
  return trust->certificates().front();
}

Result<CertificateSummary> judge(std::initializer_list<std::string_view> names,
                                 std::string_view host = "xcap.home1.net") {
  std::vector<Bytes> chain;
  for (const std::string_view name : names) {
    chain.push_back(certificate(name));
  }
  const std::vector<ByteView> views(chain.begin(), chain.end());
  const std::vector<Bytes> trusted = {certificate("ca")};
  return check_certificates(views, trusted, host, standard_profile());
}

ErrorCode refusal(std::initializer_list<std::string_view> names,
                  std::string_view host = "xcap.home1.net") {
  const auto judged = judge(names, host);
  REQUIRE_FALSE(judged.has_value());
  return judged.error().code;
}

}  // namespace

TEST_CASE("a certificate for the NAF with strong keys and signatures is taken", "[UT-2][UT-4]") {
  for (const std::string_view name : {"rsa", "ec", "sha512", "wildcard"}) {
    CAPTURE(name);
    const auto judged = judge({name, "intermediate"});
    REQUIRE(judged.has_value());
    // Made for a hundred years in 2026.
    CHECK(judged->end > UtcTime(std::chrono::sys_days(std::chrono::year(2120) / 1 / 1)));
    CHECK(judged->fingerprint != CertificateFingerprint{});
  }
  CHECK(judge({"rsa"})->fingerprint != judge({"ec"})->fingerprint);
}

TEST_CASE("a certificate without a well-defined end lasts", "[UT-2]") {
  const auto summary = summary_of(certificate("without-end"));
  REQUIRE(summary.has_value());
  CHECK(summary->end == UtcTime(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31)) +
                            std::chrono::days(1) - std::chrono::seconds(1));
}

// As `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256` has them.
TEST_CASE("a pin is the hash of the SubjectPublicKeyInfo", "[UT-2]") {
  CHECK(pin_text(*pin_of(certificate("rsa"))) ==
        "sha256//uFVlJdHO93lQRzSq9vrBvpVkYGwmHNy2suFYJ5A21oo=");
  CHECK(pin_text(*pin_of(certificate("ec"))) ==
        "sha256//vdwS7m/ZjBnvsgraOC+JHDeCpQSgX5VBcqvBPKL4DIw=");
  CHECK_FALSE(pin_of(Bytes{0x30, 0x00}));
}

TEST_CASE("a pin is read in curl's form alone", "[UT-2]") {
  const std::string base64 = "vdwS7m/ZjBnvsgraOC+JHDeCpQSgX5VBcqvBPKL4DIw=";
  REQUIRE(pin_from_text("sha256//" + base64));
  CHECK(pin_text(*pin_from_text("sha256//" + base64)) == "sha256//" + base64);
  for (const std::string& wrong :
       {std::string(), base64, "sha256/" + base64, "sha1//" + base64, "sha256//" + base64.substr(1),
        "sha256//" + base64 + base64, std::string("sha256//")}) {
    CHECK_FALSE(pin_from_text(wrong));
  }
}

TEST_CASE("only a dNSName speaks for the NAF", "[UT-2]") {
  CHECK(refusal({"rsa"}, "xcap.home2.net") == ErrorCode::tls_name_mismatch);
  CHECK(refusal({"wildcard"}, "a.xcap.home1.net") == ErrorCode::tls_name_mismatch);
  CHECK(refusal({"cn-only"}) == ErrorCode::tls_name_mismatch);
  CHECK(refusal({"other-kinds"}) == ErrorCode::tls_name_mismatch);
  // The name in another certificate than the server's own.
  CHECK(refusal({"cn-only", "rsa"}) == ErrorCode::tls_name_mismatch);
}

TEST_CASE("a refusal tells the names of the certificate, without what does harm in a log",
          "[UT-2][API-4]") {
  CHECK(judge({"cn-only"}).error().detail ==
        "asked for xcap.home1.net, the certificate has no dNSName");
  CHECK(judge({"rsa"}, "xcap.home2.net").error().detail ==
        "asked for xcap.home2.net, the certificate is for xcap.home1.net");
  // The signature is the library's to verify, before this.
  Bytes forged = certificate("rsa");
  constexpr std::string_view kName = "xcap.home1.net";
  const auto found = std::ranges::find_end(forged, kName);
  REQUIRE_FALSE(found.empty());
  found.front() = '\n';
  const ByteView view = forged;
  const auto judged = check_certificates(std::span(&view, 1), {}, kName, standard_profile());
  REQUIRE_FALSE(judged.has_value());
  CHECK(judged.error().detail == "asked for xcap.home1.net, the certificate is for ?cap.home1.net");
  CHECK(issuer_for_people(certificate("rsa")) != "");
  CHECK(issuer_for_people({}) == "");
}

// CVE-2026-10592
TEST_CASE("a wildcard does not speak below a CA with name constraints", "[UT-2]") {
  CHECK(judge({"wildcard", "intermediate"}).has_value());
  CHECK(refusal({"wildcard", "intermediate-constrained"}) == ErrorCode::tls_name_mismatch);
  CHECK(judge({"rsa", "intermediate-constrained"}).has_value());
}

TEST_CASE("small keys are refused in every certificate of the chain", "[UT-4]") {
  CHECK(refusal({"rsa1024"}) == ErrorCode::tls_key_too_small);
  CHECK(refusal({"secp224"}) == ErrorCode::tls_key_too_small);
  CHECK(refusal({"rsa", "intermediate-rsa1024"}) == ErrorCode::tls_key_too_small);
}

TEST_CASE("weak signatures are refused in every certificate but a trusted authority's", "[UT-4]") {
  CHECK(refusal({"sha1"}) == ErrorCode::tls_signature_weak);
  CHECK(refusal({"rsa", "intermediate-sha1"}) == ErrorCode::tls_signature_weak);
  // Self-signed with SHA-1: it is trusted for what it is, not for its signature.
  CHECK(judge({"rsa", "ca"}).has_value());
}

// CVE-2026-93302: this wolfSSL would believe it, as long as the authority is a trusted peer.
TEST_CASE("a certificate with the signature of a trusted authority is forged", "[UT-2][UT-4]") {
  const Bytes authority = certificate("ca");
  Bytes forged = certificate("rsa");
  constexpr std::size_t kRsa2048 = 256;
  std::ranges::copy(std::span(authority).last(kRsa2048), std::span(forged).last(kRsa2048).begin());
  const ByteView chain[] = {forged};
  const std::vector<Bytes> trusted = {authority};
  const auto judged = check_certificates(chain, trusted, "xcap.home1.net", standard_profile());
  REQUIRE_FALSE(judged.has_value());
  CHECK(judged.error().code == ErrorCode::tls_certificate_untrusted);
}

TEST_CASE("an empty chain and what cannot be read are refused", "[UT-2]") {
  CHECK(refusal({}) == ErrorCode::tls_peer_anonymous);
  // Curves that this library does not know.
  CHECK(refusal({"secp192"}) == ErrorCode::tls_certificate_untrusted);
  CHECK(refusal({"ed25519"}) == ErrorCode::tls_certificate_untrusted);
  const Bytes noise(300, 0x30);
  const ByteView chain[] = {noise};
  const auto judged = check_certificates(chain, {}, "xcap.home1.net", standard_profile());
  REQUIRE_FALSE(judged.has_value());
  CHECK(judged.error().code == ErrorCode::tls_certificate_untrusted);
}
