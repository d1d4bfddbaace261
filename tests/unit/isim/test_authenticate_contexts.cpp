#include "base/encoding.h"
#include "isim/gba.h"
#include "isim/gsm.h"
#include "isim/http_digest.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::isim;

namespace {

const nlohmann::json& gba() {
  return test::vectors()["gba"];
}
Rand rand_of_vector() {
  return *Rand::from(test::hex_of(gba()["RAND"]));
}

template <class T>
void check_failed(const Result<T>& result, ErrorCode code) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == code);
}

// What a card refuses AUTHENTICATE with, in every context.
const std::pair<StatusWord, ErrorCode> kRefusals[] = {
    {0x6982, ErrorCode::card_security_status}, {0x6983, ErrorCode::pin_blocked},
    {0x9864, ErrorCode::card_aka_unsupported}, {0x6a86, ErrorCode::card_aka_unsupported},
    {0x6d00, ErrorCode::card_aka_unsupported}, {0x9863, ErrorCode::card_command_refused},
    {0x9865, ErrorCode::card_command_refused}, {0x9866, ErrorCode::card_command_refused},
    {0x6f00, ErrorCode::card_command_refused}, {0x6300, ErrorCode::card_command_refused},
};

}  // namespace

TEST_CASE("bootstrapping in the GBA context is octet for octet that of the vector",
          "[IS-5][UB-7]") {
  const auto autn = *Autn::from(test::hex_of(gba()["gba_u"]["AUTNstar"]));
  CHECK(to_hex(encode(encode_gba_bootstrapping(rand_of_vector(), autn))) ==
        gba()["gba_u"]["apdu_bootstrap"].get<std::string>());
}

TEST_CASE("a bootstrapping gives RES and nothing else", "[IS-5][UB-7]") {
  const std::string res = gba()["RES"];
  const auto outcome = decode_gba_bootstrapping(0x9000, test::hex("db08" + res));
  REQUIRE(outcome.has_value());
  const auto* success = std::get_if<GbaBootstrapped>(&*outcome);
  REQUIRE(success != nullptr);
  CHECK(to_hex(success->res.octets.expose()) == res);

  const auto sync = decode_gba_bootstrapping(0x9110, test::hex("dc0e" + std::string(28, '3')));
  REQUIRE(sync.has_value());
  CHECK(std::holds_alternative<AkaSynchronisationFailure>(*sync));
  const auto mac = decode_gba_bootstrapping(0x9862, {});
  REQUIRE(mac.has_value());
  CHECK(std::holds_alternative<AkaMacFailure>(*mac));

  // An answer with CK and IK is the one of another context: a card that let them out.
  const std::string ims_aka = gba()["apdu_ims_aka"]["response_success"];
  for (const std::string& answer :
       {std::string(), std::string("db"), "db08" + res.substr(2), "db08" + res + "00", ims_aka,
        std::string("db03010203"), "dc0d" + std::string(26, '3'), "de08" + res}) {
    INFO(answer);
    check_failed(decode_gba_bootstrapping(0x9000, test::hex(answer)),
                 ErrorCode::card_answer_malformed);
  }
  for (const auto& [sw, code] : kRefusals) {
    INFO(std::hex << sw);
    check_failed(decode_gba_bootstrapping(sw, test::hex("db08" + res)), code);
  }
  check_failed(decode_gba_bootstrapping(0x6985, {}), ErrorCode::card_command_refused);
}

TEST_CASE("a NAF key is derived on the card for NAF_Id and IMPI", "[IS-5][UB-7]") {
  const auto command = encode_gba_derivation(test::hex("61620100000002"), "u@h");
  REQUIRE(command.has_value());
  CHECK(to_hex(encode(*command)) == "008800840dde07616201000000020375406800");
  CHECK(encode_gba_derivation(Bytes(100, 'a'), std::string(152, 'u')).has_value());
  check_failed(encode_gba_derivation(Bytes(100, 'a'), std::string(153, 'u')),
               ErrorCode::input_malformed);
  check_failed(encode_gba_derivation({}, "u@h"), ErrorCode::input_malformed);
  check_failed(encode_gba_derivation(Bytes(6, 'a'), ""), ErrorCode::input_malformed);

  const std::string key(64, '7');
  const auto derived = decode_gba_derivation(0x9000, test::hex("db20" + key));
  REQUIRE(derived.has_value());
  CHECK(to_hex(std::get<GbaNafDerived>(*derived).ks_ext_naf.expose()) == key);
  const auto without = decode_gba_derivation(0x6985, {});
  REQUIRE(without.has_value());
  CHECK(std::holds_alternative<GbaNotBootstrapped>(*without));
  for (const std::string& answer : {std::string(), "db1f" + key.substr(2), "db20" + key + "00",
                                    "db20" + key.substr(2), "dc20" + key}) {
    INFO(answer);
    check_failed(decode_gba_derivation(0x9000, test::hex(answer)),
                 ErrorCode::card_answer_malformed);
  }
  for (const auto& [sw, code] : kRefusals) {
    check_failed(decode_gba_derivation(sw, test::hex("db20" + key)), code);
  }
}

TEST_CASE("B-TID and key lifetime are written behind the card's RAND", "[IS-3][UB-7]") {
  const std::string rand = gba()["RAND"];
  test::FakeUiccProfile profile;
  const auto with_file = [&](std::size_t size) {
    Bytes body = test::hex("10" + rand);
    body.resize(size, 0xff);
    profile.files = {{"ISIM/6FD5", 0x41, 0, {body}}};
    return test::FakeUicc(profile);
  };
  const auto store = [](test::FakeUicc& card, std::string_view b_tid, std::string_view lifetime) {
    auto session = CardSession::open(card).value();
    REQUIRE(select_subscriber_application(session, {}).has_value());
    return store_gba_bootstrapping(session, Application::isim, rand_of_vector(), b_tid, lifetime);
  };
  test::FakeUicc card = with_file(26);
  REQUIRE(store(card, "a@b", "2030").has_value());
  CHECK(to_hex(card.body("ISIM/6FD5")) == "10" + rand + "036140620432303330");

  test::FakeUicc small = with_file(25);
  check_failed(store(small, "a@b", "2030"), ErrorCode::card_file_malformed);
  CHECK(to_hex(small.body("ISIM/6FD5")) == "10" + rand + std::string(16, 'f'));
  check_failed(store(small, "", "2030"), ErrorCode::input_malformed);
  check_failed(store(small, "a@b", std::string(256, 'x')), ErrorCode::input_malformed);

  profile.files = {{"ISIM/6FD5", 0x41, 0, {Bytes(60, 0xff)}}};
  test::FakeUicc never(profile);
  check_failed(store(never, "a@b", "2030"), ErrorCode::card_file_malformed);

  Bytes other = test::hex("10" + std::string(32, '7'));
  other.resize(60, 0xff);
  profile.files = {{"ISIM/6FD5", 0x41, 0, {other}}};
  test::FakeUicc overtaken(profile);
  check_failed(store(overtaken, "a@b", "2030"), ErrorCode::card_file_malformed);
  CHECK(overtaken.body("ISIM/6FD5") == other);
}

TEST_CASE("EF_GBABP is read with its room, whatever it holds", "[IS-3][UB-7]") {
  const std::string rand = gba()["RAND"];
  test::FakeUiccProfile profile;
  const auto read = [&](std::optional<Bytes> body) {
    profile.files.clear();
    if (body) {
      profile.files = {{"ISIM/6FD5", 0x41, 0, {*body}}};
    }
    test::FakeUicc card(profile);
    auto session = CardSession::open(card).value();
    REQUIRE(select_subscriber_application(session, {}).has_value());
    return read_gba_bootstrapping(session, Application::isim);
  };
  const auto missing = read(std::nullopt);
  REQUIRE(missing.has_value());
  CHECK(missing->room == 0);
  CHECK_FALSE(missing->content);
  CHECK(read(Bytes(40, 0xff)).value().room == 40);
  CHECK_FALSE(read(Bytes(40, 0xff)).value().content);

  const auto written = read(test::hex("10" + rand + "036140620432303330")).value();
  CHECK(written.room == gbabp_size(3, 4));
  REQUIRE(written.content.has_value());
  CHECK(to_hex(written.content->rand) == rand);
  CHECK(written.content->b_tid == "a@b");
  CHECK(written.content->key_lifetime == "2030");

  // A file that cannot be read as what it is has room all the same.
  const auto malformed = read(test::hex("05" + rand + "036140620432303330")).value();
  CHECK(malformed.room == 26);
  CHECK_FALSE(malformed.content);
}

TEST_CASE("only the bootstrapping that is meant is erased from EF_GBABP", "[IS-3][UB-7][KEY-3]") {
  const std::string rand = gba()["RAND"];
  test::FakeUiccProfile profile;
  profile.files = {{"ISIM/6FD5", 0x41, 0, {test::hex("10" + rand + "036140620432303330")}}};
  test::FakeUicc card(profile);
  auto session = CardSession::open(card).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());
  const auto other = *Rand::from(Bytes(16, 0x77));
  REQUIRE(erase_gba_bootstrapping(session, Application::isim, other).has_value());
  CHECK(to_hex(card.body("ISIM/6FD5")) == "10" + rand + "036140620432303330");
  REQUIRE(erase_gba_bootstrapping(session, Application::isim, rand_of_vector()).has_value());
  CHECK(to_hex(card.body("ISIM/6FD5")) == "10" + rand + "000040620432303330");
  const auto left = read_gba_bootstrapping(session, Application::isim).value().content;
  REQUIRE(left.has_value());
  CHECK(left->b_tid.empty());
  CHECK(left->key_lifetime.empty());

  for (const std::size_t size : {17U, 18U}) {
    Bytes body = test::hex("10" + rand);
    body.resize(size, 0xff);
    profile.files = {{"ISIM/6FD5", 0x41, 0, {body}}};
    test::FakeUicc small(profile);
    auto narrow = CardSession::open(small).value();
    REQUIRE(select_subscriber_application(narrow, {}).has_value());
    REQUIRE(erase_gba_bootstrapping(narrow, Application::isim, rand_of_vector()).has_value());
    body.resize(17);
    body.resize(size, 0x00);
    CHECK(small.body("ISIM/6FD5") == body);
  }
}

TEST_CASE("the contexts run on the selected application, over T=0 and T=1", "[IS-2][IS-5]") {
  const auto protocol = GENERATE(CardProtocol::t0, CardProtocol::t1);
  test::FakeUiccProfile profile;
  Bytes answer;
  profile.authenticate = [&](ByteView) { return std::pair{answer, StatusWord{0x9000}}; };
  test::FakeUicc card(profile, protocol);
  auto session = CardSession::open(card).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());

  answer = test::hex("db0401020304");
  const auto autn = *Autn::from(Bytes(16, 1));
  CHECK(std::holds_alternative<GbaBootstrapped>(
      gba_bootstrap(session, rand_of_vector(), autn).value()));
  answer = test::hex("db20" + std::string(64, '5'));
  CHECK(std::holds_alternative<GbaNafDerived>(
      gba_derive(session, test::hex("610100000002"), "u@h").value()));
  answer = test::hex("db10" + std::string(32, '6'));
  CHECK(http_digest(session, "r", "n", "c").value().octets.size() == 16);
  answer = test::hex("04010203040811223344556677aa");
  CHECK(to_hex(gsm_authenticate(session, rand_of_vector()).value().kc.expose()) ==
        "11223344556677aa");
}

TEST_CASE("HTTP Digest names realm, nonce and cnonce and gives the session key", "[IS-5]") {
  const auto command = encode_http_digest("r", "no", "cno");
  REQUIRE(command.has_value());
  CHECK(to_hex(encode(*command)) == "00880082090172026e6f03636e6f00");
  for (const auto& [realm, nonce, cnonce] :
       {std::tuple{"", "n", "c"}, std::tuple{"r", "", "c"}, std::tuple{"r", "n", ""}}) {
    check_failed(encode_http_digest(realm, nonce, cnonce), ErrorCode::input_malformed);
  }
  check_failed(encode_http_digest(std::string(251, 'r'), "n", "c"), ErrorCode::input_malformed);
  CHECK(encode_http_digest(std::string(250, 'r'), "n", "c").has_value());

  CHECK(to_hex(decode_http_digest(0x9000, test::hex("db020102")).value().octets.expose()) ==
        "0102");
  for (const std::string& answer :
       {std::string(), std::string("db"), std::string("db00"), std::string("db0201"),
        std::string("db02010203"), std::string("dc020102"), "db41" + std::string(130, '1')}) {
    INFO(answer);
    check_failed(decode_http_digest(0x9000, test::hex(answer)), ErrorCode::card_answer_malformed);
  }
  for (const auto& [sw, code] : kRefusals) {
    check_failed(decode_http_digest(sw, test::hex("db020102")), code);
  }
}

TEST_CASE("the GSM context gives SRES and Kc", "[IS-5]") {
  CHECK(to_hex(encode(encode_gsm(rand_of_vector()))) ==
        "008800801110" + gba()["RAND"].get<std::string>() + "00");
  const std::string good = "0401020304081122334455667788";
  const auto response = decode_gsm(0x9000, test::hex(good));
  REQUIRE(response.has_value());
  CHECK(to_hex(response->sres.expose()) == "01020304");
  for (std::size_t octets = 0; octets * 2 < good.size(); ++octets) {
    check_failed(decode_gsm(0x9000, test::hex(good.substr(0, octets * 2))),
                 ErrorCode::card_answer_malformed);
  }
  check_failed(decode_gsm(0x9000, test::hex(good + "00")), ErrorCode::card_answer_malformed);
  check_failed(decode_gsm(0x9000, test::hex("03010203081122334455667788")),
               ErrorCode::card_answer_malformed);
  for (const auto& [sw, code] : kRefusals) {
    check_failed(decode_gsm(sw, test::hex(good)), code);
  }
}
