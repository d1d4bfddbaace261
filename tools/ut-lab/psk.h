// The NAF's side of PSK TLS with GBA keys (TS 33.222 clause 5.4, TS 24.109 clause 5.3.3): hint,
// identity and Ks_NAF, for TLS 1.2 and TLS 1.3.
#pragma once

#include "base/secret.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/gba_keys.h"
#include "tools/ut-lab/naf.h"
#include "tools/ut-lab/secret_journal.h"
#include "tools/ut-lab/stats.h"

#include <openssl/types.h>

#include <optional>
#include <string>
#include <string_view>

struct ssl_session_st;

namespace ut::lab {

// The B-TID of a psk_identity: "3GPP-bootstrapping", ';' or '.', B-TID; nullopt for anything else.
std::optional<std::string_view> b_tid_of_psk_identity(std::string_view identity);

class PskServer {
 public:
  // `journal` may be null; what is given must outlive this, and this the contexts that listen.
  PskServer(const NafConfig& naf, const Associations& associations, Faults& faults, Stats& stats,
            SecretJournal* journal);
  PskServer(const PskServer&) = delete;
  PskServer& operator=(const PskServer&) = delete;

  // Connections of `context` may be authenticated by PSK.
  void listen(SSL_CTX* context);
  // The hint of this connection, before its handshake: that of the configuration or of a fault.
  void give_hint(SSL* ssl);

  // Whose key a connection stands on after its handshake, also when its session was resumed;
  // nullopt: no PSK.
  static std::optional<std::string> b_tid_of(const SSL* ssl);
  // OpenSSL counts every PSK of TLS 1.3 as a resumption; this leaves those out that came from here.
  static bool resumed(const SSL* ssl);

 private:
  static unsigned on_tls12(SSL* ssl, const char* identity, unsigned char* key, unsigned room);
  static int on_tls13(SSL* ssl, const unsigned char* identity, std::size_t size,
                      ssl_session_st** session);

  // The key of this identity and NAF_Id; empty when there is none.
  SecretBytes key(const std::string& naf, std::string_view identity, const Bytes& naf_id);

  std::string name_;  // of the port
  std::string hint_;
  const Associations& associations_;
  Faults& faults_;
  Stats& stats_;
  SecretJournal* journal_;
};

}  // namespace ut::lab
