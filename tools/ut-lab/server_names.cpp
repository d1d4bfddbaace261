#include "tools/ut-lab/server_names.h"

#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/crypto.h"
#include "tools/ut-lab/http.h"

#include <openssl/ssl.h>

#include <stdexcept>
#include <string_view>

namespace ut::lab {
namespace {

int name_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// OpenSSL tells it later only: after it has asked for the PSK of TLS 1.3.
std::string_view server_name(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  constexpr std::size_t kBeforeName = 5;  // length of the list, type, length of the name
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1 ||
      size <= kBeforeName) {
    return {};
  }
  return {reinterpret_cast<const char*>(data) + kBeforeName, size - kBeforeName};
}

bool choose(SSL* ssl, const std::string& name) {
  const std::string id = hash_hex(Hash::sha256, {as_bytes(name)}).substr(0, 32);
  return SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(id.data()),
                                    static_cast<unsigned>(id.size())) == 1 &&
         SSL_set_ex_data(ssl, name_index(), const_cast<std::string*>(&name)) == 1;
}

int on_client_hello(SSL* ssl, int* alert, void* names) {
  const auto wanted = server_name(ssl);
  for (const auto& name : *static_cast<const std::vector<std::string>*>(names)) {
    if (equal_ignoring_case(name, wanted)) {
      return choose(ssl, name) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
    }
  }
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_CLIENT_HELLO_ERROR;
}

// The terminal is told that the name counted.
int acknowledge(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void demand_server_name(SSL_CTX* context, const std::vector<std::string>& names) {
  if (name_index() < 0) {
    throw std::runtime_error("server_name: " + openssl_error());
  }
  SSL_CTX_set_client_hello_cb(context, on_client_hello,
                              const_cast<std::vector<std::string>*>(&names));
  SSL_CTX_set_tlsext_servername_callback(context, acknowledge);
}

const std::string& host_name_of(const SSL* ssl) {
  static const std::string kNone;
  const auto* name = static_cast<const std::string*>(SSL_get_ex_data(ssl, name_index()));
  return name == nullptr ? kNone : *name;
}

}  // namespace ut::lab
