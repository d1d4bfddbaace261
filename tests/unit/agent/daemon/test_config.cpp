#include "agent/daemon/config.h"

#include "tests/support/catch.h"

#include <regex>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::daemon;
using namespace std::chrono_literals;

namespace {

constexpr const char* kSocket = "[[socket]]\nname = \"apps\"\npath = \"/run/ut-agent/ut.sock\"\n";

std::string errors_of(const std::string& text) {
  const auto config = parse_config(text);
  return config ? "" : config.error().detail;
}

// The default text with every commented setting switched on.
std::string uncommented(std::string_view text) {
  return std::regex_replace(std::string(text), std::regex("\n# (\\[|[a-z])"), "\n$1");
}

}  // namespace

TEST_CASE("without the access log no line tells of a request") {
  const auto on = parse_config(kSocket);
  REQUIRE(on.has_value());
  CHECK(on->local.access_log);
  CHECK(on->ua.log_exchanges);
  const auto off = parse_config(std::string("[log]\naccess = false\n") + kSocket);
  REQUIRE(off.has_value());
  CHECK_FALSE(off->local.access_log);
  CHECK_FALSE(off->ua.log_exchanges);
}

TEST_CASE("the printed defaults are the defaults") {
  const auto printed = parse_config(std::string(default_config_text()) + kSocket);
  if (!printed) {
    FAIL(printed.error().detail);
  }
  const auto empty = parse_config(kSocket);
  REQUIRE(empty.has_value());
  CHECK(printed->log_level == empty->log_level);
  CHECK(printed->personal_data == empty->personal_data);
  CHECK(printed->drain == empty->drain);
  CHECK(printed->trust.ca_file == empty->trust.ca_file);
  // No section of the printed configuration is a bare name.
  const auto text = default_config_text();
  for (std::size_t at = text.find("\n["); at != text.npos; at = text.find("\n[", at + 1)) {
    const auto next = text.find('\n', at + 1) + 1;
    CAPTURE(text.substr(at + 1, next - at));
    CHECK(text[next] != '[');
  }
  CHECK(printed->subscribers[0].card.readers == empty->subscribers[0].card.readers);
  CHECK(printed->subscribers[0].card.min_pin_tries == empty->subscribers[0].card.min_pin_tries);
  CHECK(printed->subscribers[0].card.pin_latch_file == empty->subscribers[0].card.pin_latch_file);
  CHECK(printed->subscribers[0].card.pin_credential == empty->subscribers[0].card.pin_credential);
  CHECK(printed->subscribers[0].card.exclusive == empty->subscribers[0].card.exclusive);
  CHECK(printed->subscribers[0].card.toolkit == empty->subscribers[0].card.toolkit);
  CHECK(printed->subscribers[0].card.timeout == empty->subscribers[0].card.timeout);
  CHECK(printed->subscribers[0].card.look_again == empty->subscribers[0].card.look_again);
  CHECK(printed->subscribers[0].card.allow_usim == empty->subscribers[0].card.allow_usim);
  CHECK(printed->subscribers[0].card.mnc_length == empty->subscribers[0].card.mnc_length);
  CHECK(printed->subscribers[0].ub.gba_mode == empty->subscribers[0].ub.gba_mode);
  CHECK(printed->subscribers[0].ub.tmpi == empty->subscribers[0].ub.tmpi);
  CHECK(printed->subscribers[0].ub.require_rspauth == empty->subscribers[0].ub.require_rspauth);
  CHECK(printed->subscribers[0].ub.max_lifetime == empty->subscribers[0].ub.max_lifetime);
  CHECK(printed->subscribers[0].ub.min_age == empty->subscribers[0].ub.min_age);
  CHECK(printed->subscribers[0].ub.request_timeout == empty->subscribers[0].ub.request_timeout);
  CHECK(printed->subscribers[0].ub.back_off_first == empty->subscribers[0].ub.back_off_first);
  CHECK(printed->subscribers[0].ub.back_off_greatest == empty->subscribers[0].ub.back_off_greatest);
  CHECK(printed->subscribers[0].ub.bsf_port == empty->subscribers[0].ub.bsf_port);
  CHECK(printed->ua.channels_per_naf == empty->ua.channels_per_naf);
  CHECK(printed->ua.waiting_per_naf == empty->ua.waiting_per_naf);
  CHECK(printed->ua.connect_timeout == empty->ua.connect_timeout);
  CHECK(printed->ua.answer_timeout == empty->ua.answer_timeout);
  CHECK(printed->ua.idle_timeout == empty->ua.idle_timeout);
  CHECK(printed->local.limits.connections == empty->local.limits.connections);
  CHECK(printed->local.limits.connections_per_uid == empty->local.limits.connections_per_uid);
  CHECK(printed->local.limits.connections_per_caller == empty->local.limits.connections_per_caller);
  CHECK(printed->local.limits.header_octets == empty->local.limits.header_octets);
  CHECK(printed->local.limits.body_octets == empty->local.limits.body_octets);
  CHECK(printed->local.timeouts.idle == empty->local.timeouts.idle);
  CHECK(printed->local.timeouts.answer == empty->local.timeouts.answer);
  CHECK(printed->local.timeouts.write == empty->local.timeouts.write);
  CHECK(printed->local.access_log == empty->local.access_log);
}

TEST_CASE("the commented settings of the printed defaults are settings that exist") {
  auto text = uncommented(default_config_text());
  text = std::regex_replace(text, std::regex("users = \\[\"alice\"\\]"), "users = [\"root\"]");
  CHECK(errors_of(text) == "");
}

TEST_CASE("a configuration reaches the part it is for") {
  const auto config = parse_config(R"(
[log]
level = "debug"
[card]
readers = ["*ACR*", "Virtual*"]
mode = "exclusive"
toolkit = true
pin_file = "/etc/ut-agent/pin"
mnc_length = 3
[ub]
bsf_address = "127.0.0.1:8080"
require_rspauth = false
gba_mode = "u"
tmpi = false
[[naf]]
name = "XCAP.home1.net"
address = "[::1]:8443"
allow_unauthenticated = true
prefer_auth_int = true
[[socket]]
name = "apps"
path = "/run/ut-agent/ut.sock"
mode = "0660"
[[application]]
name = "presence"
users = ["root", "1000"]
token_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
nafs = ["*.home1.net"]
auids = ["pres-rules"]
)");
  if (!config) {
    FAIL(config.error().detail);
  }
  CHECK(config->log_level == log::Level::debug);
  CHECK(config->subscribers[0].card.readers.size() == 2);
  CHECK(config->subscribers[0].card.exclusive);
  CHECK(config->subscribers[0].card.toolkit);
  CHECK(config->subscribers[0].card.mnc_length == 3);
  CHECK(config->subscribers[0].ub.bsf_address == "127.0.0.1:8080");
  CHECK_FALSE(config->subscribers[0].ub.require_rspauth);
  CHECK(config->subscribers[0].ub.gba_mode == ub::GbaMode::u);
  CHECK_FALSE(config->subscribers[0].ub.tmpi);
  CHECK(parse_config("[ub]\ngba_mode = \"me\"\n" + std::string(kSocket))
            ->subscribers[0]
            .ub.gba_mode == ub::GbaMode::me);
  const auto& naf = config->ua.nafs.at("xcap.home1.net");
  CHECK(naf.address == "::1");
  CHECK(naf.address_port == 8443);
  CHECK(naf.allow_unauthenticated);
  CHECK(naf.qop == ua::QopPreference::auth_int);
  CHECK(config->local.unix_sockets.at(0).mode == 0660);
  const auto& application = config->local.applications.at(0);
  CHECK(application.uids == std::vector<uid_t>{0, 1000});
  CHECK(application.token == local::hash_token("abc"));
  CHECK(application.own_xui_only);
}

TEST_CASE("the methods of a NAF are a list in order, digest alone by default", "[UA-6][UT-3]") {
  const auto naf = [](const std::string& settings) {
    const auto config = parse_config("[[naf]]\nname = \"x.home1.net\"\n" + settings + kSocket);
    if (!config) {
      FAIL(config.error().detail);
    }
    return config->ua.nafs.at("x.home1.net");
  };
  using tls::Version;
  using ua::Method;
  CHECK(naf("").ways.methods == std::vector{Method::digest});
  CHECK(naf("").ways.psk_versions == std::vector{Version::tls13, Version::tls12});
  CHECK(naf("").psk_separator == ";");
  const auto both =
      naf("methods = [\"psk\", \"digest\"]\npsk_tls = [\"1.2\"]\npsk_separator = \".\"\n");
  CHECK(both.ways.methods == std::vector{Method::psk, Method::digest});
  CHECK(both.ways.psk_versions == std::vector{Version::tls12});
  CHECK(both.psk_separator == ".");
}

TEST_CASE("AKA on Ut is AKAv2 unless a NAF's configuration names AKAv1", "[UA-9][UT-7]") {
  using gba::DigestAlgorithm;
  const auto naf = [](const std::string& settings) {
    const auto config =
        parse_config("[[naf]]\nname = \"x.home1.net\"\nmethods = [\"aka\"]\n" + settings + kSocket);
    if (!config) {
      FAIL(config.error().detail);
    }
    return config->ua.nafs.at("x.home1.net");
  };
  CHECK(naf("").ways.methods == std::vector{ua::Method::aka});
  CHECK(naf("").aka_algorithms ==
        std::vector{DigestAlgorithm::akav2_sha256, DigestAlgorithm::akav2_md5});
  CHECK(naf("").aka_realms.empty());
  const auto old = naf("aka_algorithms = [\"AKAv1-MD5\"]\naka_realms = [\"home1.net\"]\n");
  CHECK(old.aka_algorithms == std::vector{DigestAlgorithm::akav1_md5});
  CHECK(old.aka_realms == std::vector{std::string("home1.net")});
}

TEST_CASE("a client certificate is configured with its key, and for no NAF by default",
          "[UA-7][UT-3]") {
  const auto with = [](const std::string& settings) {
    return "[[naf]]\nname = \"x.home1.net\"\n" + settings + kSocket;
  };
  const auto config = parse_config(with(
      "methods = [\"certificate\"]\nclient_certificate = \"/a.pem\"\nclient_key = \"/a.key\"\n"));
  REQUIRE(config);
  const auto& naf = config->ua.nafs.at("x.home1.net");
  CHECK(naf.ways.methods == std::vector{ua::Method::certificate});
  CHECK(naf.client_certificate_file == "/a.pem");
  CHECK(naf.client_key_file == "/a.key");
  CHECK(errors_of(with("methods = [\"certificate\"]\n")).find("needs the file of one") !=
        std::string::npos);
  CHECK(errors_of(with("client_certificate = \"/a.pem\"\n")).find("belong together") !=
        std::string::npos);
  CHECK(errors_of(with("client_key = \"/a.key\"\n")).find("belong together") != std::string::npos);
}

TEST_CASE("the key of a client certificate may be in a token", "[UA-7][KEY-4]") {
  const auto with = [](const std::string& settings) {
    return "[[naf]]\nname = \"x.home1.net\"\n" + settings + kSocket;
  };
  const std::string key = "client_key = \"pkcs11:token=t;object=k?module-path=/m.so";
  const auto config =
      parse_config(with("methods = [\"certificate\"]\nclient_certificate = \"pkcs11:object=c\"\n" +
                        key + "\"\nclient_key_pin_file = \"/pin\"\n"));
  REQUIRE(config);
  CHECK(config->ua.nafs.at("x.home1.net").client_key_pin_file == "/pin");
  const std::string file = "client_certificate = \"/a.pem\"\n";
  CHECK(parse_config(with(file + key + "&pin-source=file:/pin\"\n")));
  const auto told = [&](const std::string& settings, std::string_view what) {
    return errors_of(with(settings)).find(what) != std::string::npos;
  };
  CHECK(told(file + key + "&pin-value=8642\"\n", "client_key: pin-value is refused"));
  CHECK_FALSE(told(file + key + "&pin-value=8642\"\n", "8642"));
  CHECK(told(file + key + "&pin-source=/pin\"\nclient_key_pin_file = \"/pin\"\n",
             "client_key: pin-source and client_key_pin_file both"));
  CHECK(told(file + "client_key = \"pkcs11:token=t;object=k\"\n", "module-path is missing"));
  CHECK(told("client_certificate = \"pkcs11:object=c\"\nclient_key = \"/a.key\"\n",
             "client_certificate: a certificate of a token"));
}

TEST_CASE("a PKI portal is named with the method, and asked with the key of TS 33.221",
          "[UA-7][KEY-2]") {
  const auto with = [](const std::string& settings, const std::string& more = "") {
    return "[[naf]]\nname = \"x.home1.net\"\n" + settings + more + kSocket;
  };
  const std::string enrolled =
      "methods = [\"subscriber_certificate\"]\npki_portal = \"PKI.home1.net\"\n";
  const auto config = parse_config(with(enrolled));
  REQUIRE(config);
  CHECK(config->ua.nafs.at("x.home1.net").pki_portal == "pki.home1.net");
  CHECK_FALSE(config->ua.nafs.at("x.home1.net").ua_protocol_id);
  CHECK(config->ua.nafs.at("pki.home1.net").ua_protocol_id ==
        gba::UaProtocolId::subscriber_certificates());
  const auto portal = [](const std::string& id) {
    return "[[naf]]\nname = \"pki.home1.net\"\nua_protocol_id = \"" + id + "\"\n";
  };
  const auto suite = parse_config(with(enrolled, portal("tls")));
  REQUIRE(suite);
  CHECK_FALSE(suite->ua.nafs.at("pki.home1.net").ua_protocol_id);
  const auto other = parse_config(with(enrolled, portal("0100000006")));
  REQUIRE(other);
  CHECK(other->ua.nafs.at("pki.home1.net").ua_protocol_id->to_text() == "0100000006");
  CHECK(errors_of(with(enrolled, portal("01000000"))).find("ten hexadecimal digits") !=
        std::string::npos);
  CHECK(errors_of(with("methods = [\"subscriber_certificate\"]\n")).find("belong together") !=
        std::string::npos);
  CHECK(errors_of(with("pki_portal = \"p.home1.net\"\n")).find("belong together") !=
        std::string::npos);
  CHECK(errors_of(with("methods = [\"subscriber_certificate\"]\npki_portal = \"X.home1.net\"\n"))
            .find("must be another NAF") != std::string::npos);
}

TEST_CASE("settings of AKA that cannot be are refused", "[UA-9]") {
  const auto with = [](const std::string& settings) {
    return errors_of("[[naf]]\nname = \"x.home1.net\"\n" + settings + kSocket);
  };
  CHECK(with("aka_algorithms = []\n").find("aka_algorithms: must name one at least") !=
        std::string::npos);
  for (const auto* algorithm : {"MD5", "SHA-256", "AKAv1-SHA-256", ""}) {
    CHECK(with("aka_algorithms = [\"" + std::string(algorithm) + "\"]\n").find("must be one of") !=
          std::string::npos);
  }
  for (const auto* realm : {"", "a b", "a\\\"b", "\\u0007"}) {
    CHECK(
        with("aka_realms = [\"" + std::string(realm) + "\"]\n").find("aka_realms: must be names") !=
        std::string::npos);
  }
}

TEST_CASE("pins are hashes of keys in curl's form", "[UT-2]") {
  const std::string pin = "sha256//vdwS7m/ZjBnvsgraOC+JHDeCpQSgX5VBcqvBPKL4DIw=";
  const auto with = [](const std::string& pins) {
    return "[[naf]]\nname = \"x.home1.net\"\npins = [" + pins + "]\n" + kSocket;
  };
  const auto config = parse_config(with("\"" + pin + "\""));
  REQUIRE(config.has_value());
  REQUIRE(config->ua.nafs.at("x.home1.net").pins.size() == 1);
  CHECK(tls::pin_text(config->ua.nafs.at("x.home1.net").pins.front()) == pin);
  for (const auto* wrong : {"", "sha256//", "sha1//AAAA", "vdwS7m"}) {
    CHECK(errors_of(with("\"" + std::string(wrong) + "\"")).find("naf[0].pins") !=
          std::string::npos);
  }
}

TEST_CASE("a NAF's OCSP status is taken, demanded or not asked for", "[UT-2]") {
  const auto stapling = [](const std::string& lines) {
    const auto config = parse_config("[tls]\n" + lines + kSocket);
    REQUIRE(config.has_value());
    return config->ua.ocsp_stapling;
  };
  CHECK(stapling("") == tls::Revocation::soft);
  CHECK(stapling("ocsp_stapling = \"off\"\n") == tls::Revocation::off);
  CHECK(stapling("ocsp_stapling = \"soft\"\n") == tls::Revocation::soft);
  CHECK(stapling("ocsp_stapling = \"hard\"\n") == tls::Revocation::hard);
  CHECK(errors_of("[tls]\ncrl_check = \"hard\"\n" + std::string(kSocket)).find("needs crl_file") !=
        std::string::npos);
  const auto with_crls = parse_config("[tls]\ncrl_check = \"hard\"\ncrl_file = \"/crls.pem\"\n" +
                                      std::string(kSocket));
  REQUIRE(with_crls.has_value());
  CHECK(with_crls->ua.crls == tls::Revocation::hard);
  CHECK(with_crls->trust.crl_file == "/crls.pem");
  CHECK(errors_of("[tls]\nocsp_stapling = \"must\"\n" + std::string(kSocket))
            .find("tls.ocsp_stapling") != std::string::npos);
}

TEST_CASE("methods that cannot be are refused", "[UA-6]") {
  const auto with = [](const std::string& settings) {
    return errors_of("[[naf]]\nname = \"x.home1.net\"\n" + settings + kSocket);
  };
  CHECK(with("methods = []\n").find("naf[0].methods: must name one at least") != std::string::npos);
  CHECK(with("methods = [\"digest\", \"basic\"]\n").find("\"basic\" must be one of") !=
        std::string::npos);
  CHECK(with("methods = [\"psk\", \"psk\"]\n").find("each once") != std::string::npos);
  CHECK(with("methods = \"psk\"\n").find("naf[0].methods") != std::string::npos);
  CHECK(with("methods = [\"psk\"]\npsk_tls = [\"1.1\"]\n").find("naf[0].psk_tls: \"1.1\"") !=
        std::string::npos);
  for (const char* separator : {" ", "a\tb", "123456789", "\xc3\xa9"}) {
    CHECK(with("methods = [\"psk\"]\npsk_separator = \"" + std::string(separator) + "\"\n")
              .find("psk_separator") != std::string::npos);
  }
}

TEST_CASE("plain http is refused in a build that speaks TLS only", "[UA-10]") {
  const std::string text =
      std::string("[[naf]]\nname = \"x.home1.net\"\nplain_http = true\n") + kSocket;
  const auto errors = errors_of(text);
  CHECK(errors ==
        "line 3: naf[0].plain_http: this build speaks TLS only; a build for conformance tests has "
        "-Dplain_http=true");
  const auto off =
      parse_config("[[naf]]\nname = \"x.home1.net\"\nplain_http = false\n" + std::string(kSocket));
  REQUIRE(off);
  CHECK_FALSE(off->ua.nafs.at("x.home1.net").plain_http);
}

TEST_CASE("plain http is taken in a build for conformance tests, of one NAF, by digest alone",
          "[UA-10]") {
  const auto with = [](const std::string& settings) {
    return parse_config("[[naf]]\nname = \"x.home1.net\"\n" + settings +
                            "[[naf]]\nname = \"y.home1.net\"\n" + kSocket,
                        PlainHttpSetting::taken);
  };
  const auto config = with("plain_http = true\n");
  REQUIRE(config);
  CHECK(config->ua.nafs.at("x.home1.net").plain_http);
  CHECK_FALSE(config->ua.nafs.at("y.home1.net").plain_http);
  for (const char* methods : {"[\"psk\"]", "[\"digest\", \"psk\"]"}) {
    const auto refused = with("plain_http = true\nmethods = " + std::string(methods) + "\n");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail ==
          "line 3: naf[0].plain_http: without TLS methods may hold \"digest\" alone");
  }
  CHECK_FALSE(with("plain_http = \"yes\"\n"));
}

TEST_CASE("all that is wrong is told at once, with lines") {
  const auto errors = errors_of(R"([log]
level = "loud"
[card]
min_pin_tries = 1
mnc_length = 1
[ub]
bsf_address = "127.0.0.1"
back_off = 60
longest_back_off = 10
[[naf]]
address = "nowhere"
[[socket]]
name = "apps"
path = "/run/ut.sock"
mode = "rw"
[[application]]
name = "x"
users = ["no-such-user-here"]
token_sha256 = "abc"
colour = "blue"
)");
  for (const auto* expected :
       {"line 2: log.level: must be one of", "line 4: card.min_pin_tries: must be",
        "line 5: card.mnc_length: must be 2 or 3", "line 7: ub.bsf_address: must be",
        "line 9: ub.longest_back_off: must not be less", "naf[0].name: every [[naf]] needs",
        "line 11: naf[0].address: must be", "line 15: socket[0].mode: must be an octal",
        "application[0].users: there is no user",
        "line 19: application[0].token_sha256: must be 64", "line 20: application[0].colour"}) {
    INFO(errors);
    CHECK(errors.find(expected) != std::string::npos);
  }
}

TEST_CASE("a card that could never be used as configured is refused", "[IS-4][IS-7]") {
  CHECK(errors_of("[card]\nreaders = [\"!NFC*\"]\n").find("card.readers: must have one pattern") !=
        std::string::npos);
  CHECK(errors_of("[card]\nmode = \"alone\"\n").find("card.mode: must be one of") !=
        std::string::npos);
  CHECK(errors_of("[card]\npin_file = \"/pin\"\npin_credential = \"pin\"\n")
            .find("card.pin_credential: must be empty") != std::string::npos);
  CHECK(errors_of("[card]\npin_credential = \"../pin\"\n").find("not a path") != std::string::npos);
}

TEST_CASE("a configuration without any socket, or with TCP beyond the loopback, is refused",
          "[API-1]") {
  CHECK(errors_of("").find("no socket is configured") != std::string::npos);
  CHECK(errors_of("[tcp]\naddress = \"0.0.0.0\"\nport = 80\n").find("127.0.0.1 or ::1") !=
        std::string::npos);
}

TEST_CASE("each subscriber has what is common and what is his own", "[IS-7]") {
  const auto config = parse_config(std::string(kSocket) + R"(
[card]
readers = ["A*", "!*NFC*"]
mode = "exclusive"
mnc_length = 3
pin_file = "/etc/ut-agent/pin"
pin_latch_file = "/tmp/latch"
[ub]
gba_mode = "me"
timeout = 7
bsf_host = "bsf.home1.net"
[[subscriber]]
name = "home"
[[subscriber]]
name = "work"
[subscriber.card]
readers = ["B*"]
iccid = "8988211000000123456"
impi = "user@work.example"
aid = "A0000000871004"
mode = "shared"
mnc_length = 0
pin_credential = "work-pin"
[subscriber.ub]
bsf_host = "bsf.work.example"
gba_mode = "u"
[[application]]
name = "both"
sockets = ["apps"]
subscribers = ["work", "home"]
[[application]]
name = "one"
sockets = ["apps"]
)");
  if (!config) {
    FAIL(config.error().detail);
  }
  REQUIRE(config->subscribers.size() == 2);
  const auto& home = config->subscribers[0];
  CHECK(home.name == "home");
  CHECK(home.card.readers == std::vector<std::string>{"A*", "!*NFC*"});
  CHECK(home.card.exclusive);
  CHECK(home.card.mnc_length == 3);
  CHECK(home.card.pin_file == "/etc/ut-agent/pin");
  CHECK(home.ub.gba_mode == ub::GbaMode::me);
  CHECK(home.ub.request_timeout == 7s);
  const auto& work = config->subscribers[1];
  CHECK(work.card.readers == std::vector<std::string>{"B*"});
  CHECK(work.card.iccid == "8988211000000123456");
  CHECK(work.card.impi == "user@work.example");
  CHECK(work.card.aid == Bytes{0xa0, 0, 0, 0, 0x87, 0x10, 0x04});
  CHECK_FALSE(work.card.exclusive);
  CHECK_FALSE(work.card.mnc_length.has_value());
  CHECK(work.card.pin_file.empty());
  CHECK(work.card.pin_credential == "work-pin");
  CHECK(work.card.pin_latch_file == "/tmp/latch");
  CHECK(work.ub.bsf_host == "bsf.work.example");
  CHECK(work.ub.gba_mode == ub::GbaMode::u);
  CHECK(work.ub.request_timeout == 7s);
  CHECK(config->local.applications[0].subscribers == std::vector<std::string>{"work", "home"});
  CHECK(config->local.applications[1].subscribers == std::vector<std::string>{"home"});
}

TEST_CASE("a subscriber takes back what [card] chose for all", "[IS-7]") {
  const auto config = parse_config(std::string(kSocket) + R"(
[card]
aid = "a0000000871004"
iccid = "8988211000000123456"
[[subscriber]]
name = "any"
[subscriber.card]
aid = ""
iccid = ""
)");
  REQUIRE(config.has_value());
  CHECK(config->subscribers[0].card.aid.empty());
  CHECK(config->subscribers[0].card.iccid.empty());
}

TEST_CASE("without a [[subscriber]] there is one, of [card] and [ub]", "[IS-7]") {
  const auto config =
      parse_config(std::string("[card]\niccid = \"8988211000000123456\"\n") + kSocket);
  REQUIRE(config.has_value());
  REQUIRE(config->subscribers.size() == 1);
  CHECK(config->subscribers[0].name == "default");
  CHECK(config->subscribers[0].card.iccid == "8988211000000123456");
  CHECK(config->local.subscribers == std::vector<std::string>{"default"});
}

TEST_CASE("subscribers that would be mistaken for one another are refused", "[IS-7]") {
  const auto errors = errors_of(std::string(kSocket) + R"(
[[subscriber]]
name = "a"
[[subscriber]]
name = "b"
[[subscriber]]
name = "a"
[subscriber.card]
iccid = "12"
impi = "nobody"
aid = "a000"
pin_latch_file = "/elsewhere"
[[subscriber]]
[[application]]
name = "x"
sockets = ["apps"]
subscribers = ["c"]
[[application]]
name = "y"
sockets = ["apps"]
subscribers = []
)");
  for (const auto* expected :
       {"subscriber[1].card: readers, iccid, impi and aid are those of \"a\"",
        "subscriber[2].name: there is another", "subscriber[2].card.iccid: must be 10 to 20",
        "subscriber[2].card.impi: must be a private", "subscriber[2].card.aid: must be 5 to 16",
        "subscriber[2].card.pin_latch_file", "subscriber[3].name: every [[subscriber]] needs",
        "application \"x\": there is no subscriber \"c\"",
        "application[1].subscribers: must name one"}) {
    INFO(errors);
    CHECK(errors.find(expected) != std::string::npos);
  }
}

TEST_CASE("an unreadable file is told by its name") {
  const auto config = load_config("/nonexistent/ut-agent.toml");
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().code == ErrorCode::config_unreadable);
  CHECK(config.error().detail == "/nonexistent/ut-agent.toml");
}

TEST_CASE("the control socket and grants of keys reach the part they are for", "[KEY-5]") {
  const auto without = parse_config(kSocket);
  REQUIRE(without.has_value());
  CHECK_FALSE(without->local.control_socket.has_value());
  CHECK(without->control.key_grants.empty());
  const auto config = parse_config(std::string(kSocket) + R"(
[control]
socket = "/run/ut-agent/control.sock"
[[application]]
name = "kms"
sockets = ["apps"]
[[keys]]
application = "kms"
nafs = ["kms.home1.net"]
ua_protocol_ids = ["0100000006", "FF00000001"]
)");
  if (!config) {
    FAIL(config.error().detail);
  }
  REQUIRE(config->local.control_socket.has_value());
  CHECK(config->local.control_socket->path == "/run/ut-agent/control.sock");
  CHECK(config->local.control_socket->mode == 0600);
  CHECK(config->local.unix_sockets.size() == 1);
  const auto& grant = config->control.key_grants.at(0);
  CHECK(grant.application == "kms");
  CHECK(grant.nafs == std::vector<std::string>{"kms.home1.net"});
  CHECK(grant.ua_protocol_ids.at(1).to_text() == "ff00000001");
}

TEST_CASE("a grant that can never be right is refused", "[KEY-5]") {
  const auto with = [](const std::string& keys) {
    return errors_of(std::string(kSocket) + "[tcp]\nport = 8055\n" +
                     "[[application]]\nname = \"kms\"\nsockets = [\"apps\"]\n" +
                     "[[application]]\nname = \"remote\"\nsockets = [\"tcp\"]\n" +
                     "token_sha256 = \"" + std::string(64, 'a') + "\"\n[[keys]]\n" + keys);
  };
  const std::string good = "nafs = [\"kms.home1.net\"]\nua_protocol_ids = [\"0100000006\"]\n";
  CHECK(with("application = \"kms\"\n" + good).empty());
  CHECK(with("application = \"nobody\"\n" + good).find("there is no application \"nobody\"") !=
        std::string::npos);
  CHECK(with(good).find("there is no application") != std::string::npos);
  CHECK(with("application = \"remote\"\n" + good).find("it has tcp alone") != std::string::npos);
  CHECK(with("application = \"kms\"\n").find("it names no NAF") != std::string::npos);
  CHECK(with("application = \"kms\"\n" + good + "colour = 1\n").find("no such setting") !=
        std::string::npos);
  for (const char* id : {"0100000000", "0100000002", "0100000007", "0100000100", "0100011301"}) {
    CHECK(with("application = \"kms\"\nnafs = [\"kms.home1.net\"]\nua_protocol_ids = [\"" +
               std::string(id) + "\"]\n")
              .find("never leave the agent") != std::string::npos);
  }
  CHECK(with("application = \"kms\"\nnafs = [\"*.home1.net\"]\nua_protocol_ids = [\"01\"]\n")
            .find("must be ten hexadecimal digits") != std::string::npos);
  CHECK(errors_of(std::string(kSocket) + "[control]\nsocket = \"/run/c\"\nmode = \"0666\"\n")
            .find("must leave others out") != std::string::npos);
}

TEST_CASE("the XCAP root may be that of the configuration", "[XC-1]") {
  const auto config = parse_config(std::string(kSocket) + R"(
[xcap]
root = "http://xcap.lab.example/"
[[subscriber]]
name = "home"
[[subscriber]]
name = "work"
[subscriber.card]
readers = ["B*"]
[subscriber.xcap]
root = "https://xcap.work.example:8443/ut"
)");
  REQUIRE(config);
  CHECK(config->subscribers[0].xcap_root == "http://xcap.lab.example/");
  CHECK(config->subscribers[1].xcap_root == "https://xcap.work.example:8443/ut");
  CHECK(parse_config(kSocket)->subscribers[0].xcap_root.empty());
  CHECK(errors_of(std::string(kSocket) + "[xcap]\nroot = \"xcap.home1.net\"\n")
            .contains("must be an XCAP root"));
}
