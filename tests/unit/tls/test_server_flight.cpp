#include "tls/server_flight.h"

#include "tests/support/catch.h"

#include <initializer_list>
#include <string>

using namespace ut;
using namespace ut::tls;

namespace {

Bytes u16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) {
    append(all, part);
  }
  return all;
}

Bytes message(std::uint8_t type, const Bytes& body) {
  return join({{type, 0}, u16(body.size()), body});
}

Bytes record(const Bytes& payload, std::uint8_t type = 22) {
  return join({{type, 3, 3}, u16(payload.size()), payload});
}

Bytes extension(std::uint16_t type, const Bytes& body) {
  return join({u16(type), u16(body.size()), body});
}

const Bytes kPlainRandom(32, 0x55);

struct Hello {
  std::uint16_t version = 0x0303;
  Bytes random = kPlainRandom;
  std::uint16_t suite = 0xc02b;
  std::uint8_t compression = 0;
  Bytes extensions{};
  Bytes bytes() const {
    Bytes body = join({u16(version), random, {0}, u16(suite), {compression}});
    if (!extensions.empty()) {
      append(body, join({u16(extensions.size()), extensions}));
    }
    return message(2, body);
  }
};

const Bytes kEms = extension(23, {});
const Bytes kTls13 = extension(43, u16(0x0304));
const Bytes kDone = message(14, {});

Bytes key_share(std::uint16_t group) {
  return extension(51, join({u16(group), u16(2), {1, 2}}));
}

Bytes ecdhe(std::uint16_t curve, std::uint16_t scheme, std::uint8_t curve_type = 3) {
  return message(12, join({{curve_type}, u16(curve), {1, 4}, u16(scheme), u16(1), {0}}));
}

Bytes dhe(std::size_t bits, std::uint16_t scheme) {
  Bytes prime((bits + 7) / 8, 0xff);
  prime.front() = static_cast<std::uint8_t>(bits % 8 == 0 ? 0x80 : 1 << (bits % 8 - 1));
  return message(
      12, join({u16(prime.size()), prime, u16(1), {2}, u16(1), {7}, u16(scheme), u16(1), {0}}));
}

// The ServerKeyExchanges of PSK suites: a hint, then no signature.
Bytes ecdhe_psk(std::string_view hint, std::uint16_t curve = 23) {
  return message(12, join({u16(hint.size()), to_bytes(as_bytes(hint)), {3}, u16(curve), {1, 4}}));
}

Bytes dhe_psk(std::string_view hint, std::size_t bits) {
  Bytes prime((bits + 7) / 8, 0xff);
  return message(12, join({u16(hint.size()),
                           to_bytes(as_bytes(hint)),
                           u16(prime.size()),
                           prime,
                           u16(1),
                           {2},
                           u16(1),
                           {7}}));
}

const Profile& psk12() {
  static const Profile made = psk_profile(Version::tls12, Preference::chacha20_first);
  return made;
}

const Profile& psk13() {
  static const Profile made = psk_profile(Version::tls13, Preference::chacha20_first);
  return made;
}

const Profile& profile() {
  static const Profile standard = standard_profile(Preference::chacha20_first);
  return standard;
}

ErrorCode refusal(const Bytes& octets, const Profile& judge = profile(), bool offers_tls13 = true) {
  ServerFlight flight(judge, offers_tls13);
  const auto taken = flight.take(octets);
  REQUIRE_FALSE(taken.has_value());
  CHECK(flight.done());
  return taken.error().code;
}

ServerChoice accepted(const Bytes& octets, bool offers_tls13 = true,
                      const Profile& judge = profile()) {
  ServerFlight flight(judge, offers_tls13);
  REQUIRE(flight.take(octets).has_value());
  CHECK(flight.done());
  return flight.choice();
}

// The library must know it as a resumption then.
ServerChoice resumption(const Bytes& octets, const Profile& judge = profile()) {
  ServerFlight flight(judge, false, true);
  REQUIRE(flight.take(octets).has_value());
  CHECK(flight.done());
  CHECK(flight.choice().abbreviated);
  return flight.choice();
}

}  // namespace

TEST_CASE("what a TLS 1.2 server chose is read off its flight", "[UT-4][UT-11]") {
  const Bytes certificate = message(11, Bytes(3000, 9));
  const Bytes flight =
      record(join({Hello{.extensions = kEms}.bytes(), certificate, ecdhe(23, 0x0403), kDone}));
  const ServerChoice choice = accepted(flight);
  CHECK(choice.version == Version::tls12);
  CHECK(choice.suite == 0xc02b);
  CHECK(choice.group == 23);
  CHECK(choice.signature_scheme == 0x0403);
  CHECK(choice.extended_master_secret);
  CHECK(choice.dh_bits == 0);
}

TEST_CASE("the flight is read the same in pieces of any size", "[UT-4]") {
  const Bytes whole =
      join({record(Hello{.extensions = kEms}.bytes()), record(message(11, Bytes(300, 9))),
            record(ecdhe(24, 0x0804)), record(kDone)});
  // The same messages cut into records of seven octets.
  Bytes chopped;
  const Bytes messages = join(
      {Hello{.extensions = kEms}.bytes(), message(11, Bytes(300, 9)), ecdhe(24, 0x0804), kDone});
  for (std::size_t at = 0; at < messages.size(); at += 7) {
    const std::size_t end = std::min(at + 7, messages.size());
    append(chopped, record({messages.begin() + static_cast<std::ptrdiff_t>(at),
                            messages.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  for (const Bytes& octets : {whole, chopped}) {
    for (const std::size_t piece : {1U, 2U, 5U, 64U, 1000U}) {
      ServerFlight flight(profile(), true);
      for (std::size_t at = 0; at < octets.size(); at += piece) {
        REQUIRE(flight.take(ByteView(octets).subspan(at, std::min(piece, octets.size() - at)))
                    .has_value());
      }
      CHECK(flight.done());
      CHECK(flight.choice().group == 24);
      CHECK(flight.choice().extended_master_secret);
    }
  }
}

TEST_CASE("what a TLS 1.3 server chose is in its ServerHello", "[UT-4][UT-11]") {
  const ServerChoice choice =
      accepted(record(Hello{.suite = 0x1303, .extensions = join({kTls13, key_share(23)})}.bytes()));
  CHECK(choice.version == Version::tls13);
  CHECK(choice.suite == 0x1303);
  CHECK(choice.group == 23);
  CHECK(choice.extended_master_secret);
}

TEST_CASE("a HelloRetryRequest is followed by the ServerHello", "[UT-4]") {
  const Bytes retry_random = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                              0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                              0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  const auto retry = [&](std::uint16_t group) {
    return record(Hello{.random = retry_random,
                        .suite = 0x1301,
                        .extensions = join({kTls13, extension(51, u16(group))})}
                      .bytes());
  };
  const Bytes hello =
      record(Hello{.suite = 0x1301, .extensions = join({kTls13, key_share(24)})}.bytes());
  CHECK(accepted(join({retry(24), record({1}, 20), hello})).group == 24);
  CHECK(refusal(retry(25)) == ErrorCode::tls_profile_violated);  // secp521r1
  // CVE-2026-3230: a predictable key when the ServerHello after it has no key share.
  CHECK(refusal(join({retry(24), record(Hello{.suite = 0x1301, .extensions = kTls13}.bytes())})) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("a resumed TLS 1.2 flight ends with ChangeCipherSpec", "[UT-4][UT-6]") {
  const ServerChoice choice =
      resumption(join({record(Hello{.extensions = kEms}.bytes()), record(message(4, Bytes(200, 1))),
                       record({1}, 20), record(Bytes(40, 0xee))}));
  CHECK(choice.group == 0);
  CHECK(choice.extended_master_secret);
}

TEST_CASE("a DHE prime below the minimum is refused, whatever the library thinks", "[UT-4]") {
  const auto flight = [](std::size_t bits) {
    return record(join({Hello{.suite = 0x009e}.bytes(), dhe(bits, 0x0401), kDone}));
  };
  CHECK(accepted(flight(2048)).dh_bits == 2048);
  CHECK(accepted(flight(3072)).dh_bits == 3072);
  for (const std::size_t bits : {1U, 512U, 1024U, 1536U, 2047U}) {
    CAPTURE(bits);
    CHECK(refusal(flight(bits)) == ErrorCode::tls_key_too_small);
  }
}

TEST_CASE("an anonymous suite is refused before any key is made", "[UT-2]") {
  for (const std::uint16_t suite : std::initializer_list<std::uint16_t>{
           0x0034, 0x003a, 0x006c, 0x00a6, 0xc018, 0x0018, 0x0000}) {
    CAPTURE(suite);
    CHECK(refusal(record(Hello{.suite = suite}.bytes())) == ErrorCode::tls_peer_anonymous);
  }
}

TEST_CASE("a suite that was not offered is refused", "[UT-4]") {
  for (const std::uint16_t suite :
       std::initializer_list<std::uint16_t>{0x0001, 0x0002, 0x003b, 0x0005, 0x000a, 0x002f, 0x009c,
                                            0xc006, 0xc011, 0xc013, 0x1304}) {
    CAPTURE(suite);
    CHECK(refusal(record(Hello{.suite = suite}.bytes())) == ErrorCode::tls_profile_violated);
  }
  // A suite of the other version.
  CHECK(refusal(record(Hello{.suite = 0x1301}.bytes())) == ErrorCode::tls_profile_violated);
  CHECK(refusal(record(Hello{.extensions = join({kTls13, key_share(23)})}.bytes())) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("an old version is refused", "[UT-4]") {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0x0300, 0x0301, 0x0302}) {
    CHECK(refusal(record(Hello{.version = version}.bytes())) == ErrorCode::tls_version_refused);
  }
  CHECK(refusal(record(Hello{.extensions = extension(43, u16(0x0302))}.bytes())) ==
        ErrorCode::tls_version_refused);
  CHECK(refusal(record(Hello{.extensions = extension(43, u16(0x0305))}.bytes())) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("a downgrade from TLS 1.3 is noticed", "[UT-4]") {
  for (const std::uint8_t last : std::initializer_list<std::uint8_t>{0, 1}) {
    Bytes random(24, 0x55);
    append(random, Bytes{'D', 'O', 'W', 'N', 'G', 'R', 'D', last});
    const Bytes flight = record(join({Hello{.random = random}.bytes(), ecdhe(23, 0x0403), kDone}));
    CHECK(refusal(flight) == ErrorCode::tls_profile_violated);
    CHECK(accepted(flight, false).version == Version::tls12);
  }
}

TEST_CASE("a group or signature that was not offered is refused", "[UT-4]") {
  const auto flight = [](const Bytes& key_exchange) {
    return record(join({Hello{}.bytes(), key_exchange, kDone}));
  };
  CHECK(refusal(flight(ecdhe(19, 0x0403))) == ErrorCode::tls_profile_violated);  // secp192r1
  CHECK(refusal(flight(ecdhe(25, 0x0403))) == ErrorCode::tls_profile_violated);  // secp521r1
  CHECK(refusal(flight(ecdhe(23, 0x0403, 1))) == ErrorCode::tls_profile_violated);
  CHECK(refusal(flight(ecdhe(23, 0x0203))) == ErrorCode::tls_profile_violated);  // ECDSA, SHA-1
  CHECK(refusal(flight(ecdhe(23, 0x0101))) == ErrorCode::tls_profile_violated);  // RSA, MD5
  CHECK(refusal(
            record(Hello{.suite = 0x1301, .extensions = join({kTls13, key_share(19)})}.bytes())) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("a TLS 1.3 resumption without a key share has no forward secrecy", "[UT-4]") {
  CHECK(refusal(record(
            Hello{.suite = 0x1301, .extensions = join({kTls13, extension(41, u16(0))})}.bytes())) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("compression and unasked-for extensions are refused", "[UT-4][UT-9]") {
  CHECK(refusal(record(Hello{.compression = 1}.bytes())) == ErrorCode::tls_profile_violated);
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{1, 4, 42}) {
    CHECK(refusal(record(Hello{.extensions = extension(type, {1})}.bytes())) ==
          ErrorCode::tls_profile_violated);
  }
}

// CVE-2023-6937: the rest of the flight must not come without encryption.
TEST_CASE("nothing follows a TLS 1.3 ServerHello in its record", "[UT-4]") {
  const Bytes hello = Hello{.suite = 0x1303, .extensions = join({kTls13, key_share(23)})}.bytes();
  CHECK(refusal(record(join({hello, message(8, {0, 0})}))) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(record(join({hello, {8}}))) == ErrorCode::tls_handshake_failed);
}

TEST_CASE("the application protocol is the one that was offered", "[UT-9]") {
  const auto flight = [](const Bytes& list) {
    return record(
        join({Hello{.extensions = extension(16, list)}.bytes(), ecdhe(23, 0x0403), kDone}));
  };
  const auto names = [](std::string_view text) {
    return join({u16(text.size()), to_bytes(as_bytes(text))});
  };
  CHECK(accepted(flight(names("\x08http/1.1"))).group == 23);
  CHECK(refusal(flight(names("\x02h2"))) == ErrorCode::tls_profile_violated);
  CHECK(refusal(flight(names(std::string_view("\0", 1)))) == ErrorCode::tls_profile_violated);
  for (const std::string_view list : {"", "\x09http/1.1", "\x08http/1.1\x02h2", "\xff"}) {
    CHECK(refusal(flight(names(list))) == ErrorCode::tls_handshake_failed);
  }
  CHECK(refusal(flight({})) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(flight({0, 9, 8, 'h'})) == ErrorCode::tls_handshake_failed);
}

TEST_CASE("the extended master secret can be required", "[UT-4]") {
  Profile strict = profile();
  strict.require_extended_master_secret = true;
  CHECK(refusal(record(Hello{}.bytes()), strict) == ErrorCode::tls_profile_violated);
  ServerFlight flight(strict, true);
  CHECK(flight.take(record(Hello{.extensions = kEms}.bytes())).has_value());
  CHECK_FALSE(flight.done());
}

TEST_CASE("octets that are no TLS are refused", "[UT-4]") {
  const auto http = as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(refusal(to_bytes(http)) == ErrorCode::tls_handshake_failed);
  CHECK(refusal({22, 3, 3, 0, 0}) == ErrorCode::tls_handshake_failed);
  CHECK(refusal({22, 3, 3, 0xff, 0xff}) == ErrorCode::tls_handshake_failed);
  CHECK(refusal({23, 3, 3, 0, 1, 0}) == ErrorCode::tls_handshake_failed);
  // Messages before the ServerHello, and a second one.
  CHECK(refusal(record(message(11, {0}))) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(record(ecdhe(23, 0x0403))) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(record(join({Hello{}.bytes(), Hello{}.bytes()}))) ==
        ErrorCode::tls_handshake_failed);
  // Every ServerHello that was cut short or is too long.
  const Bytes whole = Hello{.extensions = kEms}.bytes();
  const Bytes body(whole.begin() + 4, whole.end());
  for (std::size_t size = 0; size < body.size(); ++size) {
    // Without its extension block the ServerHello is whole again.
    if (size != body.size() - 6) {
      CAPTURE(size);
      CHECK(refusal(record(
                message(2, {body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)}))) ==
            ErrorCode::tls_handshake_failed);
    }
  }
  CHECK(refusal(record(message(2, join({body, {0}})))) == ErrorCode::tls_handshake_failed);
  // A message that would need 16 MB.
  CHECK(refusal(record({2, 0xff, 0xff, 0xff})) == ErrorCode::tls_handshake_failed);
}

TEST_CASE("hint, group and suite of PSK TLS 1.2 are read off its flight", "[UA-6][UT-4][UT-11]") {
  const ServerChoice choice =
      accepted(record(join({Hello{.suite = 0xccac, .extensions = kEms}.bytes(),
                            ecdhe_psk("3GPP-bootstrapping"), kDone})),
               false, psk12());
  CHECK(choice.suite == 0xccac);
  CHECK(choice.group == 23);
  CHECK(choice.psk_hint == "3GPP-bootstrapping");
  CHECK(choice.key_exchange);
  CHECK(choice.signature_scheme == 0);
  const ServerChoice dhe_choice = accepted(
      record(join({Hello{.suite = 0x00aa}.bytes(), dhe_psk("", 2048), kDone})), false, psk12());
  CHECK(dhe_choice.dh_bits == 2048);
  CHECK(dhe_choice.psk_hint.empty());
  // A resumption has no key exchange, so no key is needed.
  CHECK_FALSE(resumption(join({record(Hello{.suite = 0xccac}.bytes()), record({1}, 20)}), psk12())
                  .key_exchange);
}

TEST_CASE("weak and malformed key exchanges of PSK TLS 1.2 are refused", "[UA-6][UT-4]") {
  const auto flight = [](std::uint16_t suite, const Bytes& key_exchange) {
    return record(join({Hello{.suite = suite}.bytes(), key_exchange, kDone}));
  };
  CHECK(refusal(flight(0x00aa, dhe_psk("h", 1024)), psk12()) == ErrorCode::tls_key_too_small);
  CHECK(refusal(flight(0xccac, ecdhe_psk("h", 19)), psk12()) == ErrorCode::tls_profile_violated);
  // The library cannot finish with X25519 here, so it is not offered.
  CHECK(refusal(flight(0xccac, ecdhe_psk("h", 29)), psk12()) == ErrorCode::tls_profile_violated);
  // One octet too many, a hint that is longer than the message, and two key exchanges.
  Bytes longer = ecdhe_psk("h");
  longer.push_back(0);
  ++longer[3];
  CHECK(refusal(flight(0xccac, longer), psk12()) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(flight(0xccac, message(12, {0xff, 0xff, 'h'})), psk12()) ==
        ErrorCode::tls_handshake_failed);
  CHECK(refusal(record(join({Hello{.suite = 0xccac}.bytes(), ecdhe_psk("a"), ecdhe_psk("b")})),
                psk12()) == ErrorCode::tls_handshake_failed);
  // PSK without an ephemeral key, and a certificate suite.
  for (const std::uint16_t suite :
       std::initializer_list<std::uint16_t>{0x00a8, 0x00ae, 0x008c, 0x0090, 0xc02b, 0x00ac}) {
    CAPTURE(suite);
    CHECK(refusal(record(Hello{.suite = suite}.bytes()), psk12()) ==
          ErrorCode::tls_profile_violated);
  }
}

TEST_CASE("what belongs to certificates has no place in PSK TLS 1.2", "[UA-6][UT-2]") {
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{11, 13, 22}) {
    CHECK(refusal(record(join({Hello{.suite = 0xccac}.bytes(), message(type, Bytes(20, 1)),
                               ecdhe_psk("h"), kDone})),
                  psk12()) == ErrorCode::tls_psk_not_chosen);
  }
}

TEST_CASE("a TLS 1.3 server that does not choose the key would show a certificate",
          "[UA-6][UT-2]") {
  const auto hello = [](const Bytes& extensions) {
    return record(Hello{.suite = 0x1301, .extensions = extensions}.bytes());
  };
  const Bytes chosen = extension(41, u16(0));
  CHECK(accepted(hello(join({kTls13, key_share(29), chosen})), true, psk13()).psk);
  CHECK(refusal(hello(join({kTls13, key_share(29)})), psk13()) == ErrorCode::tls_psk_not_chosen);
  // psk_ke, malformed, and a suite whose hash is not that of the key.
  CHECK(refusal(hello(join({kTls13, chosen})), psk13()) == ErrorCode::tls_profile_violated);
  CHECK(refusal(hello(join({kTls13, key_share(29), extension(41, {0})})), psk13()) ==
        ErrorCode::tls_handshake_failed);
  CHECK(refusal(record(Hello{.suite = 0x1302, .extensions = join({kTls13, key_share(29), chosen})}
                           .bytes()),
                psk13()) == ErrorCode::tls_profile_violated);
  // An answer in TLS 1.2 to a ClientHello that did not offer it.
  CHECK(refusal(record(Hello{.suite = 0xccac}.bytes()), psk13()) ==
        ErrorCode::tls_profile_violated);
}

TEST_CASE("PSK TLS 1.2 with a server that was made to choose it is refused", "[UA-6][UT-4]") {
  Bytes random(24, 0x55);
  append(random, Bytes{'D', 'O', 'W', 'N', 'G', 'R', 'D', 1});
  const Bytes flight =
      record(join({Hello{.random = random, .suite = 0xccac}.bytes(), ecdhe_psk("h"), kDone}));
  CHECK(refusal(flight, psk12(), true) == ErrorCode::tls_profile_violated);
  CHECK(accepted(flight, false, psk12()).psk_hint == "h");
}

// CVE-2026-93304: this wolfSSL would take keys that follow from nothing secret.
TEST_CASE("keys do not change before they can have been agreed upon", "[UT-2][UT-4]") {
  const Bytes change = record({1}, 20);
  const Bytes hello = record(Hello{.extensions = kEms}.bytes());
  const Bytes whole = record(
      join({Hello{.extensions = kEms}.bytes(), message(11, Bytes(100, 9)), ecdhe(23, 0x0403)}));
  CHECK(refusal(join({hello, change})) == ErrorCode::tls_profile_violated);
  CHECK(refusal(join({whole, change})) == ErrorCode::tls_profile_violated);
  CHECK(refusal(join({whole, record(kDone), change})) == ErrorCode::tls_profile_violated);
  CHECK(refusal(join({whole, record(kDone), record(message(20, Bytes(12, 7)))})) ==
        ErrorCode::tls_profile_violated);
  CHECK(refusal(join({whole, record(join({kDone, message(20, Bytes(12, 7))}))})) ==
        ErrorCode::tls_handshake_failed);
  CHECK(refusal(join({whole, record(message(14, {0}))})) == ErrorCode::tls_handshake_failed);
  CHECK(refusal(join({change, hello})) == ErrorCode::tls_handshake_failed);

  ServerFlight full(profile(), true, true);
  REQUIRE(full.take(join({whole, record(kDone)})).has_value());
  CHECK_FALSE(full.choice().abbreviated);
}
