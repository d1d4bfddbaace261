// The secrets that the lab's network elements made, by name: tests look for them where they must
// not be, such as in a terminal's memory. Empty unless `reveal_secrets` is set.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <openssl/types.h>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace ut::lab {

class SecretJournal {
 public:
  // Nothing is kept unless `enabled`.
  explicit SecretJournal(bool enabled) : enabled_(enabled) {}

  bool enabled() const { return enabled_; }

  // The oldest ones go when there are very many.
  void add(std::string_view name, ByteView octets);

  // The same for a secret that the lab has as hexadecimal digits, as it has HA1.
  void add_digits(std::string_view name, ByteView digits);

  // Adds the secrets of every connection of `context`, which must not outlive this: names are those
  // of the NSS key log with "TLS_" before them, such as TLS_CLIENT_TRAFFIC_SECRET_0; of TLS 1.2 the
  // master secret as TLS_MASTER_SECRET. Throws std::runtime_error when OpenSSL refuses.
  void listen(SSL_CTX* context);

  // [{"name": "Ks", "octets": hexadecimal digits}, ...], oldest first.
  std::string json() const;

 private:
  struct Entry {
    std::string name;
    SecretBytes octets;
  };

  static void on_key_log_line(const SSL* ssl, const char* line);

  bool enabled_;
  std::deque<Entry> entries_;
};

}  // namespace ut::lab
