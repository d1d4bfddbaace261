// The names that a TLS server goes by: which one a terminal asks for (RFC 6066 section 3).
#pragma once

#include <openssl/types.h>

#include <string>
#include <vector>

namespace ut::lab {

// Connections of `context` must say by server_name one of `names`, as the key depends on it; a
// session is resumed for its own name alone. `names` must outlive the context. Throws
// std::runtime_error with OpenSSL's reason.
void demand_server_name(SSL_CTX* context, const std::vector<std::string>& names);

// The one of `names` that the ClientHello asked for; "" before that.
const std::string& host_name_of(const SSL* ssl);

}  // namespace ut::lab
