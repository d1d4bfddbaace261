// HTTP Digest (RFC 7616, RFC 3310) as a server checks it.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "tools/ut-lab/crypto.h"
#include "tools/ut-lab/http.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

// One auth-param of RFC 9110 section 11.2, its value without quotes and escapes.
struct AuthParameter {
  std::string name;  // as sent
  std::string value;
  bool quoted = false;
};

// The parameters of an Authorization field of the Digest scheme.
class DigestCredentials {
 public:
  // The whole field value. The error says in one line which rule of the grammar is broken: empty
  // list elements, doubled parameters and anything after the list are refused too.
  static std::expected<DigestCredentials, std::string> parse(std::string_view field);

  // nullptr when absent; names are compared without regard to case.
  const AuthParameter* find(std::string_view name) const;
  // Empty when absent.
  std::string_view value(std::string_view name) const;
  const std::vector<AuthParameter>& parameters() const { return parameters_; }

 private:
  std::vector<AuthParameter> parameters_;
};

// Rules of RFC 7616 section 3.4 on which parameters are quoted strings and which are tokens, on
// lengths and on digits. Each line returned names one broken rule.
std::vector<std::string> grammar_findings(const DigestCredentials& credentials);

// A parameter that a message must have, quoted or not.
struct RequiredParameter {
  std::string_view name;
  bool quoted;
};
// The first message of Digest AKA, by which a client says who it is (TS 24.109 annex A.3).
std::span<const RequiredParameter> required_in_first_aka_message();
// Which of them is not there or not written so; "" when all are.
std::string missing_parameter(const DigestCredentials& credentials,
                              std::span<const RequiredParameter> required);

// The rule of RFC 7616 section 3.4 that an answer to a challenge with these `qops` and this
// `opaque` breaks, whatever its key and algorithm are; "" when it breaks none.
std::string broken_rule(const Request& request, const DigestCredentials& credentials,
                        const std::vector<std::string>& qops, std::string_view opaque);

// The value of nc; nullopt unless it is 8 hexadecimal digits.
std::optional<std::uint32_t> nonce_count(const DigestCredentials& credentials);

enum class DigestAlgorithm : std::uint8_t { md5, md5_sess, sha256 };
std::string_view name(DigestAlgorithm algorithm);
std::optional<DigestAlgorithm> digest_algorithm(std::string_view name);
constexpr Hash hash_of(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::sha256 ? Hash::sha256 : Hash::md5;
}

// H(username ":" realm ":" password) in hexadecimal digits. The password is octets: RES on Ub.
SecretBytes ha1(Hash kind, std::string_view username, std::string_view realm, ByteView password);

// HA1 of the -sess algorithms: H(HA1 ":" nonce ":" cnonce).
SecretBytes session_ha1(Hash kind, const SecretBytes& ha1, std::string_view nonce,
                        std::string_view cnonce);

struct DigestExchange {
  std::string_view nonce;
  std::string_view nc;
  std::string_view cnonce;
  std::string_view qop;     // "auth" or "auth-int"
  std::string_view method;  // empty for rspauth
  std::string_view uri;
  ByteView body;
};

// The `response` of a request or, with an empty method, the `rspauth` of an answer.
std::string digest_response(Hash kind, const SecretBytes& ha1, const DigestExchange& exchange);

// What the `response` of this request covers. It points into both.
DigestExchange exchange_of(const Request& request, const DigestCredentials& credentials);

// A WWW-Authenticate field (RFC 7616 section 3.3).
struct DigestChallenge {
  std::string_view realm;
  std::string_view nonce;
  std::string_view algorithm;
  const std::vector<std::string>& qops;
  std::string_view opaque;
  bool stale = false;
};
HeaderField challenge_field(const DigestChallenge& challenge);

// All parts in one text.
std::string joined(const std::vector<std::string>& parts, std::string_view separator);

// A quoted-string with '"' and '\' escaped.
std::string quoted_string(std::string_view text);

}  // namespace ut::lab
