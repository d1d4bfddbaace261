#include "tests/support/catch.h"

#include "base/encoding.h"
#include "isim/soft/card_profile.h"
#include "tests/support/vectors.h"
#include "tools/ut-lab/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace ut;
using namespace ut::lab;

namespace {

constexpr std::string_view kSubscriber = R"(
[[subscriber]]
impi = "user1_private@home1.net"
impus = ["sip:user1_public1@home1.net"]
k = "465b5ce8b199b49faa5f0a2ee238a6bc"
op = "cdc202d5123e20f62b6d676ac72cb318"
)";

// The detail of the error, or "" when the text is right.
std::string problem(std::string_view toml) {
  Config config;
  const auto result = apply_toml(config, toml, "lab.toml");
  return result ? std::string() : result.error().detail;
}

}  // namespace

TEST_CASE("one subscriber is enough: the names follow from its IMPI", "[UB-1]") {
  Config config;
  REQUIRE(apply_toml(config, kSubscriber, "lab.toml"));
  REQUIRE(complete(config));
  CHECK(config.bsf.name == "bsf.home1.net");
  REQUIRE(config.nafs.size() == 1);
  CHECK(config.nafs.front().name == "xcap.home1.net");
  REQUIRE(config.subscribers.size() == 1);
  // Milenage test set 1.
  const auto rand = *isim::Rand::from(test::hex("23553cbe9637a89d218ae64dae47bf35"));
  CHECK(to_hex(config.subscribers.front().algorithm->f2345(rand).res.octets.expose()) ==
        "a54211d5e3ba50bf");
  CHECK(to_hex(config.subscribers.front().amf.view()) == "8000");
}

TEST_CASE("an Authentication Proxy has several names, each of its own", "[UA-8]") {
  const std::string proxy = "[[ap]]\nnames = [\"One.home1.net\", \"two.home1.net\"]\n";
  Config config;
  REQUIRE(apply_toml(config, proxy + std::string(kSubscriber), "lab.toml"));
  REQUIRE(complete(config));
  REQUIRE(config.nafs.size() == 1);
  CHECK(config.nafs.front().host_names() ==
        std::vector<std::string>{"one.home1.net", "two.home1.net"});
  CHECK(problem("[[ap]]\nport = 1\n").find("ap[0].names is missing") != std::string::npos);
  CHECK(problem(proxy + "pki_portal = true\n").find("ap[0].pki_portal") != std::string::npos);
  Config doubled;
  REQUIRE(apply_toml(doubled,
                     proxy + "[[naf]]\nname = \"two.home1.net\"\n" + std::string(kSubscriber),
                     "lab.toml"));
  CHECK_FALSE(complete(doubled));
}

TEST_CASE("a NAF of plain http has no TLS that PSK could be a method of", "[UA-10]") {
  const std::string naf = "[[naf]]\nname = \"plain.home1.net\"\nplain_http = true\n";
  Config config;
  REQUIRE(apply_toml(config, naf, "lab.toml"));
  CHECK(config.nafs.front().plain_http);
  CHECK(problem(naf + "methods = [\"psk\"]\n").find("naf[0].plain_http") != std::string::npos);
}

TEST_CASE("a subscriber of TUAK is served as well", "[UB-1]") {
  const std::string subscriber = R"(
[[subscriber]]
impi = "user1_private@home1.net"
impus = ["sip:user1_public1@home1.net"]
algorithm = "tuak"
k = "abababababababababababababababab"
top = "5555555555555555555555555555555555555555555555555555555555555555"
)";
  Config config;
  REQUIRE(apply_toml(config, subscriber + "res_octets = 4\nkeccak_iterations = 1\n", "lab.toml"));
  REQUIRE(config.subscribers.size() == 1);
  // TUAK test set 1.
  const auto rand = *isim::Rand::from(test::hex("42424242424242424242424242424242"));
  CHECK(to_hex(config.subscribers.front().algorithm->f2345(rand).res.octets.expose()) ==
        "657acd64");
  CHECK_FALSE(config.subscribers.front().gba_u);
  CHECK(problem(subscriber + "gba_u = 1\n").find("gba_u has the wrong type") != std::string::npos);
  CHECK(problem(subscriber + "res_octets = 5\n").find("subscriber[0].res_octets must be ") !=
        std::string::npos);
  CHECK(problem(subscriber + "keccak_iterations = -1\n").find("keccak_iterations is not a count") !=
        std::string::npos);
}

TEST_CASE("the label pub is put where TS 23.003 puts it", "[UB-1]") {
  CHECK(public_domain("1@ims.mnc015.mcc234.3gppnetwork.org") ==
        "ims.mnc015.mcc234.pub.3gppnetwork.org");
  CHECK(public_domain("1@ims.mnc015.mcc234.pub.3gppnetwork.org") ==
        "ims.mnc015.mcc234.pub.3gppnetwork.org");
  CHECK(public_domain("user@operator.com") == "operator.com");
}

TEST_CASE("every setting of a NAF is read", "[UA-2]") {
  Config config;
  REQUIRE(apply_toml(config, R"(
key_lifetime = 60
reveal_secrets = true
[[naf]]
name = "NAF.home1.net"
port = 8443
realms = ["3GPP-bootstrapping-uicc@naf.home1.net", "3GPP-bootstrapping@naf.home1.net"]
algorithms = ["SHA-256", "md5-SESS"]
qops = ["auth-int"]
nonce_mode = "one-time"
nonce_lifetime = 5
next_nonce = true
tls_min = "1.3"
tls_max = "1.3"
cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256"
ciphersuites = "TLS_AES_128_GCM_SHA256"
tls_tickets = false
rsa = true
)" + std::string(kSubscriber),
                     "lab.toml"));
  REQUIRE(complete(config));
  CHECK(config.bsf.key_lifetime == std::chrono::seconds(60));
  CHECK(config.reveal_secrets);
  const auto& naf = config.nafs.front();
  CHECK(naf.name == "naf.home1.net");
  CHECK(naf.port == 8443);
  CHECK(naf.realms.size() == 2);
  CHECK(naf.algorithms == std::vector{DigestAlgorithm::sha256, DigestAlgorithm::md5_sess});
  CHECK(naf.qops == std::vector<std::string>{"auth-int"});
  CHECK(naf.nonce_mode == NonceMode::one_time);
  CHECK(naf.nonce_lifetime == std::chrono::seconds(5));
  CHECK((naf.next_nonce && !naf.tls_tickets && naf.rsa));
  CHECK((naf.tls_min == "1.3" && naf.tls_max == "1.3"));
  CHECK(naf.cipher_list == "ECDHE-ECDSA-AES128-GCM-SHA256");
  CHECK(naf.ciphersuites == "TLS_AES_128_GCM_SHA256");
}

TEST_CASE("a NAF with AKA has algorithms, realm and a place among the methods", "[UA-9]") {
  const auto naf = [](const std::string& settings) {
    Config config;
    REQUIRE(apply_toml(config, "[[naf]]\nname = \"naf.home1.net\"\n" + settings, "lab.toml"));
    return config.nafs.front();
  };
  using enum AkaDigest;
  const auto alone = naf("methods = [\"aka\"]\n");
  CHECK((alone.aka && alone.aka_alone() && !alone.digest && !alone.gba_digest()));
  CHECK(alone.certificate());
  CHECK(alone.aka_algorithms == std::vector{v2_sha256, v2_md5});
  CHECK(alone.aka_realm.empty());
  const auto after = naf(R"(methods = ["digest", "aka"]
aka_algorithms = ["akav1-md5", "AKAv2-MD5"]
aka_realm = "home1.net"
)");
  CHECK((after.aka && after.gba_digest() && !after.aka_alone() && !after.aka_before));
  CHECK(after.aka_algorithms == std::vector{v1_md5, v2_md5});
  CHECK(after.aka_realm == "home1.net");
  CHECK(naf("methods = [\"aka\", \"digest\"]\n").aka_before);
  CHECK_FALSE(naf("").aka);
  CHECK(problem("[[naf]]\nmethods = [\"akka\"]\n")
            .find("naf[0].methods knows digest, psk, aka and") != std::string::npos);
  CHECK(problem("[[naf]]\naka_algorithms = [\"MD5\"]\n").find("naf[0].aka_algorithms knows") !=
        std::string::npos);
}

TEST_CASE("a NAF may take client certificates, or be a PKI portal", "[UA-7]") {
  const auto naf = [](const std::string& settings) {
    Config config;
    REQUIRE(apply_toml(config, "[[naf]]\nname = \"naf.home1.net\"\n" + settings, "lab.toml"));
    return config.nafs.front();
  };
  const auto plain = naf("");
  CHECK_FALSE((plain.client_certificate || plain.pki_portal || plain.ua_protocol_id));
  const auto alone = naf("methods = [\"certificate\"]\nclient_ca_file = \"/ca.pem\"\n");
  CHECK((alone.client_certificate_alone() && alone.certificate() && !alone.digest));
  CHECK(alone.client_ca_file == "/ca.pem");
  const auto mixed = naf("methods = [\"digest\", \"certificate\"]\n");
  CHECK((mixed.client_certificate && mixed.digest && !mixed.client_certificate_alone()));

  const auto portal = naf("pki_portal = true\n");
  CHECK((portal.pki_portal && portal.digest));
  CHECK(portal.certificate_lifetime == std::chrono::hours(24));
  CHECK(portal.ua_protocol_id == UaProtocolId{0x01, 0x00, 0x00, 0x00, 0x00});
  const auto other =
      naf("pki_portal = true\ncertificate_lifetime = 60\nua_protocol_id = \"010000000A\"\n");
  CHECK(other.certificate_lifetime == std::chrono::minutes(1));
  CHECK(other.ua_protocol_id == UaProtocolId{0x01, 0x00, 0x00, 0x00, 0x0A});
  CHECK_FALSE(naf("pki_portal = true\nua_protocol_id = \"tls\"\n").ua_protocol_id);
  for (const auto* wrong : {"\"01\"", "\"psk\"", "\"010000000000\""}) {
    INFO(wrong);
    CHECK(problem(std::string("[[naf]]\nua_protocol_id = ") + wrong + "\n")
              .find("naf[0].ua_protocol_id is neither") != std::string::npos);
  }
}

TEST_CASE("wrong settings are named, all at once", "[UA-2]") {
  const auto text = problem(R"(
unknown = 1
key_lifetime = 0
bsf_port = 65536
[[naf]]
algorithms = ["MD4"]
qops = ["auth-conf"]
nonce_mode = "none"
tls_tickets = "yes"
other = 1
)");
  for (const auto* named :
       {"unknown is not", "key_lifetime is not", "bsf_port is not", "naf[0].algorithms",
        "naf[0].qops", "naf[0].nonce_mode", "naf[0].tls_tickets", "naf[0].other"}) {
    INFO(named);
    CHECK(text.find(named) != std::string::npos);
  }
}

TEST_CASE("a subscriber needs identities, K and one of OP and OPc", "[UB-2]") {
  const auto subscriber = problem("[[subscriber]]\nk = \"00\"\nsqn = \"1\"\n");
  for (const auto* named :
       {"impi is missing", "impus is missing", "k must be 32 hexadecimal digits",
        "opc or op must be given", "sqn is not 6 octets"}) {
    INFO(named);
    CHECK(subscriber.find(named) != std::string::npos);
  }
  CHECK_FALSE(
      problem(std::string(kSubscriber) + "opc = \"cd63cb71954a9f4e48a5994e37a02baf\"\n").empty());
  CHECK(problem("= 1").find("line 1") != std::string::npos);
}

TEST_CASE("an operator without subscriber or with doubled names is refused", "[UB-2]") {
  Config empty;
  CHECK_FALSE(complete(empty));
  for (const std::string& more : {std::string(kSubscriber), std::string("[[naf]]\n"),
                                  std::string("[[naf]]\nname = \"a\"\n[[naf]]\nname = \"A\"\n")}) {
    Config config;
    REQUIRE(apply_toml(config, std::string(kSubscriber) + more, "lab.toml"));
    CHECK_FALSE(complete(config));
  }
}

TEST_CASE("the profile of a software card makes a subscriber", "[UB-2]") {
  std::string directory = std::filesystem::temp_directory_path() / "ut-lab-profile.XXXXXX";
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const auto file = std::filesystem::path(directory) / "card.toml";
  std::ofstream(file) << isim::soft::example_card_profile();
  REQUIRE(chmod(file.c_str(), 0600) == 0);
  const auto subscriber = subscriber_from_profile(file);
  const auto card = isim::soft::load_card_profile(file);
  std::filesystem::remove_all(directory);
  REQUIRE(card);
  REQUIRE(subscriber);
  CHECK(subscriber->impi == card->impi);
  CHECK(subscriber->impus == card->impus);
  const isim::Rand rand;
  CHECK(to_hex(subscriber->algorithm->f2345(rand).ck.expose()) ==
        to_hex(card->algorithm->f2345(rand).ck.expose()));
  CHECK_FALSE(subscriber_from_profile(file));
}
