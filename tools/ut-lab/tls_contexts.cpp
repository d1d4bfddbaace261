#include "tools/ut-lab/tls_contexts.h"

#include "tools/ut-lab/server_names.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>

namespace ut::lab {
namespace {

// What TS 33.210 clause 6.2.3 allows, and AES-CBC with SHA-256 for older terminals.
constexpr const char* kCipherList =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256";

// Ephemeral key exchange alone; OpenSSL does not have TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256.
constexpr const char* kPskCipherList =
    "ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES128-GCM-SHA256:DHE-PSK-AES256-GCM-SHA384:"
    "DHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256:DHE-PSK-AES128-CBC-SHA256";

// PSK before certificates where the NAF does both, as it is the NAF that decides.
std::string cipher_list(const NafConfig& naf) {
  if (!naf.cipher_list.empty()) {
    return naf.cipher_list;
  }
  return std::string(naf.psk ? kPskCipherList : "") + (naf.psk && naf.certificate() ? ":" : "") +
         (naf.certificate() ? kCipherList : "");
}

constexpr std::array kTlsFaults = {
    Fault::tls_expired_certificate,
    Fault::tls_wrong_host_name,
    Fault::tls_self_signed,
    Fault::tls_rsa_1024,
    Fault::tls_sha1_signature,
    Fault::tls_dh_1024,
    Fault::tls_anonymous,
    Fault::tls_null_cipher,
    Fault::tls_1_1,
    Fault::tls_no_extended_master_secret,
    Fault::psk_certificate,
    Fault::certificate_not_asked,
};

void require(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string(what) + ": " + openssl_error());
  }
}

int version_number(std::string_view version) {
  if (version == "1.2") {
    return TLS1_2_VERSION;
  }
  if (version == "1.3") {
    return TLS1_3_VERSION;
  }
  throw std::runtime_error("TLS version must be 1.2 or 1.3, not " + std::string(version));
}

void set_ciphers(SSL_CTX* context, const char* list) {
  require(SSL_CTX_set_cipher_list(context, list) == 1, "cipher list");
}

void use(SSL_CTX* context, const Identity& identity) {
  require(SSL_CTX_use_certificate(context, identity.certificate.get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1,
          "certificate");
}

// The second Oakley group (RFC 2409 section 6.2): a 1024-bit prime, generator 2.
EVP_PKEY* dh_1024() {
  BIGNUM* prime = BN_get_rfc2409_prime_1024(nullptr);
  BIGNUM* generator = BN_new();
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  require(prime != nullptr && generator != nullptr && builder != nullptr &&
              BN_set_word(generator, 2) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, prime) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, generator) == 1,
          "DH parameters");
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* key_context = EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr);
  EVP_PKEY* key = nullptr;
  const bool made = parameters != nullptr && key_context != nullptr &&
                    EVP_PKEY_fromdata_init(key_context) == 1 &&
                    EVP_PKEY_fromdata(key_context, &key, EVP_PKEY_KEY_PARAMETERS, parameters) == 1;
  EVP_PKEY_CTX_free(key_context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(generator);
  BN_free(prime);
  require(made, "DH parameters");
  return key;
}

// ALPN: http/1.1 or none.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  constexpr std::string_view kProtocols = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size,
                            reinterpret_cast<const unsigned char*>(kProtocols.data()),
                            static_cast<unsigned>(kProtocols.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContexts::TlsContexts(const NafConfig& naf, const CertificateAuthority& ca, const Clock& clock,
                         PskServer& psk, ClientCertificates& clients, SecretJournal* journal)
    : naf_(naf),
      host_names_(naf.host_names()),
      ca_(ca),
      clock_(clock),
      psk_(psk),
      clients_(clients),
      journal_(journal),
      normal_(make(std::nullopt)) {}

boost::asio::ssl::context& TlsContexts::next(Faults& faults) {
  for (const auto fault : kTlsFaults) {
    if (fault == Fault::certificate_not_asked && !naf_.client_certificate) {
      continue;
    }
    if (faults.take(fault, naf_.name)) {
      auto& context = faulty_[fault];
      if (!context) {
        context = make(fault);
      }
      return *context;
    }
  }
  return *normal_;
}

void TlsContexts::forget_sessions() {
  SSL_CTX* context = normal_->native_handle();
  SSL_CTX_flush_sessions(context, 0);
  Bytes keys(static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(context, nullptr, 0)));
  require(RAND_bytes(keys.data(), static_cast<int>(keys.size())) == 1 &&
              SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), keys.size()) == 1,
          "ticket keys");
}

std::unique_ptr<boost::asio::ssl::context> TlsContexts::make(std::optional<Fault> fault) const {
  auto made = std::make_unique<Context>(Context::tls_server);
  SSL_CTX* context = made->native_handle();
  int lowest = version_number(naf_.tls_min);
  int highest = version_number(naf_.tls_max);
  set_ciphers(context, fault == Fault::psk_certificate ? kCipherList : cipher_list(naf_).c_str());
  require(naf_.ciphersuites.empty() ||
              SSL_CTX_set_ciphersuites(context, naf_.ciphersuites.c_str()) == 1,
          "TLS 1.3 cipher suites");
  require(SSL_CTX_set1_groups_list(context, "P-256:X25519:P-384") == 1, "groups");
  require(SSL_CTX_set_dh_auto(context, 1) == 1, "DH");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  if (!naf_.tls_tickets) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  }
  demand_server_name(context, host_names_);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (journal_ != nullptr) {
    journal_->listen(context);
  }
  if (naf_.psk && fault != Fault::psk_certificate) {
    psk_.listen(context);
  }
  if (fault == Fault::certificate_not_asked) {
    clients_.pass(context);
  } else {
    clients_.listen(context);
  }

  const auto now = clock_.utc();
  LeafSpec leaf{.host = naf_.name,
                .other_hosts = {host_names_.begin() + 1, host_names_.end()},
                .not_before = now - std::chrono::days(1),
                .not_after = now + std::chrono::days(90)};
  bool has_certificate = naf_.certificate() || fault.has_value();
  bool self_signed = false;
  const bool second_certificate = !fault && naf_.certificate();
  leaf.key = naf_.rsa ? KeyKind::rsa_2048 : KeyKind::ecdsa_p256;
  if (fault) {
    // The weak settings below are refused by OpenSSL's default security level.
    SSL_CTX_set_security_level(context, 0);
    const auto is = [&](Fault each) { return *fault == each; };
    if (is(Fault::tls_dh_1024) || is(Fault::tls_anonymous) || is(Fault::tls_null_cipher) ||
        is(Fault::tls_no_extended_master_secret)) {
      lowest = highest = TLS1_2_VERSION;
    }
    if (is(Fault::tls_dh_1024) || is(Fault::tls_null_cipher) || is(Fault::tls_1_1)) {
      leaf.key = KeyKind::rsa_2048;
    }
    if (is(Fault::tls_expired_certificate)) {
      leaf.not_before = now - std::chrono::days(2);
      leaf.not_after = now - std::chrono::days(1);
    } else if (is(Fault::tls_wrong_host_name)) {
      leaf.host = "naf.evil.example";
      leaf.other_hosts.clear();
    } else if (is(Fault::tls_self_signed)) {
      self_signed = true;
    } else if (is(Fault::tls_rsa_1024)) {
      leaf.key = KeyKind::rsa_1024;
    } else if (is(Fault::tls_sha1_signature)) {
      leaf.sha1 = true;
    } else if (is(Fault::tls_dh_1024)) {
      set_ciphers(context, "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-CHACHA20-POLY1305");
      SSL_CTX_set_dh_auto(context, 0);
      require(SSL_CTX_set0_tmp_dh_pkey(context, dh_1024()) == 1, "DH");
    } else if (is(Fault::tls_anonymous)) {
      has_certificate = false;
      set_ciphers(context, "ADH:AECDH");
    } else if (is(Fault::tls_null_cipher)) {
      set_ciphers(context, "eNULL");
    } else if (is(Fault::tls_1_1)) {
      lowest = highest = TLS1_1_VERSION;
      set_ciphers(context, "ALL");
    } else if (is(Fault::tls_no_extended_master_secret)) {
      SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    }
  }
  require(SSL_CTX_set_min_proto_version(context, lowest) == 1 &&
              SSL_CTX_set_max_proto_version(context, highest) == 1,
          "TLS versions");
  if (has_certificate) {
    use(context, self_signed ? ca_.self_signed(leaf) : ca_.issue(leaf));
  }
  if (second_certificate && !naf_.rsa) {
    leaf.key = KeyKind::rsa_2048;
    use(context, ca_.issue(leaf));
  }
  return made;
}

}  // namespace ut::lab
