// HTTP Digest AKA on Ut, without BSF: conversations of the gateway with a NAF that challenges the
// card itself. The NAF's digest is computed from the passwords of the vectors.
#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/agent/ua/fakes.h"
#include "tls/crypto/hash.h"

#include <set>

namespace ut::ua::test {
namespace {

using nlohmann::json;

const json& vector() {
  return ut::test::vectors().at("gba");
}

std::string text(const json& value, const char* key) {
  return value.at(key).get<std::string>();
}

// The operator's NAF: knows the IMPI, makes a challenge for it, checks the answer.
class AkaNaf {
 public:
  explicit AkaNaf(World& world) : world_(world) {
    world.naf.serve = [this](const Received& request) { return answer(request); };
    world.card.on_authenticate = [this](const isim::Rand& rand,
                                        const isim::Autn&) -> Result<isim::AkaOutcome> {
      rands.insert(to_hex(rand.view()));
      if (mac_failures > 0) {
        --mac_failures;
        return isim::AkaMacFailure{};
      }
      if (synchronisation_failures > 0) {
        --synchronisation_failures;
        return isim::AkaSynchronisationFailure{
            *isim::Auts::from(ut::test::hex_of(vector().at("ub_sync_failure").at("AUTS")))};
      }
      return isim::AkaSuccess{.res = {SecretBytes::copy_of(ut::test::hex_of(vector().at("RES")))},
                              .ck = *isim::Ck::from(ut::test::hex_of(vector().at("CK"))),
                              .ik = *isim::Ik::from(ut::test::hex_of(vector().at("IK")))};
    };
  }

  std::string algorithm = "AKAv2-SHA-256";
  std::string realm = kNaf;
  std::string qop = "auth";
  std::string other_nonce{};  // in place of a right one
  bool refuse_always = false;
  bool say_stale = true;    // of a nonce that ended
  unsigned nonce_uses = 0;  // after which it ends; 0: never
  bool wrong_rspauth = false;
  bool nextnonce = false;
  unsigned mac_failures = 0;
  unsigned synchronisation_failures = 0;

  std::set<std::string> rands{};    // that the card was asked
  std::vector<std::string> auts{};  // that came

 private:
  std::string password() const {
    if (algorithm == "AKAv1-MD5") {
      const auto res = ut::test::hex_of(vector().at("RES"));
      return std::string(as_text(res));
    }
    return text(vector().at(algorithm == "AKAv2-MD5" ? "akav2_md5" : "akav2_sha256"), "password");
  }

  std::string digest(const Received& request, std::string_view method, std::string_view body,
                     const std::string& secret) const {
    const auto kind =
        algorithm == "AKAv2-SHA-256" ? crypto::HashKind::sha256 : crypto::HashKind::md5;
    const auto h = [kind](const std::string& of) {
      return to_hex(crypto::hash(kind, as_bytes(of)));
    };
    std::string a2 = std::string(method) + ":" + request.target;
    if (qop == "auth-int") {
      a2 += ":" + h(std::string(body));
    }
    return h(h(text(vector(), "IMPI") + ":" + realm + ":" + secret) + ":" +
             request.parameter("nonce") + ":" + request.parameter("nc") + ":" +
             request.parameter("cnonce") + ":" + qop + ":" + h(a2));
  }

  Reply challenge(bool stale) {
    Bytes octets = ut::test::hex_of(vector().at("RAND"));
    octets.back() = static_cast<std::uint8_t>(++made_);
    append(octets, ut::test::hex_of(vector().at("AUTN")));
    nonce_ = other_nonce.empty() ? to_base64(octets) : other_nonce;
    uses_ = 0;
    return {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"" + realm +
            "\", nonce=\"" + nonce_ + "\", algorithm=" + algorithm + ", qop=\"" + qop +
            "\", opaque=\"o\"" + (stale ? ", stale=true" : "") + "\r\nContent-Length: 0\r\n\r\n"};
  }

  Reply answer(const Received& request) {
    if (request.parameter("username") != text(vector(), "IMPI")) {
      return {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
    }
    if (request.parameter("nonce").empty() || refuse_always) {
      return challenge(false);
    }
    if (!request.parameter("auts").empty()) {
      CHECK(request.parameter("response") == digest(request, request.method, {}, ""));
      auts.push_back(request.parameter("auts"));
      return challenge(false);
    }
    if (request.parameter("nonce") != nonce_ || (nonce_uses > 0 && uses_ == nonce_uses)) {
      return challenge(say_stale);
    }
    if (request.parameter("response") !=
            digest(request, request.method, request.body, password()) ||
        request.parameter("nc") != "0000000" + std::to_string(++uses_)) {
      return challenge(false);
    }
    auto rspauth = digest(request, "", "<ok/>", password());
    if (wrong_rspauth) {
      rspauth[0] = rspauth[0] == '0' ? '1' : '0';
    }
    return {"HTTP/1.1 200 OK\r\nAuthentication-Info: qop=" + qop + ", rspauth=\"" + rspauth +
            "\", cnonce=\"" + request.parameter("cnonce") + "\", nc=" + request.parameter("nc") +
            (nextnonce ? ", nextnonce=\"next\"" : "") + "\r\nContent-Length: 5\r\n\r\n<ok/>"};
  }

  World& world_;
  std::string nonce_{};
  unsigned uses_ = 0;
  unsigned made_ = 0;
};

UaConfig aka_config(std::vector<Method> methods = {Method::aka}) {
  UaConfig config;
  config.nafs[kNaf].ways.methods = std::move(methods);
  config.nafs[kNaf].aka_algorithms.push_back(gba::DigestAlgorithm::akav1_md5);
  return config;
}

ErrorCode code_of(const Result<ports::UtReport>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("the card answers the NAF's challenge, and no BSF is asked", "[UA-9][UT-3][UT-8]") {
  for (const std::string algorithm : {"AKAv2-SHA-256", "AKAv2-MD5", "AKAv1-MD5"}) {
    for (const std::string qop : {"auth", "auth-int"}) {
      INFO(algorithm << " " << qop);
      World world(aka_config());
      AkaNaf naf(world);
      naf.algorithm = algorithm;
      naf.qop = qop;
      Sink sink;
      const auto report = world.run(put("<list/>"), sink);
      REQUIRE(report);
      CHECK(sink.content == "<ok/>");
      CHECK(report->ua_method == "aka");
      CHECK(report->b_tid.empty());
      CHECK(report->ua_protocol_id.empty());
      CHECK_FALSE(report->bootstrapped);
      CHECK(report->round_trips == 2);
      CHECK(world.card.authentications == 1);
      CHECK(world.associations.asked == 0);
    }
  }
}

TEST_CASE("the first request names the IMPI and carries no body", "[UA-9][UT-1]") {
  World world(aka_config());
  AkaNaf naf(world);
  Sink sink;
  REQUIRE(world.run(put("<list/>"), sink));
  REQUIRE(world.naf.received.size() == 2);
  const auto& first = world.naf.received[0];
  CHECK(first.method == "GET");
  CHECK(first.body.empty());
  CHECK(first.header("Authorization") == "Digest username=\"" + text(vector(), "IMPI") +
                                             "\", realm=\"" + kNaf + "\", nonce=\"\", uri=\"" +
                                             first.target + "\", response=\"\"");
  // It is none of GBA.
  CHECK(first.header("User-Agent") == "presence/1.0");
  CHECK(world.naf.received[1].body == "<list/>");
  CHECK(world.naf.received[1].parameter("realm") == kNaf);
}

TEST_CASE("further requests use the nonce on, without the card", "[UA-9][UA-2]") {
  World world(aka_config());
  AkaNaf naf(world);
  naf.nextnonce = true;  // is none that the card could answer
  Sink sink;
  for (int i = 0; i < 5; ++i) {
    const auto report = world.run(get(), sink);
    REQUIRE(report);
    CHECK(report->round_trips == (i == 0 ? 2 : 1));
  }
  CHECK(world.card.authentications == 1);
  CHECK(world.naf.received.back().parameter("nc") == "00000005");
}

TEST_CASE("a nonce that ended is answered anew, said stale or not", "[UA-9][UA-2]") {
  for (const bool stale : {true, false}) {
    World world(aka_config());
    AkaNaf naf(world);
    naf.nonce_uses = 2;
    naf.say_stale = stale;
    Sink sink;
    for (int i = 0; i < 6; ++i) {
      REQUIRE(world.run(get(), sink));
    }
    CHECK(world.card.authentications == 3);
    CHECK(naf.rands.size() == 3);
  }
}

TEST_CASE("AUTS goes with an empty password and no body, and the next challenge is answered",
          "[UA-9][UB-5]") {
  for (const bool with_body : {true, false}) {
    World world(aka_config());
    AkaNaf naf(world);
    naf.synchronisation_failures = 1;
    Sink sink;
    const auto report = world.run(with_body ? put("<list/>") : get(), sink);
    REQUIRE(report);
    CHECK(report->round_trips == 3);
    CHECK(naf.auts == std::vector{text(vector().at("ub_sync_failure"), "auts_param")});
    const auto& told = world.naf.received.at(1);
    CHECK(told.method == "GET");
    CHECK(told.body.empty());
    CHECK(world.card.authentications == 2);
  }
}

TEST_CASE("sequence numbers that never agree end the request", "[UA-9][UT-12]") {
  World world(aka_config());
  AkaNaf naf(world);
  naf.synchronisation_failures = 9;
  Sink sink;
  CHECK(code_of(world.run(put("x"), sink)) == ErrorCode::ua_synchronisation_failed);
  CHECK(world.card.authentications == 2);
  CHECK(world.naf.distrusted == 1);
}

TEST_CASE("a challenge that the card refuses is not answered", "[UA-9][UT-12]") {
  World world(aka_config());
  AkaNaf naf(world);
  naf.mac_failures = 1;
  Sink sink;
  CHECK(code_of(world.run(put("x"), sink)) == ErrorCode::ua_network_authentication_failed);
  CHECK(world.naf.received.size() == 1);
  CHECK(world.naf.distrusted == 1);
}

TEST_CASE("a NAF that always refuses costs the card one command, and rests", "[UA-9][UA-4]") {
  World world(aka_config());
  AkaNaf naf(world);
  naf.refuse_always = true;
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.card.authentications == 1);
  CHECK(world.naf.distrusted == 1);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  CHECK(world.card.authentications == 1);
  naf.refuse_always = false;
  world.clock.advance(std::chrono::seconds(6));
  CHECK(world.run(get(), sink));
}

TEST_CASE("a NAF that says stale for ever is given up", "[UA-9][UA-4]") {
  World world(aka_config());
  AkaNaf naf(world);
  world.naf.serve = [inner = world.naf.serve](const Received& request) {
    auto sly = request;
    sly.headers = {};
    for (const auto& field : request.headers) {
      std::string value(field.value);
      if (const auto at = value.find("nonce=\""); at != std::string::npos) {
        value.insert(at + 7, request.parameter("nonce").empty() ? "" : "x");
      }
      sly.headers.push_back({field.name, value});
    }
    return inner(sly);
  };
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.card.authentications == 3);
}

TEST_CASE("a nonce that holds no challenge of AKA is refused before the card is asked", "[UA-9]") {
  for (const auto* nonce :
       {"AAAA", "not base64 at all", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    World world(aka_config());
    AkaNaf naf(world);
    naf.other_nonce = nonce;
    Sink sink;
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_challenge_malformed);
    CHECK(world.card.authentications == 0);
  }
}

TEST_CASE("the card is no oracle: neither for another NAF nor another realm", "[UA-9][UT-7]") {
  SECTION("a NAF that is configured for Digest") {
    World world(aka_config({Method::digest}));
    AkaNaf naf(world);
    world.naf.serve = [](const Received&) {
      return Reply{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"" + kNaf +
                   "\", nonce=\"" + to_base64(Bytes(32, 1)) +
                   "\", algorithm=AKAv1-MD5, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n"};
    };
    Sink sink;
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_challenge_unsupported);
    CHECK_FALSE(world.naf.received[0].has("Authorization"));
    CHECK(world.card.authentications == 0);
  }
  SECTION("a realm of somebody else") {
    World world(aka_config());
    AkaNaf naf(world);
    naf.realm = "ims.elsewhere.example";
    Sink sink;
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_realm_mismatch);
    CHECK(world.card.authentications == 0);
    CHECK(world.naf.distrusted == 1);
  }
}

TEST_CASE("a wrong rspauth of AKA fails the request", "[UA-9][UA-3]") {
  World world(aka_config());
  AkaNaf naf(world);
  naf.wrong_rspauth = true;
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
  CHECK_FALSE(sink.head);
}

TEST_CASE("when the card goes the key of AKA goes with it", "[UA-9][IS-6][KEY-3]") {
  World world(aka_config());
  AkaNaf naf(world);
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.card.pull();
  world.card.present = true;
  REQUIRE(world.run(get(), sink));
  CHECK(world.card.authentications == 2);
  CHECK(world.naf.connections == 2);
  // Between challenge and answer too.
  world.card.pull();
  world.card.present = true;
  world.card.on_authenticate = [&world, inner = world.card.on_authenticate](isim::Rand rand,
                                                                            isim::Autn autn) {
    world.card.pull();
    return inner(rand, autn);
  };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_removed);
}

TEST_CASE("an error of the card is the application's answer", "[UA-9]") {
  World world(aka_config());
  AkaNaf naf(world);
  world.card.on_authenticate = [](isim::Rand, isim::Autn) -> Result<isim::AkaOutcome> {
    return fail(ErrorCode::card_mute, "AUTHENTICATE");
  };
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_mute);
}

TEST_CASE("with both methods the NAF's challenge decides, and Digest bootstraps then",
          "[UA-9][UT-8]") {
  World world(aka_config({Method::aka, Method::digest}));
  Sink sink;
  // The usual NAF, which knows nothing of AKA and finds an Authorization that it cannot use.
  world.naf.serve = [&world](const Received& request) {
    auto seen = request;
    if (request.parameter("nonce").empty()) {
      seen.headers.erase_if([](const auto& field) { return field.name == "Authorization"; });
    }
    return world.naf.answer(seen);
  };
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "digest");
  CHECK(report->bootstrapped);
  CHECK(world.card.authentications == 0);
  CHECK(world.naf.received[0].header("User-Agent") == "presence/1.0 3gpp-gba");
}

}  // namespace ut::ua::test
