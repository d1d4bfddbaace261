// A client certificate as wolfSSL takes it.
#pragma once

#include "tls/client_certificate.h"

struct WOLFSSL_CTX;

namespace ut::tls {

// Whether the library took certificate and key. It keeps its copy of the key on its heap, in locked
// memory.
bool load(WOLFSSL_CTX* ctx, const ClientCertificate& certificate);

}  // namespace ut::tls
