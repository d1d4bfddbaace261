#include "tls/crls.h"

#include "tls/certificate.h"
#include "tls/der_set.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace ut::tls {
namespace {

constexpr std::string_view kPemBegin = "-----BEGIN X509 CRL-----";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_CRL* crl) const { X509_CRL_free(crl); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  // The certificates are not the stack's.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
template <class Object>
using Owned = std::unique_ptr<Object, Free>;

std::unexpected<Error> unusable(std::string what) {
  ERR_clear_error();
  return fail(ErrorCode::tls_trust_unusable, "read CRLs", std::move(what));
}

std::string name_of_issuer(const X509_CRL& crl) {
  std::string name(64, '\0');
  const int size = X509_NAME_get_text_by_NID(X509_CRL_get_issuer(&crl), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  name.resize(size > 0 ? std::min(static_cast<std::size_t>(size), name.size() - 1) : 0);
  return name.empty() ? "a CA without commonName" : name;
}

std::optional<UtcTime> time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1) {
    return std::nullopt;
  }
  return UtcTime(std::chrono::seconds(::timegm(&broken_down)));
}

bool strong_signature(const X509_CRL& crl) {
  int digest = NID_undef;
  return OBJ_find_sigid_algs(X509_CRL_get_signature_nid(&crl), &digest, nullptr) == 1 &&
         (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512);
}

Result<Bytes> der_of(X509_CRL& crl) {
  if (!strong_signature(crl)) {
    return unusable("the CRL of " + name_of_issuer(crl) + " has too weak a signature");
  }
  if (!time_of(X509_CRL_get0_nextUpdate(&crl))) {
    return unusable("the CRL of " + name_of_issuer(crl) + " has no nextUpdate");
  }
  Bytes der(static_cast<std::size_t>(std::max(i2d_X509_CRL(&crl, nullptr), 0)));
  unsigned char* to = der.data();
  if (der.empty() || i2d_X509_CRL(&crl, &to) != static_cast<int>(der.size())) {
    return unusable("a CRL cannot be written");
  }
  return der;
}

template <class Object, class Reader>
Owned<Object> read_der(Reader reader, ByteView der) {
  const unsigned char* from = der.data();
  Owned<Object> object(reader(nullptr, &from, static_cast<long>(der.size())));
  if (!object || from != der.data() + der.size()) {
    ERR_clear_error();
    return nullptr;
  }
  return object;
}

Result<std::vector<Bytes>> read_pem(ByteView pem) {
  std::vector<Bytes> lists;
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (bio) {
    const Owned<X509_CRL> crl(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
    if (!crl) {
      break;
    }
    TRY(Bytes der, der_of(*crl));
    lists.push_back(std::move(der));
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return unusable("CRL " + std::to_string(lists.size() + 1) + " cannot be read");
  }
  ERR_clear_error();
  return lists;
}

// What a CRL that is not there, or not from now, leaves open.
bool tells_nothing(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
      return true;
    default:
      return false;
  }
}

std::string issuer_of(const X509& certificate) {
  Bytes der(static_cast<std::size_t>(std::max(i2d_X509(&certificate, nullptr), 0)));
  unsigned char* to = der.data();
  if (der.empty() || i2d_X509(&certificate, &to) <= 0) {
    return {};
  }
  return issuer_for_people(der);
}

std::string text_of(int error, const std::string& issuer) {
  switch (error) {
    case X509_V_ERR_CERT_REVOKED:
      return "by the CRL of " + issuer;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
      return "there is no CRL of " + issuer;
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return "the CRL of " + issuer + " is out of date";
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return "the CRL of " + issuer + " is not valid yet";
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return "the CRL of " + issuer + " is not signed by it";
    default:
      return std::string("check by CRLs: ") + X509_verify_cert_error_string(error);
  }
}

// What one check finds.
struct Finding {
  Revocation demand;
  std::optional<Error> error{};
};

int on_verify(int agrees, X509_STORE_CTX* context) {
  if (agrees == 1) {
    return 1;
  }
  auto& finding = *static_cast<Finding*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  const bool anchor = depth + 1 == sk_X509_num(X509_STORE_CTX_get0_chain(context));
  if (tells_nothing(error) && (anchor || finding.demand == Revocation::soft)) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  std::string detail =
      text_of(error, certificate == nullptr ? std::string() : issuer_of(*certificate));
  if (depth > 0) {
    detail += ", certificate " + std::to_string(depth) + " above the NAF's";
  }
  finding.error = Error{error == X509_V_ERR_CERT_REVOKED ? ErrorCode::tls_certificate_revoked
                                                         : ErrorCode::tls_certificate_untrusted,
                        "check CRLs",
                        {},
                        std::move(detail)};
  return 0;
}

}  // namespace

Result<CrlSet> CrlSet::from_octets(ByteView octets) {
  CrlSet set;
  if (as_text(octets).contains(kPemBegin)) {
    TRY(set.lists_, read_pem(octets));
  } else if (const auto crl = read_der<X509_CRL>(d2i_X509_CRL, octets)) {
    TRY(Bytes der, der_of(*crl));
    set.lists_.push_back(std::move(der));
  } else {
    return unusable("it holds no CRL");
  }
  set.id_ = make_set(set.lists_);
  return set;
}

Result<CrlSet> CrlSet::from_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream octets;
  if (!in || !(octets << in.rdbuf())) {
    return unusable(path + ": it cannot be read");
  }
  auto set = from_octets(as_bytes(octets.view()));
  if (!set) {
    set.error().detail = path + ": " + set.error().detail;
  }
  return set;
}

struct CrlJudge::Native {
  Owned<X509_STORE> store;
  std::vector<Owned<X509_CRL>> crls;
  Revocation demand;

  // When the freshest CRL of the issuer of `certificate` is replaced.
  UtcTime next_update(const X509& certificate) const {
    UtcTime next{};
    for (const auto& crl : crls) {
      const auto time = time_of(X509_CRL_get0_nextUpdate(crl.get()));
      if (time &&
          X509_NAME_cmp(X509_CRL_get_issuer(crl.get()), X509_get_issuer_name(&certificate)) == 0) {
        next = std::max(next, *time);
      }
    }
    return next;
  }
};

CrlJudge::CrlJudge(std::unique_ptr<Native> native) : native_(std::move(native)) {}
CrlJudge::~CrlJudge() = default;

Result<std::unique_ptr<CrlJudge>> CrlJudge::create(std::span<const Bytes> trusted,
                                                   const CrlSet& crls, Revocation demand) {
  auto native = std::make_unique<Native>();
  native->demand = demand;
  native->store.reset(X509_STORE_new());
  X509_STORE* const store = native->store.get();
  // As wolfSSL, which takes an intermediate CA for an anchor where it is trusted itself.
  constexpr unsigned long kFlags =
      X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_PARTIAL_CHAIN;
  if (store == nullptr || X509_STORE_set_flags(store, kFlags) != 1) {
    return unusable("libcrypto gives no store");
  }
  for (const Bytes& der : trusted) {
    const auto certificate = read_der<X509>(d2i_X509, der);
    if (certificate && X509_STORE_add_cert(store, certificate.get()) != 1) {
      return unusable("libcrypto does not take a CA");
    }
  }
  for (const Bytes& der : crls.lists()) {
    auto crl = read_der<X509_CRL>(d2i_X509_CRL, der);
    if (!crl || X509_STORE_add_crl(store, crl.get()) != 1) {
      return unusable("libcrypto does not take a CRL");
    }
    native->crls.push_back(std::move(crl));
  }
  return std::unique_ptr<CrlJudge>(new CrlJudge(std::move(native)));
}

Result<UtcTime> CrlJudge::check(std::span<const ByteView> chain) const {
  std::vector<Owned<X509>> certificates;
  const Owned<STACK_OF(X509)> above(sk_X509_new_null());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  bool made = above && context;
  for (const ByteView der : chain) {
    certificates.push_back(read_der<X509>(d2i_X509, der));
    made = made && certificates.back() &&
           (certificates.size() == 1 || sk_X509_push(above.get(), certificates.back().get()) > 0);
  }
  if (!made || certificates.empty() ||
      X509_STORE_CTX_init(context.get(), native_->store.get(), certificates.front().get(),
                          above.get()) != 1) {
    return fail(ErrorCode::tls_certificate_untrusted, "check CRLs", "a certificate cannot be read");
  }
  Finding finding{.demand = native_->demand};
  X509_STORE_CTX_set_app_data(context.get(), &finding);
  X509_STORE_CTX_set_verify_cb(context.get(), on_verify);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (finding.error) {
    return std::unexpected(*std::move(finding.error));
  }
  if (!good) {
    return fail(ErrorCode::tls_certificate_untrusted, "check CRLs",
                text_of(X509_STORE_CTX_get_error(context.get()), {}));
  }
  UtcTime until = UtcTime::max();
  if (native_->demand == Revocation::hard) {
    const STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i + 1 < sk_X509_num(path); ++i) {
      until = std::min(until, native_->next_update(*sk_X509_value(path, i)));
    }
  }
  return until;
}

}  // namespace ut::tls
