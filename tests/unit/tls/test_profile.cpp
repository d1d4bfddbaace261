#include "tls/profile.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

using namespace ut;
using namespace ut::tls;

namespace {

// Independent of the machine: the order differs, the rest does not.
Profile any_profile() {
  return standard_profile(Preference::chacha20_first);
}

// UT_REGENERATE_GOLDEN=1 writes the file anew.
void check_golden(const std::string& text, const std::string& name) {
  const std::string path = "tests/golden/" + name;
  if (std::getenv("UT_REGENERATE_GOLDEN") != nullptr) {
    std::ofstream(UT_SOURCE_ROOT "/" + path) << text;
  }
  CHECK(text == test::source_file(path));
}

}  // namespace

TEST_CASE("the TLS profile is the one that was reviewed", "[UT-4][UT-9]") {
  using enum Preference;
  check_golden(print(standard_profile(aes_gcm_first)), "tls-profile-aes.txt");
  check_golden(print(standard_profile(chacha20_first)), "tls-profile-chacha20.txt");
}

TEST_CASE("the profile of PSK TLS is the one that was reviewed", "[UT-4][UT-9][UA-6]") {
  using enum Preference;
  for (const auto& [preference, name] :
       {std::pair(aes_gcm_first, "tls-profile-psk-aes.txt"),
        std::pair(chacha20_first, "tls-profile-psk-chacha20.txt")}) {
    const std::string psk = print(psk_profile(Version::tls13, preference)) +
                            print(psk_profile(Version::tls12, preference));
    check_golden(psk, name);
    CHECK(print_all(preference) == print(standard_profile(preference)) + psk);
  }
}

TEST_CASE("every suite of PSK TLS has forward secrecy and a key of 128 bits or more",
          "[UT-4][UA-6]") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    const Profile profile = psk_profile(version, Preference::aes_gcm_first);
    CHECK(profile.authentication == Authentication::psk);
    CHECK(profile.versions == std::vector{version});
    CHECK_FALSE(profile.suites.empty());
    for (const Suite& suite : profile.suites) {
      const std::string name(suite.name);
      CAPTURE(name);
      CHECK(suite.version == version);
      // The hash of an external PSK of TLS 1.3 is SHA-256.
      CHECK((version == Version::tls13
                 ? name.ends_with("_SHA256")
                 : name.starts_with("TLS_ECDHE_PSK_") || name.starts_with("TLS_DHE_PSK_")));
      CHECK((name.find("_AES_128_") != std::string::npos ||
             name.find("_AES_256_") != std::string::npos ||
             name.find("_CHACHA20_POLY1305_") != std::string::npos));
      CHECK(name.find("NULL") == std::string::npos);
      CHECK_FALSE(name.ends_with("_SHA"));
    }
  }
  CHECK(any_profile().authentication == Authentication::certificate);
}

TEST_CASE("every suite has forward secrecy and a key of 128 bits or more", "[UT-4]") {
  std::set<std::uint16_t> numbers;
  for (const Suite& suite : any_profile().suites) {
    CAPTURE(suite.name);
    CHECK(numbers.insert(suite.number).second);
    const std::string name(suite.name);
    const bool ephemeral = name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_DHE_");
    CHECK((suite.version == Version::tls13) != ephemeral);
    CHECK((name.find("_AES_128_") != std::string::npos ||
           name.find("_AES_256_") != std::string::npos ||
           name.find("_CHACHA20_POLY1305_") != std::string::npos));
    for (const char* weak : {"NULL", "anon", "RC4", "DES", "EXPORT", "MD5", "PSK", "CCM_8"}) {
      CHECK(name.find(weak) == std::string::npos);
    }
    CHECK_FALSE(name.ends_with("_SHA"));
  }
}

TEST_CASE("preference moves the faster cipher to the front and changes nothing else", "[UT-4]") {
  const Profile chacha = standard_profile(Preference::chacha20_first);
  const Profile aes = standard_profile(Preference::aes_gcm_first);
  CHECK(chacha.suites.front().number == 0x1303);
  CHECK(aes.suites.front().number == 0x1301);
  CHECK(chacha.suites.size() == aes.suites.size());
  for (const Suite& suite : chacha.suites) {
    CHECK(aes.suite(suite.number) != nullptr);
  }
}

TEST_CASE("a profile for one version holds only its suites", "[UT-4]") {
  const Version only12[] = {Version::tls12};
  const Profile profile = restrict_versions(any_profile(), only12);
  CHECK(profile.versions == std::vector{Version::tls12});
  CHECK(profile.has(Version::tls12));
  CHECK_FALSE(profile.has(Version::tls13));
  CHECK(profile.suite(0x1301) == nullptr);
  REQUIRE(profile.suite(0xc02b) != nullptr);
  CHECK(profile.suite(0xc02b)->name == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
}

TEST_CASE("what is not in the profile is not found in it", "[UT-4]") {
  const Profile profile = any_profile();
  CHECK(profile.suite(0x0000) == nullptr);             // TLS_NULL_WITH_NULL_NULL
  CHECK(profile.suite(0x002f) == nullptr);             // TLS_RSA_WITH_AES_128_CBC_SHA
  CHECK(profile.suite(0x006c) == nullptr);             // TLS_DH_anon_WITH_AES_128_CBC_SHA256
  CHECK(profile.group(19) == nullptr);                 // secp192r1
  CHECK(profile.signature_scheme(0x0201) == nullptr);  // rsa_pkcs1_sha1
}
