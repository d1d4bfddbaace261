// Certificates that their issuers took back, as CRLs list them (RFC 5280 clause 5) [UT-2].
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "tls/profile.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ut::tls {

// A set of CRLs.
class CrlSet {
 public:
  // PEM, any number of CRLs, or DER, one. tls_trust_unusable when there is none, when one cannot be
  // read, has no nextUpdate, or is signed otherwise than with RSA or ECDSA on SHA-256 or better.
  static Result<CrlSet> from_octets(ByteView octets);
  static Result<CrlSet> from_file(const std::string& path);

  // Names this set: equal for equal sets.
  const std::string& id() const { return id_; }
  // DER, one CRL each.
  const std::vector<Bytes>& lists() const { return lists_; }

 private:
  std::vector<Bytes> lists_;
  std::string id_;
};

// Judges a server's certificates by the CRLs of their issuers. Neither delta CRLs nor CRLs that
// another than the issuer signed (indirect ones) are looked at: they count as none.
class CrlJudge {
 public:
  // `trusted`: certificates (DER) of the CAs; one that cannot be read vouches for nobody.
  // `demand` is soft or hard. tls_trust_unusable when libcrypto does not take one of the CRLs.
  static Result<std::unique_ptr<CrlJudge>> create(std::span<const Bytes> trusted,
                                                  const CrlSet& crls, Revocation demand);
  ~CrlJudge();
  CrlJudge(const CrlJudge&) = delete;
  CrlJudge& operator=(const CrlJudge&) = delete;

  // `chain` as the server sent it, DER, its own certificate first. Every certificate below the
  // trusted one that the path ends at is looked up. Gives the time until which this answer holds:
  // the earliest nextUpdate of the CRLs where they are demanded, else the end of time.
  //   tls_certificate_revoked    a CRL lists one of them, even where that CRL is out of date
  //   tls_certificate_untrusted  no path of good signatures, a CRL that its issuer did not sign, or
  //                              a certificate without a current CRL where one is demanded
  Result<UtcTime> check(std::span<const ByteView> chain) const;

 private:
  struct Native;
  explicit CrlJudge(std::unique_ptr<Native> native);

  std::unique_ptr<Native> native_;
};

}  // namespace ut::tls
