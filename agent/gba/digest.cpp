#include "agent/gba/digest.h"

#include "base/encoding.h"
#include "base/result.h"
#include "tls/crypto/constant_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>

namespace ut::gba {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<Qop> qop_from(std::string_view text) {
  for (const auto known : {Qop::auth, Qop::auth_int}) {
    if (equal_ignoring_case(text, name(known))) {
      return known;
    }
  }
  return std::nullopt;
}

// False when qops are offered and none of them is known.
bool read_qops(std::string_view list, DigestChallenge& to) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto first = item.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
      continue;
    }
    item = item.substr(first, item.find_last_not_of(" \t") - first + 1);
    const auto qop = qop_from(item);
    to.qop_auth |= qop == Qop::auth;
    to.qop_auth_int |= qop == Qop::auth_int;
  }
  return to.qop_auth || to.qop_auth_int;
}

// nullopt: well-formed, but with an algorithm or qops that are not known here.
Parsed<std::optional<DigestChallenge>> read_challenge(const AuthParameters& parameters) {
  const auto* realm = find(parameters, "realm");
  const auto* nonce = find(parameters, "nonce");
  if (realm == nullptr || nonce == nullptr || nonce->empty()) {
    return std::unexpected("Digest challenge without realm or nonce");
  }
  DigestChallenge challenge{*realm, *nonce};
  if (const auto* opaque = find(parameters, "opaque")) {
    challenge.opaque = *opaque;
  }
  if (const auto* domain = find(parameters, "domain")) {
    challenge.domain = *domain;
  }
  if (const auto* stale = find(parameters, "stale")) {
    challenge.stale = equal_ignoring_case(*stale, "true");
  }
  if (const auto* text = find(parameters, "algorithm")) {
    const auto algorithm = digest_algorithm_named(*text);
    if (!algorithm) {
      return std::nullopt;
    }
    challenge.algorithm = *algorithm;
    challenge.algorithm_named = true;
  }
  if (const auto* qops = find(parameters, "qop"); qops != nullptr && !read_qops(*qops, challenge)) {
    return std::nullopt;
  }
  return challenge;
}

// H(part:part:...), the hash still open. `hasher` is fresh, or has finished another hash.
crypto::Hasher& joined(crypto::Hasher& hasher, std::initializer_list<ByteView> parts) {
  bool first = true;
  for (const ByteView part : parts) {
    if (!first) {
      hasher.update(as_bytes(":"));
    }
    first = false;
    hasher.update(part);
  }
  return hasher;
}

SecretBytes secret_hash(crypto::Hasher& hasher, std::initializer_list<ByteView> parts) {
  return to_hex_secret(joined(hasher, parts).finish().expose());
}

// Hexadecimal digits of a hash that goes over the wire or is known to all. Four of them are made
// for each request, hence no heap.
class HexHash {
 public:
  static constexpr std::size_t kLongest = 2 * crypto::kGreatestHash;

  explicit HexHash(crypto::Hasher& hasher) {
    std::array<std::uint8_t, crypto::kGreatestHash> octets;
    const auto hash = hasher.finish_public(octets);
    size_ = 2 * hash.size();
    write_hex(hash, text_);
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kLongest> text_;
  std::size_t size_ = 0;
};

HexHash public_hash(crypto::Hasher& hasher, std::initializer_list<ByteView> parts) {
  return HexHash(joined(hasher, parts));
}

using NcText = std::array<char, 8>;

NcText nc_text(std::uint32_t nc) {
  const std::array<std::uint8_t, 4> octets{
      static_cast<std::uint8_t>(nc >> 24), static_cast<std::uint8_t>((nc >> 16) & 0xff),
      static_cast<std::uint8_t>((nc >> 8) & 0xff), static_cast<std::uint8_t>(nc & 0xff)};
  NcText text;
  write_hex(octets, text);
  return text;
}

std::string_view view(const NcText& text) {
  return {text.data(), text.size()};
}

// KD(H(A1), ...) of RFC 7616 clause 3.4.1; `method` is empty in the server's proof.
HexHash request_digest(const Ha1& ha1, const DigestUse& use, std::string_view method,
                       std::string_view body_hash) {
  crypto::Hasher hasher(hash_kind(ha1.algorithm()));
  const HexHash ha2 =
      use.qop == Qop::auth_int
          ? public_hash(hasher, {as_bytes(method), as_bytes(use.uri), as_bytes(body_hash)})
          : public_hash(hasher, {as_bytes(method), as_bytes(use.uri)});
  SecretBytes session;
  ByteView key = ha1.expose();
  if (ha1.algorithm() == DigestAlgorithm::md5_sess) {
    session = secret_hash(hasher, {key, as_bytes(use.nonce), as_bytes(use.cnonce)});
    key = session.expose();
  }
  if (use.qop == Qop::none) {
    return public_hash(hasher, {key, as_bytes(use.nonce), as_bytes(ha2.text())});
  }
  const NcText nc = nc_text(use.nc);
  return public_hash(hasher, {key, as_bytes(use.nonce), as_bytes(view(nc)), as_bytes(use.cnonce),
                              as_bytes(name(use.qop)), as_bytes(ha2.text())});
}

// Builds the value of Authorization in locked memory: once to learn its size, once to write it.
class ValueWriter {
 public:
  void text(std::string_view text) {
    if (to_.empty()) {
      size_ += text.size();
      return;
    }
    std::memcpy(to_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void quoted(std::string_view name, std::string_view value) {
    text(name);
    text("=\"");
    // What stands between two characters that need a backslash is copied as a whole.
    while (true) {
      const auto plain = std::min(value.find('"'), value.find('\\'));
      text(value.substr(0, plain));
      if (plain == std::string_view::npos) {
        break;
      }
      text("\\");
      text(value.substr(plain, 1));
      value.remove_prefix(plain + 1);
    }
    text("\"");
  }
  template <class Write>
  static SecretBytes make(Write write) {
    ValueWriter measure;
    write(measure);
    SecretBytes value(measure.size_);
    ValueWriter writer;
    writer.to_ = value.expose_mutable();
    write(writer);
    return value;
  }

 private:
  std::span<std::uint8_t> to_;
  std::size_t size_ = 0;
};

std::optional<std::uint32_t> parse_nc(std::string_view text) {
  std::uint32_t nc = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nc, 16);
  if (text.size() != 8 || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return nc;
}

}  // namespace

std::string_view name(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
      return "MD5";
    case DigestAlgorithm::md5_sess:
      return "MD5-sess";
    case DigestAlgorithm::sha256:
      return "SHA-256";
    case DigestAlgorithm::akav1_md5:
      return "AKAv1-MD5";
    case DigestAlgorithm::akav2_md5:
      return "AKAv2-MD5";
    case DigestAlgorithm::akav2_sha256:
      return "AKAv2-SHA-256";
  }
  return {};
}

std::optional<DigestAlgorithm> digest_algorithm_named(std::string_view name) {
  using enum DigestAlgorithm;
  for (const auto known : {md5, md5_sess, sha256, akav1_md5, akav2_md5, akav2_sha256}) {
    if (equal_ignoring_case(name, gba::name(known))) {
      return known;
    }
  }
  return std::nullopt;
}

bool is_aka(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
    case DigestAlgorithm::md5_sess:
    case DigestAlgorithm::sha256:
      return false;
    case DigestAlgorithm::akav1_md5:
    case DigestAlgorithm::akav2_md5:
    case DigestAlgorithm::akav2_sha256:
      return true;
  }
  return false;
}

std::string_view name(Qop qop) {
  switch (qop) {
    case Qop::none:
      return {};
    case Qop::auth:
      return "auth";
    case Qop::auth_int:
      return "auth-int";
  }
  return {};
}

crypto::HashKind hash_kind(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
    case DigestAlgorithm::md5_sess:
    case DigestAlgorithm::akav1_md5:
    case DigestAlgorithm::akav2_md5:
      return crypto::HashKind::md5;
    case DigestAlgorithm::sha256:
    case DigestAlgorithm::akav2_sha256:
      return crypto::HashKind::sha256;
  }
  return crypto::HashKind::sha256;
}

Parsed<std::vector<DigestChallenge>> parse_digest_challenges(
    std::span<const std::string_view> fields) {
  TRY(const auto all, parse_challenges(fields));
  std::vector<DigestChallenge> known;
  for (const auto& challenge : all) {
    if (challenge.scheme != "digest") {
      continue;
    }
    TRY(auto read, read_challenge(challenge.parameters));
    if (read) {
      known.push_back(*std::move(read));
    }
  }
  return known;
}

Ha1 Ha1::make(DigestAlgorithm algorithm, std::string_view username, std::string_view realm,
              ByteView password) {
  crypto::Hasher hasher(hash_kind(algorithm));
  return {algorithm, secret_hash(hasher, {as_bytes(username), as_bytes(realm), password})};
}

std::string body_hash(DigestAlgorithm algorithm, ByteView body) {
  return to_hex(crypto::hash(hash_kind(algorithm), body));
}

std::string digest_response(const Ha1& ha1, const DigestUse& use, std::string_view method,
                            std::string_view body_hash) {
  return std::string(request_digest(ha1, use, method, body_hash).text());
}

std::string expected_rspauth(const Ha1& ha1, const DigestUse& use, std::string_view body_hash) {
  return std::string(request_digest(ha1, use, {}, body_hash).text());
}

SecretBytes authorization(const DigestChallenge& challenge, std::string_view username,
                          const DigestUse& use, std::string_view response, std::string_view auts) {
  return ValueWriter::make([&](ValueWriter& to) {
    to.text("Digest ");
    to.quoted("username", username);
    to.quoted(", realm", challenge.realm);
    to.quoted(", nonce", use.nonce);
    to.quoted(", uri", use.uri);
    to.quoted(", response", response);
    if (challenge.algorithm_named) {
      to.text(", algorithm=");
      to.text(name(challenge.algorithm));
    }
    if (use.qop != Qop::none) {
      to.text(", qop=");
      to.text(name(use.qop));
      to.text(", nc=");
      to.text(view(nc_text(use.nc)));
      to.quoted(", cnonce", use.cnonce);
    }
    if (challenge.opaque) {
      to.quoted(", opaque", *challenge.opaque);
    }
    if (!auts.empty()) {
      to.quoted(", auts", auts);
    }
  });
}

SecretBytes initial_authorization(std::string_view username, std::string_view realm,
                                  std::string_view uri) {
  return ValueWriter::make([&](ValueWriter& to) {
    to.text("Digest ");
    to.quoted("username", username);
    to.quoted(", realm", realm);
    to.text(", nonce=\"\"");
    to.quoted(", uri", uri);
    to.text(", response=\"\"");
  });
}

Parsed<AuthenticationInfo> parse_authentication_info(std::span<const std::string_view> fields) {
  TRY(auto parameters, parse_auth_parameters(fields));
  AuthenticationInfo info;
  const auto take = [&](std::string_view name, std::optional<std::string>& to) {
    const auto found = std::ranges::find(parameters, name, &AuthParameter::name);
    if (found != parameters.end()) {
      to = std::move(found->value);
    }
  };
  take("rspauth", info.rspauth);
  take("cnonce", info.cnonce);
  take("nextnonce", info.nextnonce);
  if (const auto* nc = find(parameters, "nc")) {
    info.nc = parse_nc(*nc);
    if (!info.nc) {
      return std::unexpected("nc is not 8 hexadecimal digits");
    }
  }
  if (const auto* qop = find(parameters, "qop")) {
    info.qop = qop_from(*qop);
    if (!info.qop) {
      return std::unexpected("qop is neither auth nor auth-int");
    }
  }
  return info;
}

ServerProof check_server(const AuthenticationInfo& info, const Ha1& ha1, const DigestUse& use,
                         std::string_view body_hash) {
  if (!info.rspauth) {
    return ServerProof::missing;
  }
  if ((info.cnonce && *info.cnonce != use.cnonce) || info.nc.value_or(use.nc) != use.nc ||
      info.qop.value_or(use.qop) != use.qop) {
    return ServerProof::wrong;
  }
  std::array<char, HexHash::kLongest> lowered;
  if (info.rspauth->size() > lowered.size()) {
    return ServerProof::wrong;
  }
  // Digits of either case are the same proof.
  const auto end = std::ranges::transform(*info.rspauth, lowered.begin(), lower).out;
  const std::string_view given(lowered.begin(), end);
  const HexHash expected = request_digest(ha1, use, {}, body_hash);
  const bool same = crypto::constant_time_equal(as_bytes(given), as_bytes(expected.text()));
  return same ? ServerProof::proven : ServerProof::wrong;
}

}  // namespace ut::gba
