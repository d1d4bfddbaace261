#include "agent/ua/method.h"

#include "agent/ua/tls_connector.h"
#include "tests/support/catch.h"

#include <vector>

using namespace ut;
using namespace ut::ua;
using namespace std::chrono_literals;

namespace {

const NafAddress kNaf{"xcap.home1.net", 443};
const SteadyTime kNow{100h};
constexpr Way kCertificate{};
constexpr Way kClient{.handshake = Handshake::client_certificate};
constexpr Way kSubscriber{.handshake = Handshake::subscriber_certificate};
constexpr Way kPsk13{Handshake::psk, tls::Version::tls13};
constexpr Way kPsk12{Handshake::psk, tls::Version::tls12};

AllowedWays allowed(std::vector<Method> methods) {
  AllowedWays ways;
  ways.methods = std::move(methods);
  return ways;
}

Error alert(ErrorCode code, int number) {
  return {code, "handshake", {ForeignKind::tls_alert, number}};
}

const Error kNotChosen{ErrorCode::tls_psk_not_chosen, "handshake"};

}  // namespace

TEST_CASE("methods have names, and no other text is one", "[UA-6][UA-9]") {
  for (const auto method : {Method::digest, Method::psk, Method::aka, Method::certificate,
                            Method::subscriber_certificate}) {
    CHECK(method_named(name(method)) == method);
  }
  for (const auto* text : {"", "PSK", "digest ", "certificates"}) {
    CHECK_FALSE(method_named(text));
  }
  CHECK(to_text(kCertificate) == "certificate");
  CHECK(to_text(kPsk12) == "psk TLSv1.2");
  // UT-3: a certificate from a file is told as what it is.
  CHECK(to_text(kClient) == "client certificate, not ISIM based");
  CHECK(to_text(kSubscriber) == "subscriber certificate");
  for (const auto method :
       {Method::digest, Method::psk, Method::aka, Method::subscriber_certificate}) {
    CHECK(is_isim_based(method));
  }
  CHECK_FALSE(is_isim_based(Method::certificate));
}

TEST_CASE("digest alone is tried where nothing else is configured", "[UA-6][UT-3]") {
  const WayMemory memory;
  CHECK(memory.plan(kNaf, {}, kNow) == std::vector{kCertificate});
  CHECK_FALSE(AllowedWays().has_psk(tls::Version::tls13));
}

TEST_CASE("the configured order is the order of the tries", "[UA-6][UT-8]") {
  const WayMemory memory;
  CHECK(memory.plan(kNaf, allowed({Method::psk, Method::digest}), kNow) ==
        std::vector{kPsk13, kPsk12, kCertificate});
  CHECK(memory.plan(kNaf, allowed({Method::digest, Method::psk}), kNow) ==
        std::vector{kCertificate, kPsk13, kPsk12});
  // AKA and Digest share the handshake: the NAF's challenge chooses between them.
  CHECK(memory.plan(kNaf, allowed({Method::aka, Method::digest}), kNow) ==
        std::vector{kCertificate});
  CHECK(memory.plan(kNaf, allowed({Method::aka, Method::psk, Method::digest}), kNow) ==
        std::vector{kCertificate, kPsk13, kPsk12});
  CHECK(memory.plan(kNaf, allowed({Method::certificate, Method::psk, Method::digest}), kNow) ==
        std::vector{kClient, kPsk13, kPsk12, kCertificate});
  auto ways = allowed({Method::psk});
  ways.psk_versions = {tls::Version::tls12};
  CHECK(memory.plan(kNaf, ways, kNow) == std::vector{kPsk12});
  CHECK_FALSE(ways.has_psk(tls::Version::tls13));
}

TEST_CASE("what a NAF took is tried first, for an hour", "[UA-6]") {
  WayMemory memory;
  const auto ways = allowed({Method::psk, Method::digest});
  memory.worked(kNaf, kPsk12, kNow);
  CHECK(memory.plan(kNaf, ways, kNow + 59min) == std::vector{kPsk12, kPsk13, kCertificate});
  CHECK(memory.plan({"xcap.home1.net", 8443}, ways, kNow).front() == kPsk13);
  // Further successes do not prolong it: the better way must get its chance.
  memory.worked(kNaf, kPsk12, kNow + 59min);
  CHECK(memory.plan(kNaf, ways, kNow + 60min).front() == kPsk13);
  memory.worked(kNaf, kPsk12, kNow + 60min);
  CHECK(memory.plan(kNaf, ways, kNow + 61min).front() == kPsk12);
  memory.worked(kNaf, kPsk13, kNow + 61min);
  CHECK(memory.plan(kNaf, ways, kNow + 62min).front() == kPsk13);
  memory.forget_all();
  CHECK(memory.plan(kNaf, ways, kNow + 62min).front() == kPsk13);
  CHECK(memory.all().empty());
}

TEST_CASE("what was tried before a way worked is kept for people", "[UA-6][UT-11]") {
  WayMemory memory;
  memory.worked(kNaf, kCertificate, kNow, {"psk TLSv1.3: tls-psk-not-chosen"});
  CHECK(memory.all().at(kNaf).passed_over.size() == 1);
  memory.worked(kNaf, kCertificate, kNow + 1min);
  CHECK(memory.all().at(kNaf).passed_over.size() == 1);
  memory.worked(kNaf, kPsk13, kNow + 2min);
  CHECK(memory.all().at(kNaf).passed_over.empty());
}

TEST_CASE("only a NAF that does not do a method makes way for the next", "[UA-6][UT-2][UT-4]") {
  using enum AfterFailure;
  CHECK(after_failure(kCertificate, alert(ErrorCode::tls_handshake_failed, 40)) ==
        without_handshake);
  CHECK(after_failure(kCertificate, alert(ErrorCode::tls_handshake_failed, 71)) ==
        without_handshake);
  CHECK(after_failure(kPsk13, kNotChosen) == without_handshake);
  CHECK(after_failure(kClient, {ErrorCode::tls_client_certificate_not_asked, "x"}) ==
        without_handshake);
  CHECK(after_failure(kSubscriber, {ErrorCode::tls_client_certificate_not_asked, "x"}) ==
        without_handshake);
  CHECK(after_failure(kClient, alert(ErrorCode::tls_handshake_failed, 40)) == without_handshake);
  CHECK(after_failure(kPsk12, {ErrorCode::tls_psk_hint_unsupported, "x"}) == without_handshake);
  CHECK(after_failure(kPsk13, alert(ErrorCode::tls_version_refused, 70)) == try_on);
  // A bad certificate, a refused key, a broken network: the other way would hide it.
  for (const auto code :
       {ErrorCode::tls_certificate_untrusted, ErrorCode::tls_certificate_expired,
        ErrorCode::tls_name_mismatch, ErrorCode::tls_profile_violated,
        ErrorCode::tls_peer_anonymous, ErrorCode::tls_psk_refused, ErrorCode::tls_record_invalid,
        ErrorCode::tls_closed, ErrorCode::network_unreachable, ErrorCode::network_timeout,
        ErrorCode::card_absent, ErrorCode::ub_network_authentication_failed,
        ErrorCode::tls_handshake_failed, ErrorCode::tls_client_certificate_refused,
        ErrorCode::tls_client_certificate_unusable, ErrorCode::ua_enrolment_refused}) {
    INFO(name(code));
    CHECK(after_failure(kCertificate, {code, "x"}) == give_up);
    CHECK(after_failure(kPsk13, {code, "x"}) == give_up);
    CHECK(after_failure(kPsk12, {code, "x"}) == give_up);
    CHECK(after_failure(kClient, {code, "x"}) == give_up);
    CHECK(after_failure(kSubscriber, {code, "x"}) == give_up);
  }
  CHECK(after_failure(kCertificate, alert(ErrorCode::tls_handshake_failed, 42)) == give_up);
  CHECK(after_failure(kCertificate,
                      {ErrorCode::tls_handshake_failed, "x", {ForeignKind::tls, 40}}) == give_up);
}

TEST_CASE("a NAF that has done PSK and does not choose it does not know the key", "[UA-6][UA-4]") {
  WayMemory memory;
  CHECK(memory.judge_psk(kNaf, kNotChosen, "1@bsf").code == ErrorCode::tls_psk_not_chosen);
  memory.worked(kNaf, kCertificate, kNow);
  CHECK(memory.judge_psk(kNaf, kNotChosen, "1@bsf").code == ErrorCode::tls_psk_not_chosen);
  memory.worked(kNaf, kPsk13, kNow);
  CHECK(memory.judge_psk(kNaf, kNotChosen, "1@bsf").code == ErrorCode::tls_psk_refused);
  CHECK(memory.judge_psk(kNaf, kNotChosen, "1@bsf").code == ErrorCode::tls_psk_refused);
  CHECK(memory.judge_psk(kNaf, {ErrorCode::tls_closed, "x"}, "1@bsf").code ==
        ErrorCode::tls_closed);
  // It took the next one: all is well again.
  memory.worked(kNaf, kPsk13, kNow);
  CHECK(memory.judge_psk(kNaf, kNotChosen, "2@bsf").code == ErrorCode::tls_psk_refused);
  // With a fresh key it is not the key: the NAF has stopped doing PSK.
  CHECK(memory.judge_psk(kNaf, kNotChosen, "3@bsf").code == ErrorCode::tls_psk_not_chosen);
  CHECK(memory.judge_psk(kNaf, kNotChosen, "3@bsf").code == ErrorCode::tls_psk_not_chosen);
}

TEST_CASE("the key of PSK TLS is for the suite, in TLS 1.3 for the protocol", "[KEY-2][UA-6]") {
  CHECK(psk_ua_protocol(tls::Version::tls12, 0xccac).to_text() == "010001ccac");
  CHECK(psk_ua_protocol(tls::Version::tls13, 0x1301).to_text() == "0100000007");
  CHECK(psk_ua_protocol(tls::Version::tls13, 0).to_text() == "0100000007");
}
