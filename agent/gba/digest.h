// HTTP Digest (RFC 7616, RFC 2617, RFC 3310, RFC 4169) as Ub and Ua use it: challenges, responses,
// the server's proof. Pure; cnonce and nc are the caller's.
#pragma once

#include "agent/gba/auth_header.h"
#include "agent/gba/parsed.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "tls/crypto/hash.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::gba {

enum class DigestAlgorithm : std::uint8_t {
  md5,
  md5_sess,
  sha256,
  akav1_md5,
  akav2_md5,
  akav2_sha256,
};
enum class Qop : std::uint8_t { none, auth, auth_int };

// "MD5", "MD5-sess", "SHA-256", "AKAv1-MD5", "AKAv2-MD5", "AKAv2-SHA-256".
std::string_view name(DigestAlgorithm algorithm);
// The algorithm of that name, read without case.
std::optional<DigestAlgorithm> digest_algorithm_named(std::string_view name);
// Whether the password comes from an AKA run.
bool is_aka(DigestAlgorithm algorithm);
// "auth", "auth-int"; empty for none.
std::string_view name(Qop qop);
crypto::HashKind hash_kind(DigestAlgorithm algorithm);

// A Digest challenge with an algorithm and a qop that are known here.
struct DigestChallenge {
  std::string realm;
  std::string nonce;
  std::optional<std::string> opaque{};
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool algorithm_named = false;  // the challenge names it, so the answer does
  bool qop_auth = false;         // neither: the legacy form without qop (RFC 2069)
  bool qop_auth_int = false;
  bool stale = false;
  std::string domain{};
  bool operator==(const DigestChallenge&) const = default;
};

// The Digest challenges of a message in its order. Other schemes, and Digest with an algorithm or
// only qops that are not known here, are left out; a Digest challenge without realm or nonce is
// malformed.
Parsed<std::vector<DigestChallenge>> parse_digest_challenges(
    std::span<const std::string_view> fields);

// H(username:realm:password) as lower-case hexadecimal digits: as good as the password, so secret
// [KEY-4]. Kept by the caller, it makes a further request cost only a few short hashes.
class Ha1 {
 public:
  // `password` is octets of any value: RES on Ub, base64 of Ks_NAF on Ua, aka_password() with AKA
  // on Ut, empty with auts.
  static Ha1 make(DigestAlgorithm algorithm, std::string_view username, std::string_view realm,
                  ByteView password);
  DigestAlgorithm algorithm() const { return algorithm_; }
  // 32 or 64 digits.
  ByteView expose() const { return hex_.expose(); }

 private:
  Ha1(DigestAlgorithm algorithm, SecretBytes hex) : algorithm_(algorithm), hex_(std::move(hex)) {}
  DigestAlgorithm algorithm_;
  SecretBytes hex_;
};

// One use of a nonce: what a request and the server's proof in its answer have in common. With
// MD5-sess the key is made from this nonce and cnonce; so that this is also the key of the first
// request, as RFC 7616 clause 3.4.2 asks, use one cnonce for the life of a nonce and no nextnonce.
struct DigestUse {
  std::string nonce{};
  std::uint32_t nc = 1;  // goes out as 8 lower-case hexadecimal digits
  std::string cnonce{};
  Qop qop = Qop::auth;
  std::string uri{};  // the request target as sent
};

// Lower-case hexadecimal hash of a body, for qop auth-int. A body that arrives in pieces goes
// through crypto::Hasher(hash_kind(algorithm)) and to_hex.
std::string body_hash(DigestAlgorithm algorithm, ByteView body);

// The request-digest, 32 or 64 lower-case hexadecimal digits. `body_hash` counts for auth-int only.
std::string digest_response(const Ha1& ha1, const DigestUse& use, std::string_view method,
                            std::string_view body_hash);

// The response-digest that a server which knows the key sends as rspauth.
std::string expected_rspauth(const Ha1& ha1, const DigestUse& use, std::string_view body_hash);

// The value of Authorization. It holds no key, but who sees it can try keys and, with RES as
// password, search them: it stays in locked memory as long as we hold it, and is never logged.
// `auts` (base64) as of RFC 3310 clause 3.4; empty: no such parameter.
SecretBytes authorization(const DigestChallenge& challenge, std::string_view username,
                          const DigestUse& use, std::string_view response,
                          std::string_view auts = {});

// The value of Authorization of the first request on Ub, and of AKA on Ut: identity given, nonce
// and response present and empty (TS 24.109 annex A.3) [UB-2 UA-9].
SecretBytes initial_authorization(std::string_view username, std::string_view realm,
                                  std::string_view uri);

struct AuthenticationInfo {
  std::optional<std::string> rspauth{};
  std::optional<std::string> cnonce{};
  std::optional<std::string> nextnonce{};
  std::optional<std::uint32_t> nc{};
  std::optional<Qop> qop{};
  bool operator==(const AuthenticationInfo&) const = default;
};

// The Authentication-Info fields of one message; without any field all members are empty.
Parsed<AuthenticationInfo> parse_authentication_info(std::span<const std::string_view> fields);

enum class ServerProof : std::uint8_t { proven, missing, wrong };

// Whether the server proved that it knows the key: rspauth compared in constant time, and cnonce,
// nc and qop, where present, those of our request [UB-3 UA-3].
ServerProof check_server(const AuthenticationInfo& info, const Ha1& ha1, const DigestUse& use,
                         std::string_view body_hash);

}  // namespace ut::gba
