// Enrolment against a portal in memory. What a real portal issues is in
// tests/scenario/subscriber-certificate; here the portal shows a certificate that somebody else was
// given, or none.
#include "agent/pki/enrolment.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"
#include "tests/support/vectors.h"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ut::pki {
namespace {

struct Reply {
  unsigned status = 200;
  std::string type = "application/x-x509-user-cert";
  std::string body{};
  std::optional<Error> error{};
};

class FakePortal final : public ports::UtGateway {
 public:
  explicit FakePortal(boost::asio::io_context& loop) : loop_(loop) {}

  ports::Task<Result<ports::UtReport>> exchange(ports::UtRequest&& request,
                                                ports::ResponseSink& sink) override {
    requests.push_back(request);
    boost::asio::steady_timer turn(loop_, std::chrono::milliseconds(1));
    co_await turn.async_wait(boost::asio::use_awaitable);
    if (during) {
      during();
    }
    if (reply.error) {
      co_return std::unexpected(*reply.error);
    }
    CO_TRY_VOID(sink.header({.status = reply.status,
                             .reason = "X",
                             .headers = {{"Content-Type", reply.type}},
                             .content_length = reply.body.size()}));
    CO_TRY_VOID(co_await sink.body(as_bytes(reply.body)));
    co_return ports::UtReport{};
  }

  Reply reply{};
  std::function<void()> during{};
  std::vector<ports::UtRequest> requests{};

 private:
  boost::asio::io_context& loop_;
};

struct World {
  boost::asio::io_context loop{1};
  test::FakeClock clock;
  test::FakeCardService card;
  FakePortal portal{loop};
  Enrolment enrolment{loop.get_executor(), card, portal, clock};

  Result<ports::SubscriberCertificate> ask(std::string from = "pki.home1.net") {
    return test::run(loop, enrolment.certificate(std::move(from)));
  }
  Error error() {
    auto asked = ask();
    REQUIRE_FALSE(asked);
    return asked.error();
  }
};

std::string pem_of_another() {
  return test::source_file("tests/vectors/tls/ec.pem");
}

}  // namespace

TEST_CASE("the request is the PKCS #10 of TS 24.109, for the portal alone", "[UA-7]") {
  World world;
  world.portal.reply.status = 403;
  CHECK(world.error().code == ErrorCode::ua_enrolment_refused);
  REQUIRE(world.portal.requests.size() == 1);
  const auto& request = world.portal.requests.front();
  CHECK(request.method == "POST");
  CHECK(request.naf == "pki.home1.net");
  CHECK(request.target == "/enrol?response=single");
  CHECK(request.headers[0] == ports::HeaderFields::Field{"Content-Type", "application/x-pkcs10"});
  CHECK(request.body.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
  CHECK(request.body.find("-----END CERTIFICATE REQUEST-----\n") != std::string::npos);
  CHECK(request.body.find("PRIVATE") == std::string::npos);
}

TEST_CASE("each enrolment has a key of its own", "[UA-7][KEY-4]") {
  World world;
  world.portal.reply.status = 403;
  (void)world.ask();
  world.clock.advance(Enrolment::kRest);
  (void)world.ask();
  REQUIRE(world.portal.requests.size() == 2);
  CHECK(world.portal.requests[0].body != world.portal.requests[1].body);
}

TEST_CASE("what the portal gives in place of a certificate is told apart", "[UA-7][UT-12]") {
  World world;
  const auto outcome = [&world](Reply reply) {
    world.portal.reply = std::move(reply);
    world.clock.advance(Enrolment::kRest);
    const Error error = world.error();
    return std::string(name(error.code)) + " " + error.detail;
  };
  CHECK(outcome({.status = 404}).starts_with("ua-enrolment-refused"));
  CHECK(outcome({.status = 302}).starts_with("ua-enrolment-refused"));
  CHECK(outcome({.type = "text/html", .body = pem_of_another()}).find("Content-Type") !=
        std::string::npos);
  CHECK(outcome({.body = ""}) == "ua-enrolment-malformed it is neither PEM nor base64");
  CHECK(outcome({.body = "<html>"}) == "ua-enrolment-malformed it is neither PEM nor base64");
  CHECK(outcome({.body = "AAAA"}).starts_with("ua-enrolment-malformed"));
  // Somebody else's, which is for another key.
  CHECK(outcome({.body = pem_of_another()}).find("another certificate's") != std::string::npos);
  CHECK(outcome({.error = Error{ErrorCode::ub_refused, "x"}}).starts_with("ub-refused"));
  CHECK(outcome({.body = std::string(70000, 'A')}).starts_with("limit-body"));
}

TEST_CASE("a portal that failed rests, for everyone", "[UA-7][UA-4]") {
  World world;
  world.portal.reply.status = 500;
  const Error first = world.error();
  const Error second = world.error();
  CHECK(first.code == second.code);
  CHECK(world.portal.requests.size() == 1);
  // Another portal does not.
  (void)world.ask("pki.home2.net");
  CHECK(world.portal.requests.size() == 2);
  world.clock.advance(Enrolment::kRest);
  (void)world.error();
  CHECK(world.portal.requests.size() == 3);
  // Nor after all was forgotten.
  world.enrolment.forget();
  (void)world.error();
  CHECK(world.portal.requests.size() == 4);
}

TEST_CASE("requests together share one enrolment", "[UA-7]") {
  World world;
  world.portal.reply.status = 403;
  unsigned done = 0;
  for (int i = 0; i < 5; ++i) {
    boost::asio::co_spawn(world.loop, world.enrolment.certificate("pki.home1.net"),
                          [&done](std::exception_ptr, const auto&) { ++done; });
  }
  world.loop.run();
  CHECK(done == 5);
  CHECK(world.portal.requests.size() == 1);
}

TEST_CASE("a card that goes while the portal works ends the enrolment", "[UA-7][IS-6][KEY-3]") {
  World world;
  world.portal.during = [&world] { world.card.swap(isim::Identity{}); };
  CHECK(world.error().code == ErrorCode::card_identity_changed);
}

TEST_CASE("the certificate of an answer is PEM or base64", "[UA-7]") {
  const std::string pem = pem_of_another();
  CHECK(certificate_pem(pem) == pem);
  const auto begin = pem.find('\n') + 1;
  const std::string digits = pem.substr(begin, pem.find("-----END") - begin);
  const auto made = certificate_pem(digits);
  REQUIRE(made);
  CHECK(made->starts_with("-----BEGIN CERTIFICATE-----\n"));
  CHECK_FALSE(certificate_pem(""));
  CHECK_FALSE(certificate_pem(" \r\n"));
  CHECK_FALSE(certificate_pem("<html/>"));
}

}  // namespace ut::pki
