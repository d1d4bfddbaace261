#include "tls/client_certificate.h"

#include "base/encoding.h"
#include "tls/certificate.h"
#include "tls/client_certificate_native.h"
#include "tls/context.h"
#include "tls/external_signature.h"
#include "tls/wolfssl_callbacks.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/openssl/bio.h>
#include <wolfssl/openssl/evp.h>
#include <wolfssl/openssl/pem.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>

#include <algorithm>
#include <new>
#include <utility>

namespace ut::tls {
namespace {

Error unusable(std::string what) {
  return {ErrorCode::tls_client_certificate_unusable, "ClientCertificate", {}, std::move(what)};
}

Result<Bytes> first_certificate(std::string_view chain) {
  Bytes der(chain.size());
  const int size = wc_CertPemToDer(reinterpret_cast<const unsigned char*>(chain.data()),
                                   static_cast<int>(chain.size()), der.data(),
                                   static_cast<int>(der.size()), CERT_TYPE);
  if (size <= 0) {
    return std::unexpected(unusable("the certificate is no PEM"));
  }
  der.resize(static_cast<std::size_t>(size));
  return der;
}

struct FreeX509 {
  void operator()(WOLFSSL_X509* x509) const { wolfSSL_X509_free(x509); }
};
struct FreeKey {
  void operator()(WOLFSSL_EVP_PKEY* key) const { wolfSSL_EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(WOLFSSL_BIO* bio) const { wolfSSL_BIO_free(bio); }
};
struct FreeDigest {
  void operator()(WOLFSSL_EVP_MD_CTX* context) const { wolfSSL_EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<WOLFSSL_EVP_PKEY, FreeKey>;
using Digest = std::unique_ptr<WOLFSSL_EVP_MD_CTX, FreeDigest>;

// By a signature: the library's own check takes any ECC key for any other of its curve.
bool belong_together(ByteView certificate, ByteView key_pem) {
  constexpr std::string_view kText = "proof of possession";
  constexpr std::size_t kLargestSignature = 1024;
  const std::unique_ptr<WOLFSSL_X509, FreeX509> x509(
      wolfSSL_X509_d2i(nullptr, certificate.data(), static_cast<int>(certificate.size())));
  const std::unique_ptr<WOLFSSL_BIO, FreeBio> bio(
      wolfSSL_BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const Key key(bio ? wolfSSL_PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                    : nullptr);
  const Key public_key(x509 ? wolfSSL_X509_get_pubkey(x509.get()) : nullptr);
  const Digest sign(wolfSSL_EVP_MD_CTX_new());
  const Digest verify(wolfSSL_EVP_MD_CTX_new());
  if (!key || !public_key || !sign || !verify) {
    return false;
  }
  Bytes signature(kLargestSignature);
  std::size_t size = signature.size();
  const auto* sha256 = wolfSSL_EVP_sha256();
  return wolfSSL_EVP_DigestSignInit(sign.get(), nullptr, sha256, nullptr, key.get()) ==
             WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestSignUpdate(sign.get(), kText.data(),
                                      static_cast<unsigned>(kText.size())) == WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestSignFinal(sign.get(), signature.data(), &size) == WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestVerifyInit(verify.get(), nullptr, sha256, nullptr, public_key.get()) ==
             WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestVerifyUpdate(verify.get(), kText.data(), kText.size()) ==
             WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestVerifyFinal(verify.get(), signature.data(), size) == WOLFSSL_SUCCESS;
}

}  // namespace

bool load(WOLFSSL_CTX* ctx, const ClientCertificate& certificate) {
  const std::string& chain = certificate.chain();
  if (wolfSSL_CTX_use_certificate_chain_buffer(
          ctx, reinterpret_cast<const unsigned char*>(chain.data()),
          static_cast<long>(chain.size())) != WOLFSSL_SUCCESS) {
    return false;
  }
  if (certificate.external_key() != nullptr) {
    wolfSSL_CTX_SetEccSignCb(ctx, on_sign_ecdsa);
    wolfSSL_CTX_SetRsaSignCb(ctx, on_sign_rsa);
    wolfSSL_CTX_SetRsaPssSignCb(ctx, on_sign_rsa_pss);
    // Without them the library looks at RSA signatures with a key that it does not have, and falls.
    wolfSSL_CTX_SetRsaSignCheckCb(ctx, on_check_rsa);
    wolfSSL_CTX_SetRsaPssSignCheckCb(ctx, on_check_rsa_pss);
    return true;
  }
  const ByteView key = certificate.key();
  return wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.data(), static_cast<long>(key.size()),
                                           WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS;
}

Result<std::shared_ptr<ClientCertificate>> ClientCertificate::without_key(
    std::string_view chain, const MinimumSizes& minimum) {
  TRY_VOID(start_library());
  TRY(Bytes der, first_certificate(chain));
  auto summary = summary_of(der);
  if (!summary) {
    return std::unexpected(unusable(summary.error().detail));
  }
  if (!has_large_key(der, minimum)) {
    return std::unexpected(unusable("its key is too small or of an unknown kind"));
  }
  if (!has_strong_signature(der)) {
    return std::unexpected(unusable("its signature is too weak"));
  }
  std::shared_ptr<ClientCertificate> made(new ClientCertificate);
  made->id_ = to_hex(summary->fingerprint);
  made->common_name_ = common_name_of(der);
  made->begin_ = summary->begin;
  made->end_ = summary->end;
  made->chain_ = chain;
  made->leaf_ = std::move(der);
  return made;
}

Result<void> ClientCertificate::check(std::string_view chain, const MinimumSizes& minimum) {
  TRY_VOID(without_key(chain, minimum));
  return {};
}

Result<std::shared_ptr<const ClientCertificate>> ClientCertificate::from_pem(
    std::string_view chain, SecretBytes key, const MinimumSizes& minimum) try {
  TRY(std::shared_ptr<ClientCertificate> made, without_key(chain, minimum));
  made->key_ = std::move(key);
  const std::unique_ptr<WOLFSSL_CTX, decltype(&wolfSSL_CTX_free)> ctx(
      wolfSSL_CTX_new(wolfTLS_client_method()), wolfSSL_CTX_free);
  if (!ctx) {
    return fail(ErrorCode::locked_memory_unavailable, "ClientCertificate");
  }
  if (!load(ctx.get(), *made) || !belong_together(made->leaf(), made->key())) {
    return std::unexpected(unusable("the private key cannot be read, or is another certificate's"));
  }
  return made;
} catch (const std::bad_alloc&) {
  return fail(ErrorCode::locked_memory_unavailable, "ClientCertificate");
}

Result<std::shared_ptr<const ClientCertificate>> ClientCertificate::with_external_key(
    std::string_view chain, std::shared_ptr<ExternalKey> key, const MinimumSizes& minimum) try {
  TRY(std::shared_ptr<ClientCertificate> made, without_key(chain, minimum));
  TRY_VOID(prove_possession(*key, made->leaf()));
  made->external_key_ = std::move(key);
  return made;
} catch (const std::bad_alloc&) {
  return fail(ErrorCode::locked_memory_unavailable, "ClientCertificate");
}

}  // namespace ut::tls
