#include "tls/context.h"

#include "base/log.h"
#include "base/secret.h"
#include "tls/certificate.h"
#include "tls/client_certificate_native.h"
#include "tls/context_native.h"
#include "tls/crypto_device.h"
#include "tls/wolfssl_callbacks.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/memory.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace ut::tls {
namespace {

Result<void> start_once() {
  TRY_VOID(locked_memory::require());
  if (wolfSSL_SetAllocators(locked_memory::allocate, locked_memory::release,
                            locked_memory::reallocate) != 0 ||
      wolfSSL_Init() != WOLFSSL_SUCCESS) {
    return fail(ErrorCode::crypto_failed, "start_library");
  }
  return register_crypto_device();
}

WOLFSSL_METHOD* method(const Profile& profile) {
  const bool tls12 = profile.has(Version::tls12);
  const bool tls13 = profile.has(Version::tls13);
  if (tls12 && tls13) {
    return wolfTLS_client_method();
  }
  if (tls12) {
    return wolfTLSv1_2_client_method();
  }
  return tls13 ? wolfTLSv1_3_client_method() : nullptr;
}

template <class Rows>
std::string library_names(const Rows& rows) {
  std::string list;
  for (const auto& row : rows) {
    if (!row.library_name.empty()) {
      list.append(list.empty() ? "" : ":").append(row.library_name);
    }
  }
  return list;
}

Result<void> expect(bool done, std::string_view item) {
  if (!done) {
    return fail(ErrorCode::tls_profile_violated, "Context::create",
                "this wolfSSL refuses the profile's " + std::string(item));
  }
  return {};
}

bool set_groups(WOLFSSL_CTX* ctx, const Profile& profile) {
  if (profile.has(Version::tls13)) {
    std::vector<int> groups;
    for (const Group& group : profile.groups) {
      groups.push_back(group.number);
    }
    return wolfSSL_CTX_set_groups(ctx, groups.data(), static_cast<int>(groups.size())) ==
           WOLFSSL_SUCCESS;
  }
  // wolfSSL_CTX_set_groups refuses a context without TLS 1.3.
  return std::ranges::all_of(profile.groups, [ctx](const Group& group) {
    return wolfSSL_CTX_UseSupportedCurve(ctx, group.number) == WOLFSSL_SUCCESS;
  });
}

// wolfSSL_CTX_set_cipher_list passes over names that it does not know.
bool knows(const Suite& suite) {
  unsigned char first = 0;
  unsigned char second = 0;
  int flags = 0;
  return wolfSSL_get_cipher_suite_from_name(std::string(suite.library_name).c_str(), &first,
                                            &second, &flags) == 0 &&
         suite.number == (first << 8 | second);
}

// wolfSSL keeps its defaults, which allow anonymous and NULL suites, whenever a setter fails.
Result<void> apply(WOLFSSL_CTX* ctx, const Profile& profile) {
  const bool tls12 = profile.has(Version::tls12);
  TRY_VOID(expect(
      wolfSSL_CTX_SetMinVersion(ctx, tls12 ? WOLFSSL_TLSV1_2 : WOLFSSL_TLSV1_3) == WOLFSSL_SUCCESS,
      "minimum version"));
  for (const Suite& suite : profile.suites) {
    TRY_VOID(expect(knows(suite), suite.name));
  }
  // An empty list, and a version without a suite of its own, leave the library's defaults.
  for (const Version version : profile.versions) {
    TRY_VOID(
        expect(std::ranges::find(profile.suites, version, &Suite::version) != profile.suites.end(),
               "suites"));
  }
  TRY_VOID(expect(
      wolfSSL_CTX_set_cipher_list(ctx, library_names(profile.suites).c_str()) == WOLFSSL_SUCCESS,
      "suites"));
  TRY_VOID(expect(set_groups(ctx, profile), "groups"));
  TRY_VOID(expect(wolfSSL_CTX_set1_sigalgs_list(
                      ctx, library_names(profile.signature_schemes).c_str()) == WOLFSSL_SUCCESS,
                  "signature algorithms"));
  const MinimumSizes& minimum = profile.minimum;
  TRY_VOID(expect(
      wolfSSL_CTX_SetMinDhKey_Sz(ctx, minimum.dh) == WOLFSSL_SUCCESS &&
          wolfSSL_CTX_SetMinRsaKey_Sz(ctx, static_cast<short>(minimum.rsa)) == WOLFSSL_SUCCESS &&
          wolfSSL_CTX_SetMinEccKey_Sz(ctx, static_cast<short>(minimum.ecc)) == WOLFSSL_SUCCESS,
      "minimum sizes"));
  return {};
}

Result<void> load(WOLFSSL_CTX* ctx, const Trust& trust, const MinimumSizes& minimum) {
  std::size_t loaded = 0;
  for (const Bytes& der : trust.certificates()) {
    if (!has_large_key(der, minimum)) {
      log::warning("tls.ca_unusable", {{"reason", "key too small or of an unknown kind"}});
      continue;
    }
    const int result = wolfSSL_CTX_load_verify_buffer(
        ctx, der.data(), static_cast<long>(der.size()), WOLFSSL_FILETYPE_ASN1);
    if (result == WOLFSSL_SUCCESS) {
      ++loaded;
    } else {
      // Expired or no authority: it vouches for nobody.
      log::warning("tls.ca_unusable", {{"wolfssl", result}});
    }
  }
  if (loaded == 0) {
    return fail(ErrorCode::tls_trust_unusable, "Context::create",
                "none of the CA certificates can be used");
  }
  // Debian's wolfSSL (OPENSSL_COMPATIBLE_DEFAULTS) makes each CA a trusted peer as well, and a
  // server that shows the name and the signature value of a trusted peer is believed with any key:
  // CVE-2026-93302.
  return expect(wolfSSL_CTX_Unload_trust_peers(ctx) == WOLFSSL_SUCCESS, "trusted peers");
}

// The library checks a stapled OCSP response whenever a server sends one.
bool set_stapling(WOLFSSL_CTX* ctx, Revocation stapling) {
  return (stapling == Revocation::off || wolfSSL_CTX_EnableOCSPStapling(ctx) == WOLFSSL_SUCCESS) &&
         (stapling != Revocation::hard || wolfSSL_CTX_EnableOCSPMustStaple(ctx) == WOLFSSL_SUCCESS);
}

Result<std::unique_ptr<CrlJudge>> crl_judge(const Trust& trust, Revocation demand) {
  if (!trust.crls() || demand == Revocation::off) {
    return nullptr;
  }
  return CrlJudge::create(trust.certificates(), *trust.crls(), demand);
}

}  // namespace

Result<void> start_library() {
  static const Result<void> started = start_once();
  return started;
}

Context::Native::~Native() {
  wolfSSL_CTX_free(ctx);
}

Context::Context(Profile profile, Trust trust, std::shared_ptr<SessionCache> sessions)
    : profile_(std::move(profile)),
      trust_(std::move(trust)),
      sessions_(std::move(sessions)),
      native_(std::make_unique<Native>()) {}

Context::~Context() = default;

std::string Context::session_scope() const {
  return client_ ? trust_.id() + " " + client_->id() : trust_.id();
}

Result<std::shared_ptr<Context>> Context::create(
    Profile profile, Trust trust, std::shared_ptr<SessionCache> sessions,
    std::shared_ptr<const ClientCertificate> client) try {
  TRY_VOID(start_library());
  std::shared_ptr<Context> context(
      new Context(std::move(profile), std::move(trust), std::move(sessions)));
  context->client_ = std::move(client);
  WOLFSSL_METHOD* const chosen = method(context->profile_);
  TRY_VOID(expect(chosen != nullptr, "versions"));
  WOLFSSL_CTX* const ctx = wolfSSL_CTX_new(chosen);
  if (ctx == nullptr) {
    return fail(ErrorCode::locked_memory_unavailable, "Context::create");
  }
  context->native_->ctx = ctx;
  TRY_VOID(apply(ctx, context->profile_));
  if (context->profile_.authentication == Authentication::certificate) {
    TRY_VOID(load(ctx, context->trust_, context->profile_.minimum));
    TRY_VOID(expect(set_stapling(ctx, context->profile_.stapling), "status_request"));
    TRY(context->crls_, crl_judge(context->trust_, context->profile_.crls));
    if (context->client_) {
      TRY_VOID(expect(load(ctx, *context->client_), "client certificate"));
      wolfSSL_CTX_set_cert_cb(ctx, on_certificate_request, nullptr);
    }
  } else if (context->profile_.has(Version::tls13)) {
    // The other callback of TLS 1.3 binds the key to one suite, and any other fails (-333).
    wolfSSL_CTX_set_psk_client_cs_callback(ctx, on_psk_for_suite);
  } else {
    wolfSSL_CTX_set_psk_client_callback(ctx, on_psk);
  }
  TRY_VOID(expect(wolfSSL_CTX_SetDevId(ctx, crypto_device()) == WOLFSSL_SUCCESS, "device"));
  wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, on_verify);
  wolfSSL_CTX_SetIORecv(ctx, on_receive);
  wolfSSL_CTX_SetIOSend(ctx, on_send);
  // Ten extra receive calls for each read that would block.
  wolfSSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
  // Sessions are kept in SessionCache alone, whose age limit stands instead of the library's 500 s.
  wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  TRY_VOID(expect(wolfSSL_CTX_set_timeout(ctx, 24 * 60 * 60) != 0, "session age"));
  TRY_VOID(expect(wolfSSL_CTX_UseSessionTicket(ctx) == WOLFSSL_SUCCESS, "session tickets"));
  return context;
} catch (const std::bad_alloc&) {
  return fail(ErrorCode::locked_memory_unavailable, "Context::create");
}

}  // namespace ut::tls
