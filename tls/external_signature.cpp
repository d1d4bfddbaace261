#include "tls/external_signature.h"

#include "tls/crypto/hash.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace ut::tls {
namespace {

// An ECDSA signature of two integers of 66 octets (P-521) in DER is shorter.
constexpr std::size_t kLargestEcdsa = 160;

std::unexpected<Error> unusable(std::string what) {
  return fail(ErrorCode::tls_client_certificate_unusable, "ExternalKey", std::move(what));
}

// The public key of a certificate, which holds no secret.
class PublicKey {
 public:
  explicit PublicKey(ByteView certificate) {
    DecodedCert decoded;
    wc_InitDecodedCert(&decoded, certificate.data(), static_cast<word32>(certificate.size()),
                       nullptr);
    if (wc_ParseCert(&decoded, CERT_TYPE, NO_VERIFY, nullptr) == 0) {
      read(decoded);
    }
    wc_FreeDecodedCert(&decoded);
  }
  ~PublicKey() {
    if (has_rsa_) {
      wc_FreeRsaKey(&rsa_);
    }
    if (has_ecc_) {
      wc_ecc_free(&ecc_);
    }
  }
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  RsaKey* rsa() { return usable_ && has_rsa_ ? &rsa_ : nullptr; }
  ecc_key* ecc() { return usable_ && has_ecc_ ? &ecc_ : nullptr; }

 private:
  void read(const DecodedCert& decoded) {
    word32 at = 0;
    if (decoded.keyOID == RSAk) {
      has_rsa_ = wc_InitRsaKey(&rsa_, nullptr) == 0;
      usable_ =
          has_rsa_ && wc_RsaPublicKeyDecode(decoded.publicKey, &at, &rsa_, decoded.pubKeySize) == 0;
    } else if (decoded.keyOID == ECDSAk) {
      has_ecc_ = wc_ecc_init(&ecc_) == 0;
      usable_ =
          has_ecc_ && wc_EccPublicKeyDecode(decoded.publicKey, &at, &ecc_, decoded.pubKeySize) == 0;
    }
  }

  RsaKey rsa_{};
  ecc_key ecc_{};
  bool has_rsa_ = false;
  bool has_ecc_ = false;
  bool usable_ = false;
};

std::span<std::uint8_t> inside(int result, byte* at) {
  return result > 0 && at != nullptr ? std::span(at, static_cast<std::size_t>(result))
                                     : std::span<std::uint8_t>();
}

wc_HashType hash_of(ByteView digest) {
  switch (digest.size()) {
    case WC_SHA256_DIGEST_SIZE:
      return WC_HASH_TYPE_SHA256;
    case WC_SHA384_DIGEST_SIZE:
      return WC_HASH_TYPE_SHA384;
    case WC_SHA512_DIGEST_SIZE:
      return WC_HASH_TYPE_SHA512;
    default:
      return WC_HASH_TYPE_NONE;
  }
}

// The mask generation of RFC 8446 section 4.2.3, with the same hash.
int mask_of(wc_HashType hash) {
  switch (hash) {
    case WC_HASH_TYPE_SHA384:
      return WC_MGF1SHA384;
    case WC_HASH_TYPE_SHA512:
      return WC_MGF1SHA512;
    default:
      return WC_MGF1SHA256;
  }
}

// r || s as DER; empty when it cannot be.
Bytes ecdsa_der(ByteView raw) {
  if (raw.empty() || raw.size() % 2 != 0 || raw.size() + 16 > kLargestEcdsa) {
    return {};
  }
  const auto half = static_cast<word32>(raw.size() / 2);
  Bytes der(kLargestEcdsa);
  auto size = static_cast<word32>(der.size());
  if (wc_ecc_rs_raw_to_sig(raw.data(), half, raw.data() + half, half, der.data(), &size) != 0) {
    return {};
  }
  der.resize(size);
  return der;
}

bool verifies(ByteView certificate, const ToSign& what, const Bytes& signature) {
  Bytes copy = signature;
  switch (what.kind) {
    case SignatureKind::ecdsa: {
      PublicKey key(certificate);
      int good = 0;
      return key.ecc() != nullptr && !signature.empty() &&
             wc_ecc_verify_hash(signature.data(), static_cast<word32>(signature.size()),
                                what.octets.data(), static_cast<word32>(what.octets.size()), &good,
                                key.ecc()) == 0 &&
             good == 1;
    }
    case SignatureKind::rsa_pkcs1:
      return std::ranges::equal(open_rsa(certificate, copy), what.octets);
    case SignatureKind::rsa_pss: {
      const auto hash = hash_of(what.octets);
      const auto padded = open_rsa_pss(certificate, copy, hash);
      return !padded.empty() &&
             wc_RsaPSS_CheckPadding(what.octets.data(), static_cast<word32>(what.octets.size()),
                                    padded.data(), static_cast<word32>(padded.size()), hash) == 0;
    }
  }
  std::unreachable();
}

}  // namespace

std::span<std::uint8_t> open_rsa(ByteView certificate, std::span<std::uint8_t> signature) {
  PublicKey key(certificate);
  if (key.rsa() == nullptr) {
    return {};
  }
  byte* at = nullptr;
  const int size = wc_RsaSSL_VerifyInline(signature.data(), static_cast<word32>(signature.size()),
                                          &at, key.rsa());
  return inside(size, at);
}

std::span<std::uint8_t> open_rsa_pss(ByteView certificate, std::span<std::uint8_t> signature,
                                     int hash) {
  PublicKey key(certificate);
  if (key.rsa() == nullptr) {
    return {};
  }
  const auto type = static_cast<wc_HashType>(hash);
  byte* at = nullptr;
  const int size = wc_RsaPSS_VerifyInline(signature.data(), static_cast<word32>(signature.size()),
                                          &at, type, mask_of(type), key.rsa());
  return inside(size, at);
}

Result<Bytes> sign(ExternalKey& key, ByteView certificate, const ToSign& what) {
  TRY(Bytes signature, key.sign(what));
  if (what.kind == SignatureKind::ecdsa) {
    signature = ecdsa_der(signature);
  }
  if (!verifies(certificate, what, signature)) {
    return unusable("its private key is another certificate's, or signs wrongly");
  }
  return signature;
}

Result<void> prove_possession(ExternalKey& key, ByteView certificate) {
  constexpr std::string_view kText = "proof of possession";
  // RFC 8017 section 9.2, note 1.
  constexpr std::uint8_t kSha256Info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                          0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                          0x01, 0x05, 0x00, 0x04, 0x20};
  Bytes text = crypto::hash(crypto::HashKind::sha256, as_bytes(kText));
  const bool rsa = PublicKey(certificate).rsa() != nullptr;
  if (rsa) {
    text.insert(text.begin(), std::begin(kSha256Info), std::end(kSha256Info));
  }
  TRY_VOID(sign(key, certificate,
                {.kind = rsa ? SignatureKind::rsa_pkcs1 : SignatureKind::ecdsa, .octets = text}));
  return {};
}

}  // namespace ut::tls
