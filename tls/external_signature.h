// Signatures of a key that is elsewhere, as TLS has them, and the look that is taken at each with
// the certificate: a token that was changed or fails must not speak for us [UA-7].
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tls/external_key.h"

#include <cstdint>
#include <span>

namespace ut::tls {

// The signature, for ecdsa as the DER of RFC 3279 clause 2.2.3, after it was verified with the
// public key of `certificate` (DER). tls_client_certificate_unusable when it does not verify, and
// the errors of `key`.
Result<Bytes> sign(ExternalKey& key, ByteView certificate, const ToSign& what);

// Whether `key` is that of `certificate`: it has to sign.
Result<void> prove_possession(ExternalKey& key, ByteView certificate);

// Opens an RSA signature in its place with the public key of `certificate`; empty when it is none
// of that key's. What is in it is a DigestInfo.
std::span<std::uint8_t> open_rsa(ByteView certificate, std::span<std::uint8_t> signature);
// What is in it is for wc_RsaPSS_CheckPadding; `hash` is a wc_HashType.
std::span<std::uint8_t> open_rsa_pss(ByteView certificate, std::span<std::uint8_t> signature,
                                     int hash);

}  // namespace ut::tls
