#include "agent/ub/bootstrap.h"

#include "agent/gba/aka_nonce.h"
#include "agent/gba/security_association.h"
#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_bsf.h"
#include "tests/support/fake_ports.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
using test::FakeBsf;

namespace {

// The UE, its card and a BSF.
struct Conversation {
  boost::asio::io_context io;
  test::FakeClock clock;
  test::FakeRandom random;
  test::FakeCardService card;
  FakeBsf bsf;
  test::FakeHttpClient http{io, [this](const HttpRequest& request) {
                              last_host = request.host;
                              return bsf.answer(as_text(request.authorization.expose()));
                            }};
  UbConfig config;
  std::optional<NextChallenge> next;
  std::string tmpi;
  std::shared_ptr<CardGba> known = std::make_shared<CardGba>(CardGba{.room = 160});
  bool wanted = true;
  std::string last_host;

  Result<BootstrapResult> go() {
    const auto subscriber = test::run(io, card.subscriber());
    REQUIRE(subscriber);
    return test::run(
        io, bootstrap({config, card, http, clock, random}, *subscriber,
                      {std::exchange(next, std::nullopt), tmpi, known}, [this] { return wanted; }));
  }
  ErrorCode error() {
    const auto result = go();
    REQUIRE_FALSE(result);
    return result.error().code;
  }
  bool sent(std::string_view name, std::string_view value) const {
    return std::ranges::any_of(bsf.requests, [&](const gba::AuthParameters& parameters) {
      const auto* found = gba::find(parameters, name);
      return found != nullptr && *found == value;
    });
  }
};

Result<HttpResponse> status_alone(unsigned status) {
  return HttpResponse{status, {}, {}};
}

const gba::NafId& naf() {
  static const auto id = *gba::NafId::make("xcap.ims.mnc015.mcc234.pub.3gppnetwork.org",
                                           gba::UaProtocolId::tls(0xc02f));
  return id;
}

}  // namespace

TEST_CASE("the conversation of the vectors, octet for octet", "[UB-1][UB-2][UB-3][UB-4][KEY-1]") {
  const auto& v = test::vectors().at("gba");
  const auto& ub = v.at("ub");
  Conversation c;
  isim::Identity identity;
  identity.impi = v.at("IMPI");
  c.card.set_identity(identity);
  c.card.push([&](const isim::Rand& rand, const isim::Autn& autn) -> Result<isim::AkaOutcome> {
    CHECK(to_hex(rand.view()) == v.at("RAND").get<std::string>());
    CHECK(to_hex(autn.view()) == v.at("AUTN").get<std::string>());
    return isim::AkaSuccess{{SecretBytes::copy_of(test::hex_of(v.at("RES")))},
                            *isim::Ck::from(test::hex_of(v.at("CK"))),
                            *isim::Ik::from(test::hex_of(v.at("IK")))};
  });
  c.random.push(test::hex_of(ub.at("cnonce")));
  const auto realm = ub.at("realm").get<std::string>();
  const auto nonce = ub.at("nonce").get<std::string>();
  std::vector<std::string> sent;
  c.http.set_handler([&](const HttpRequest& request) -> Result<HttpResponse> {
    CHECK(request.host == v.at("BSF").get<std::string>());
    CHECK(request.port == 80);
    CHECK(request.target == "/");
    sent.emplace_back(as_text(request.authorization.expose()));
    if (sent.size() == 1) {
      return HttpResponse{401,
                          {{"WWW-Authenticate", "Digest realm=\"" + realm + "\", nonce=\"" + nonce +
                                                    "\", algorithm=AKAv1-MD5, qop=\"auth-int\""}},
                          {}};
    }
    return HttpResponse{
        200,
        {{"Content-Type", "application/vnd.3gpp.bsf+xml"},
         {"Authentication-Info", "qop=auth-int, rspauth=\"" + ub.at("rspauth").get<std::string>() +
                                     "\", cnonce=\"" + ub.at("cnonce").get<std::string>() +
                                     "\", nc=00000001"}},
        ub.at("ok_body")};
  });
  const auto result = c.go();
  REQUIRE(result);
  REQUIRE(sent.size() == 2);
  const auto impi = v.at("IMPI").get<std::string>();
  CHECK(sent[0] == "Digest username=\"" + impi + "\", realm=\"" + realm +
                       "\", nonce=\"\", uri=\"/\", response=\"\"");
  CHECK(sent[1] == "Digest username=\"" + impi + "\", realm=\"" + realm + "\", nonce=\"" + nonce +
                       "\", uri=\"/\", response=\"" + ub.at("response").get<std::string>() +
                       "\", algorithm=AKAv1-MD5, qop=auth-int, nc=00000001, cnonce=\"" +
                       ub.at("cnonce").get<std::string>() + "\"");
  const auto& association = *result->association;
  CHECK(association.b_tid() == ub.at("btid").get<std::string>());
  CHECK(association.impi() == impi);
  CHECK(association.epoch() == 1);
  CHECK(result->requests == 2);
  CHECK_FALSE(result->next);
  CHECK(to_hex(association.ks_naf(naf())->expose()) ==
        v.at("Ks_NAF_tls12_C02F").at("key").get<std::string>());
}

TEST_CASE("sync failure sends AUTS once and goes on with the new challenge", "[UB-5]") {
  const auto& v = test::vectors().at("gba");
  const auto& failure = v.at("ub_sync_failure");
  Conversation c;
  isim::Identity identity;
  identity.impi = v.at("IMPI");
  c.card.set_identity(identity);
  c.bsf.username = identity.impi;
  c.bsf.realm = v.at("ub").at("realm");
  c.card.push_synchronisation_failure(*isim::Auts::from(test::hex_of(failure.at("AUTS"))));
  c.random.push(test::hex_of(v.at("ub").at("cnonce")));
  c.bsf.spoil = [&](HttpResponse& response) {
    if (c.bsf.requests.size() == 1) {
      response.headers = {
          {"WWW-Authenticate", "Digest realm=\"" + c.bsf.realm + "\", nonce=\"" +
                                   v.at("ub").at("nonce").get<std::string>() +
                                   "\", algorithm=AKAv1-MD5, qop=\"auth-int\", opaque=\"5ccc\""}};
    }
  };
  const auto result = c.go();
  REQUIRE(result);
  REQUIRE(c.bsf.requests.size() == 3);
  const auto& resync = c.bsf.requests[1];
  CHECK(*gba::find(resync, "auts") == failure.at("auts_param").get<std::string>());
  CHECK(*gba::find(resync, "response") == failure.at("response").get<std::string>());
  CHECK(*gba::find(resync, "nonce") == v.at("ub").at("nonce").get<std::string>());
  const auto& last = c.bsf.requests[2];
  CHECK(gba::find(last, "auts") == nullptr);
  CHECK(*gba::find(last, "nonce") == FakeBsf::nonce(2));
  CHECK(*gba::find(last, "cnonce") != *gba::find(resync, "cnonce"));
  CHECK(result->association->b_tid() == FakeBsf::b_tid(2));
  CHECK(c.card.authentications() == 2);
}

TEST_CASE("a second sync failure ends the run", "[UB-5]") {
  Conversation c;
  c.card.push_synchronisation_failure();
  c.card.push_synchronisation_failure();
  CHECK(c.error() == ErrorCode::ub_synchronisation_failed);
  CHECK(c.bsf.requests.size() == 2);
  CHECK(c.card.authentications() == 2);
}

TEST_CASE("a BSF that does not answer AUTS with a challenge ends the run", "[UB-5]") {
  for (const auto& [status, code] :
       {std::pair{403U, ErrorCode::ub_refused}, std::pair{200U, ErrorCode::ub_answer_malformed},
        std::pair{500U, ErrorCode::ub_server_error}}) {
    Conversation c;
    c.card.push_synchronisation_failure();
    c.bsf.spoil = [&, given = status](HttpResponse& response) {
      if (c.bsf.requests.size() == 2) {
        response = {given, {}, {}};
      }
    };
    CHECK(c.error() == code);
    CHECK(c.card.authentications() == 1);
  }
}

TEST_CASE("after a MAC failure nothing more leaves", "[UB-6]") {
  Conversation c;
  c.card.push_mac_failure();
  CHECK(c.error() == ErrorCode::ub_network_authentication_failed);
  CHECK(c.bsf.requests.size() == 1);

  Conversation after_auts;
  after_auts.card.push_synchronisation_failure();
  after_auts.card.push_mac_failure();
  CHECK(after_auts.error() == ErrorCode::ub_network_authentication_failed);
  CHECK(after_auts.bsf.requests.size() == 2);
}

TEST_CASE("a success without the proof of the key is not believed", "[UB-3]") {
  Conversation c;
  c.bsf.spoil = [](HttpResponse& response) {
    const auto at = response.body.find("2026-03-01T01");
    if (at != std::string::npos) {
      response.body.replace(at, 13, "2026-03-01T23");
    }
  };
  SECTION("a tampered body") {
    CHECK(c.error() == ErrorCode::ub_rspauth_wrong);
  }
  SECTION("a tampered body and no rspauth: refused, but taken by an agent that does not ask") {
    c.bsf.rspauth = false;
    CHECK(c.error() == ErrorCode::ub_rspauth_missing);
    c.config.require_rspauth = false;
    const auto weak = c.go();
    REQUIRE(weak);
    CHECK(weak->association->deadline() - weak->association->created() == 23h);
  }
  SECTION("a wrong rspauth is refused even when a missing one is not") {
    c.config.require_rspauth = false;
    CHECK(c.error() == ErrorCode::ub_rspauth_wrong);
  }
  SECTION("nothing of the body counts before the proof") {
    c.bsf.spoil = [](HttpResponse& response) {
      if (response.status == 200) {
        response.body = "<!DOCTYPE x>";
      }
    };
    CHECK(c.error() == ErrorCode::ub_rspauth_wrong);
  }
  SECTION("a BSF with another key") {
    c.bsf.spoil = nullptr;
    c.http.set_handler([&](const HttpRequest& request) -> Result<HttpResponse> {
      auto response = c.bsf.answer(as_text(request.authorization.expose()));
      for (auto& header : response.headers) {
        const auto at = header.value.find("rspauth=\"");
        if (at != std::string::npos) {
          header.value.replace(at + 9, 32, std::string(32, '0'));
        }
      }
      return response;
    });
    CHECK(c.error() == ErrorCode::ub_rspauth_wrong);
  }
}

TEST_CASE("Authentication-Info that breaks the grammar is refused", "[UB-2][UB-3]") {
  for (const auto* value : {"rspauth", "qop=auth-int, rspauth=\"x", "nc=1", "a=b, a=c"}) {
    Conversation c;
    c.bsf.spoil = [&](HttpResponse& response) {
      if (response.status == 200) {
        response.headers.back().value = value;
      }
    };
    INFO(value);
    CHECK(c.error() == ErrorCode::ub_answer_malformed);
  }
}

TEST_CASE("each refusal of the first request has its error", "[UB-10]") {
  for (const auto& [status, code] :
       {std::pair{200U, ErrorCode::ub_answer_malformed},
        std::pair{204U, ErrorCode::ub_answer_malformed},
        std::pair{301U, ErrorCode::ub_redirect_refused},
        std::pair{302U, ErrorCode::ub_redirect_refused},
        std::pair{307U, ErrorCode::ub_redirect_refused},
        std::pair{400U, ErrorCode::ub_request_refused}, std::pair{403U, ErrorCode::ub_refused},
        std::pair{404U, ErrorCode::ub_not_found}, std::pair{429U, ErrorCode::ub_busy},
        std::pair{407U, ErrorCode::ub_bsf_unreachable}, std::pair{500U, ErrorCode::ub_server_error},
        std::pair{503U, ErrorCode::ub_busy}, std::pair{999U, ErrorCode::ub_answer_malformed}}) {
    Conversation c;
    c.http.set_handler([given = status](const HttpRequest&) { return status_alone(given); });
    const auto result = c.go();
    REQUIRE_FALSE(result);
    INFO(status);
    CHECK(result.error().code == code);
    CHECK(result.error().foreign == ForeignNumber{ForeignKind::http, static_cast<long>(status)});
    CHECK(c.http.requests() == 1);
    CHECK(c.card.authentications() == 0);
  }
}

TEST_CASE("a second 401 ends the run without asking the card again", "[UB-2]") {
  Conversation c;
  c.bsf.res = [](const isim::Rand&) { return Bytes(8, 0x77); };
  const auto result = c.go();
  REQUIRE_FALSE(result);
  CHECK(result.error() == Error{ErrorCode::ub_refused, "BSF answer", {ForeignKind::http, 401}});
  CHECK(c.bsf.requests.size() == 2);
  CHECK(c.card.authentications() == 1);
}

TEST_CASE("a redirect in place of the success is refused", "[UB-10]") {
  Conversation c;
  c.bsf.spoil = [](HttpResponse& response) {
    if (response.status == 200) {
      response = {302, {{"Location", "http://evil.net/"}}, {}};
    }
  };
  CHECK(c.error() == ErrorCode::ub_redirect_refused);
}

TEST_CASE("only AKAv1-MD5 with auth-int is answered", "[UB-2]") {
  const auto nonce = FakeBsf::nonce(1);
  const auto challenge = [&](std::string_view rest) {
    return "Digest realm=\"bsf.home1.net\", nonce=\"" + nonce + "\"" + std::string(rest);
  };
  for (const auto& [value, code] : std::vector<std::pair<std::string, ErrorCode>>{
           {challenge(""), ErrorCode::ub_challenge_unsupported},
           {challenge(", algorithm=MD5, qop=\"auth-int\""), ErrorCode::ub_challenge_unsupported},
           {challenge(", algorithm=AKAv2-MD5, qop=\"auth-int\""),
            ErrorCode::ub_challenge_unsupported},
           {challenge(", algorithm=AKAv1-MD5"), ErrorCode::ub_challenge_unsupported},
           {challenge(", algorithm=AKAv1-MD5, qop=\"auth\""), ErrorCode::ub_challenge_unsupported},
           {"Basic realm=\"bsf.home1.net\"", ErrorCode::ub_challenge_unsupported},
           {"Digest realm=\"bsf.home1.net\"", ErrorCode::ub_answer_malformed},
           {challenge(", algorithm=AKAv1-MD5, qop=\"auth-int"), ErrorCode::ub_answer_malformed},
           {"Digest realm=\"bsf.home1.net\", nonce=\"AAAA\", algorithm=AKAv1-MD5, "
            "qop=\"auth-int\"",
            ErrorCode::ub_answer_malformed},
           {"Digest realm=\"bsf.home1.net\", nonce=\"plain nonce\", algorithm=AKAv1-MD5, "
            "qop=\"auth-int\"",
            ErrorCode::ub_answer_malformed}}) {
    Conversation c;
    c.http.set_handler([&](const HttpRequest&) -> Result<HttpResponse> {
      return HttpResponse{401, {{"WWW-Authenticate", value}}, {}};
    });
    INFO(value);
    CHECK(c.error() == code);
    CHECK(c.card.authentications() == 0);
  }
  Conversation none;
  none.http.set_handler([](const HttpRequest&) { return status_alone(401); });
  CHECK(none.error() == ErrorCode::ub_challenge_unsupported);
}

TEST_CASE("the AKA challenge is found among others", "[UB-2]") {
  Conversation c;
  c.bsf.spoil = [](HttpResponse& response) {
    if (response.status == 401) {
      response.headers.insert(response.headers.begin(),
                              {"www-authenticate",
                               "Basic realm=\"x, y\", Digest realm=\"z\", "
                               "nonce=\"n\", algorithm=MD5, qop=\"auth-int\""});
    }
  };
  CHECK(c.go());
}

TEST_CASE("a realm that is not the home network's is refused unless configured", "[UB-10]") {
  for (const auto* realm : {"bsf.evil.net", "evil.net", "net", "xbsf.home1.net", "a b"}) {
    Conversation c;
    c.bsf.realm = realm;
    INFO(realm);
    CHECK(c.error() == ErrorCode::ub_realm_foreign);
    CHECK(c.card.authentications() == 0);
    c.config.accept_foreign_realm = true;
    CHECK(c.go());
  }
  for (const auto* realm : {"bsf.home1.net", "BSF.Home1.net", "home1.net"}) {
    Conversation c;
    c.bsf.realm = realm;
    INFO(realm);
    CHECK(c.go());
  }
}

TEST_CASE("the BSF's name follows from the identity or the configuration", "[UB-1]") {
  Conversation c;
  REQUIRE(c.go());
  CHECK(c.last_host == "bsf.home1.net");

  c.config.bsf_host = "GBA.Operator.example.";
  c.bsf.realm = "gba.operator.example";
  REQUIRE(c.go());
  CHECK(c.last_host == "gba.operator.example");

  c.config.bsf_host = "192.0.2.1";
  CHECK(c.error() == ErrorCode::ub_bsf_unknown);

  Conversation usim;
  isim::Identity identity;
  identity.application = isim::Application::usim;
  identity.impi = "234150999999999@ims.mnc015.mcc234.3gppnetwork.org";
  usim.card.set_identity(identity);
  usim.bsf.username = identity.impi;
  usim.bsf.realm = "bsf.mnc015.mcc234.pub.3gppnetwork.org";
  REQUIRE(usim.go());
  CHECK(usim.last_host == "bsf.mnc015.mcc234.pub.3gppnetwork.org");

  identity.application = isim::Application::isim;
  identity.impi = "no domain";
  usim.card.set_identity(identity);
  CHECK(usim.error() == ErrorCode::ub_bsf_unknown);
}

TEST_CASE("a name that DNS does not know is replaced by the configured one, once", "[UB-1]") {
  Conversation c;
  std::vector<std::string> asked;
  std::string unknown = "bsf.home1.net";
  c.http.set_handler([&](const HttpRequest& request) -> Result<HttpResponse> {
    asked.push_back(request.host);
    if (request.host == unknown) {
      return fail(ErrorCode::ub_bsf_name_unresolved, "Ub request");
    }
    return c.bsf.answer(as_text(request.authorization.expose()));
  });
  SECTION("no other is configured") {
    CHECK(c.error() == ErrorCode::ub_bsf_name_unresolved);
    CHECK(asked == std::vector<std::string>{"bsf.home1.net"});
  }
  SECTION("another is configured") {
    c.config.fallback_bsf_host = "BSF.ims.home1.net";
    c.bsf.realm = "bsf.ims.home1.net";
    CHECK(c.go());
    CHECK(asked ==
          std::vector<std::string>{"bsf.home1.net", "bsf.ims.home1.net", "bsf.ims.home1.net"});
    CHECK(c.card.authentications() == 1);
  }
  SECTION("the other is unknown too") {
    c.config.fallback_bsf_host = "bsf.ims.home1.net";
    c.http.set_handler([&](const HttpRequest& request) -> Result<HttpResponse> {
      asked.push_back(request.host);
      return fail(ErrorCode::ub_bsf_name_unresolved, "Ub request");
    });
    CHECK(c.error() == ErrorCode::ub_bsf_name_unresolved);
    CHECK(asked == std::vector<std::string>{"bsf.home1.net", "bsf.ims.home1.net"});
    CHECK(c.card.authentications() == 0);
  }
  SECTION("it is the same name") {
    c.config.fallback_bsf_host = "bsf.home1.net";
    CHECK(c.error() == ErrorCode::ub_bsf_name_unresolved);
    CHECK(asked.size() == 1);
  }
  SECTION("a name that the user configured is not replaced") {
    c.config.bsf_host = unknown = "gba.operator.example";
    c.config.fallback_bsf_host = "bsf.ims.home1.net";
    CHECK(c.error() == ErrorCode::ub_bsf_name_unresolved);
    CHECK(asked.size() == 1);
  }
  SECTION("another failure is not the name's") {
    c.config.fallback_bsf_host = "bsf.ims.home1.net";
    c.http.set_handler([&](const HttpRequest& request) -> Result<HttpResponse> {
      asked.push_back(request.host);
      return fail(ErrorCode::ub_bsf_unreachable, "Ub request");
    });
    CHECK(c.error() == ErrorCode::ub_bsf_unreachable);
    CHECK(asked.size() == 1);
  }
}

TEST_CASE("Retry-After of a refusal goes with its error", "[UB-9]") {
  Conversation c;
  c.http.set_handler([](const HttpRequest&) -> Result<HttpResponse> {
    HttpResponse response{503, {}, {}};
    response.retry_after = 77s;
    return response;
  });
  const auto result = c.go();
  REQUIRE_FALSE(result);
  CHECK(result.error().retry_after == 77s);
}

TEST_CASE("a success that is not a BootstrappingInfo is refused", "[UB-4]") {
  Conversation c;
  SECTION("another media type") {
    c.bsf.spoil = [](HttpResponse& response) {
      if (response.status == 200) {
        response.headers.front().value = "text/html";
      }
    };
    CHECK(c.error() == ErrorCode::ub_media_type_wrong);
  }
  SECTION("no media type") {
    c.bsf.spoil = [](HttpResponse& response) {
      if (response.status == 200) {
        response.headers.erase(response.headers.begin());
      }
    };
    CHECK(c.error() == ErrorCode::ub_media_type_wrong);
  }
  SECTION("parameters and case of the media type do not matter") {
    c.bsf.spoil = [](HttpResponse& response) {
      if (response.status == 200) {
        response.headers.front().value = "Application/VND.3gpp.bsf+xml ; charset=utf-8";
      }
    };
    CHECK(c.go());
  }
  SECTION("a lifetime that is a duration") {
    c.bsf.lifetime = "PT1H";
    CHECK(c.error() == ErrorCode::ub_bootstrapping_info_malformed);
  }
}

TEST_CASE("lifetime is counted, cut and refused when over", "[UB-9]") {
  Conversation c;
  const auto length = [](const BootstrapResult& result) {
    return result.association->deadline() - result.association->created();
  };
  SECTION("on our clock when the BSF tells none") {
    const auto result = c.go();
    REQUIRE(result);
    CHECK(length(*result) == 1h);
    CHECK(result->association->expires() == c.clock.utc() + 1h);
  }
  SECTION("on the BSF's clock when it tells it, however wrong ours is") {
    c.bsf.extension = "<currenttime>2026-03-01T00:15:00.5Z</currenttime>";
    c.clock.set_utc(std::chrono::sys_days(std::chrono::year(2031) / 1 / 1));
    const auto result = c.go();
    REQUIRE(result);
    CHECK(length(*result) == 45min);
    CHECK(result->association->expires() == c.clock.utc() + 45min);
  }
  SECTION("cut to the configured greatest") {
    c.bsf.lifetime = "2999-01-01T00:00:00Z";
    c.config.max_lifetime = 2h;
    const auto result = c.go();
    REQUIRE(result);
    CHECK(length(*result) == 2h);
    CHECK(result->association->expires() == c.clock.utc() + 2h);
  }
  SECTION("over already") {
    c.bsf.lifetime = "2026-03-01T00:00:00Z";
    CHECK(c.error() == ErrorCode::ub_lifetime_over);
    c.bsf.lifetime = "2026-03-01T01:00:00Z";
    c.bsf.extension = "<currenttime>2026-03-01T01:00:01Z</currenttime>";
    CHECK(c.error() == ErrorCode::ub_lifetime_over);
  }
}

TEST_CASE("a B-TID that is not base64 of RAND is taken", "[UB-11]") {
  Conversation c;
  const auto result = c.go();
  REQUIRE(result);
  // FakeBsf makes it of RAND; a BSF that hashes is the same to us.
  c.config.require_rspauth = false;
  c.bsf.rspauth = false;
  c.bsf.spoil = [](HttpResponse& response) {
    const auto at = response.body.find("<btid>");
    if (at != std::string::npos) {
      response.body.replace(at, response.body.find("</btid>") - at, "<btid>0b16d1fc@elsewhere");
    }
  };
  const auto hashed = c.go();
  REQUIRE(hashed);
  CHECK(hashed->association->b_tid() == "0b16d1fc@elsewhere");
}

TEST_CASE("nextnonce saves a round trip in the next run", "[UB-12]") {
  Conversation c;
  c.bsf.nextnonce = FakeBsf::nonce(9);
  auto first = c.go();
  REQUIRE(first);
  REQUIRE(first->next);
  CHECK(first->next->challenge.nonce == FakeBsf::nonce(9));
  CHECK(first->next->epoch == 1);
  c.bsf.nextnonce.clear();

  SECTION("one request") {
    c.next = first->next;
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 1);
    CHECK(c.bsf.requests.size() == 3);
    CHECK(second->association->b_tid() == FakeBsf::b_tid(9));
    CHECK_FALSE(second->next);
  }
  SECTION("the card refuses it: a plain run, and nothing of the refused challenge leaves") {
    SECTION("MAC failure") {
      c.card.push_mac_failure();
    }
    SECTION("synchronisation failure") {
      c.card.push_synchronisation_failure();
    }
    c.next = first->next;
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 2);
    CHECK_FALSE(c.sent("nonce", FakeBsf::nonce(9)));
    CHECK(second->association->b_tid() == FakeBsf::b_tid(2));
  }
  SECTION("it is no AKA nonce: a plain run") {
    first->next->challenge.nonce = "garbage";
    c.next = first->next;
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 2);
    CHECK_FALSE(c.sent("nonce", "garbage"));
  }
  SECTION("the BSF has forgotten it: its new challenge is answered, once") {
    c.next = first->next;
    c.bsf.spoil = [&](HttpResponse& response) {
      if (c.bsf.requests.size() == 3) {
        FakeBsf other;
        response = other.answer("Digest username=\"" + other.username + "\", nonce=\"\"");
      }
    };
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 2);
    CHECK(c.card.authentications() == 3);
  }
  SECTION("the BSF refuses it with 403: a plain run") {
    c.next = first->next;
    c.bsf.spoil = [&](HttpResponse& response) {
      if (c.bsf.requests.size() == 3) {
        response = {403, {}, {}};
      }
    };
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 3);
  }
  SECTION("MAC failure on it and on the plain run: the end") {
    c.card.push_mac_failure();
    c.card.push_mac_failure();
    c.next = first->next;
    CHECK(c.error() == ErrorCode::ub_network_authentication_failed);
    CHECK(c.bsf.requests.size() == 3);
  }
  SECTION("it was for another card") {
    c.card.swap(*test::run(c.io, c.card.subscriber())->identity);
    c.next = first->next;
    const auto second = c.go();
    REQUIRE(second);
    CHECK(second->requests == 2);
    CHECK_FALSE(c.sent("nonce", FakeBsf::nonce(9)));
  }
}

TEST_CASE("a run that is not wanted any more sends and keeps nothing", "[KEY-3][IS-6]") {
  Conversation c;
  SECTION("from the start") {
    c.wanted = false;
    CHECK(c.error() == ErrorCode::card_identity_changed);
    CHECK(c.http.requests() == 0);
  }
  SECTION("while the card computes") {
    c.card.push([&](const isim::Rand& rand, const isim::Autn&) {
      c.wanted = false;
      return test::fake_aka(rand);
    });
    CHECK(c.error() == ErrorCode::card_identity_changed);
    CHECK(c.http.requests() == 1);
  }
  SECTION("while the BSF answers") {
    c.bsf.spoil = [&](HttpResponse& response) { c.wanted = response.status != 200; };
    CHECK(c.error() == ErrorCode::card_identity_changed);
  }
  SECTION("another card answers") {
    c.bsf.spoil = [&](HttpResponse&) {
      c.card.swap(*test::run(c.io, c.card.subscriber())->identity);
      c.bsf.spoil = nullptr;
    };
    CHECK(c.error() == ErrorCode::card_identity_changed);
    CHECK(c.http.requests() == 1);
  }
}

TEST_CASE("failures of transport and card pass unchanged", "[UB-9]") {
  Conversation c;
  const Error unreachable{ErrorCode::ub_bsf_unreachable, "Ub request", {ForeignKind::curl, 7}};
  c.http.set_handler(
      [&](const HttpRequest&) -> Result<HttpResponse> { return std::unexpected(unreachable); });
  const auto result = c.go();
  REQUIRE_FALSE(result);
  CHECK(result.error() == unreachable);

  Conversation mute;
  mute.card.push([](const isim::Rand&, const isim::Autn&) {
    return fail(ErrorCode::card_mute, "AUTHENTICATE");
  });
  CHECK(mute.error() == ErrorCode::card_mute);
}
