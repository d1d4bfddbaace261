#include "tools/ut-lab/psk.h"

#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/server_names.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

namespace ut::lab {
namespace {

constexpr std::string_view kNameSpace = "3GPP-bootstrapping";
constexpr std::string_view kOtherNameSpace = "3GPP-bootstrapping-uicc";
// What an external PSK of TLS 1.3 goes with: SHA-256 (RFC 8446 section 4.2.11).
constexpr unsigned char kTls13Suite[] = {0x13, 0x01};

// Where a context keeps its server; Asio has the application data for itself.
int server_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Marks a connection that got an external PSK of TLS 1.3.
int external_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

PskServer* server_of(const SSL* ssl) {
  return static_cast<PskServer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), server_index()));
}

// Kept with the session, so that a resumed one still says whose it is.
bool note_b_tid(SSL_SESSION* session, std::string_view b_tid) {
  return session != nullptr &&
         SSL_SESSION_set1_ticket_appdata(session, b_tid.data(), b_tid.size()) == 1;
}

std::string joined(const std::vector<std::string>& hints) {
  std::string text;
  for (const auto& hint : hints) {
    text += (text.empty() ? "" : ";") + hint;
  }
  return text;
}

}  // namespace

std::optional<std::string_view> b_tid_of_psk_identity(std::string_view identity) {
  if (!identity.starts_with(kNameSpace)) {
    return std::nullopt;
  }
  identity.remove_prefix(kNameSpace.size());
  if (identity.size() < 2 || (identity.front() != ';' && identity.front() != '.')) {
    return std::nullopt;
  }
  return identity.substr(1);
}

PskServer::PskServer(const NafConfig& naf, const Associations& associations, Faults& faults,
                     Stats& stats, SecretJournal* journal)
    : name_(naf.name),
      hint_(joined(naf.psk_hints)),
      associations_(associations),
      faults_(faults),
      stats_(stats),
      journal_(journal) {}

void PskServer::listen(SSL_CTX* context) {
  if (server_index() < 0 || SSL_CTX_set_ex_data(context, server_index(), this) != 1) {
    throw std::runtime_error("PSK: " + openssl_error());
  }
  SSL_CTX_set_psk_server_callback(context, &PskServer::on_tls12);
  SSL_CTX_set_psk_find_session_callback(context, &PskServer::on_tls13);
}

void PskServer::give_hint(SSL* ssl) {
  std::string hint = hint_;
  if (faults_.take(Fault::psk_no_hint, name_)) {
    hint.clear();
  } else if (faults_.take(Fault::psk_other_hint, name_)) {
    hint = kOtherNameSpace;
  } else if (faults_.take(Fault::psk_foreign_hint, name_)) {
    hint = "bank";
  } else if (faults_.take(Fault::psk_several_hints, name_)) {
    hint = std::string(kOtherNameSpace).append(";").append(kNameSpace);
  }
  SSL_use_psk_identity_hint(ssl, hint.empty() ? nullptr : hint.c_str());
}

std::optional<std::string> PskServer::b_tid_of(const SSL* ssl) {
  void* data = nullptr;
  std::size_t size = 0;
  auto* session = SSL_get_session(ssl);
  if (session == nullptr || SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 ||
      size == 0) {
    return std::nullopt;
  }
  return std::string(static_cast<const char*>(data), size);
}

bool PskServer::resumed(const SSL* ssl) {
  return SSL_session_reused(ssl) == 1 && SSL_get_ex_data(ssl, external_index()) == nullptr;
}

SecretBytes PskServer::key(const std::string& naf, std::string_view identity, const Bytes& naf_id) {
  auto& stats = stats_.nafs[naf];
  const auto b_tid = b_tid_of_psk_identity(identity);
  if (!b_tid) {
    stats_.finding(naf, "psk_identity is not 3GPP-bootstrapping, separator, B-TID");
    return {};
  }
  const auto association = associations_.find(*b_tid);
  if (!association || associations_.expired(*association) ||
      faults_.take(Fault::psk_unknown_identity, naf)) {
    ++stats.psk_unknown_identities;
    return {};
  }
  auto octets = ks_naf(association->ks.expose(), association->rand, association->impi, naf_id);
  if (journal_ != nullptr) {
    journal_->add("Ks_NAF", octets.expose());
  }
  if (faults_.take(Fault::psk_wrong_key, naf)) {
    octets.expose_mutable().front() ^= 1;
  }
  return octets;
}

unsigned PskServer::on_tls12(SSL* ssl, const char* identity, unsigned char* key, unsigned room) {
  auto* const server = server_of(ssl);
  const SSL_CIPHER* suite = SSL_get_pending_cipher(ssl);
  // OpenSSL asks here for TLS 1.3 too when on_tls13 knew nothing.
  if (server == nullptr || suite == nullptr || SSL_version(ssl) != TLS1_2_VERSION) {
    return 0;
  }
  const auto& naf = host_name_of(ssl);
  const auto octets = server->key(naf, identity, naf_id(naf, SSL_CIPHER_get_protocol_id(suite)));
  const auto b_tid = b_tid_of_psk_identity(identity);
  if (octets.empty() || octets.size() > room || !note_b_tid(SSL_get_session(ssl), *b_tid)) {
    return 0;
  }
  std::ranges::copy(octets.expose(), key);
  return static_cast<unsigned>(octets.size());
}

int PskServer::on_tls13(SSL* ssl, const unsigned char* identity, std::size_t size,
                        SSL_SESSION** session) {
  *session = nullptr;
  auto* const server = server_of(ssl);
  const std::string_view text(reinterpret_cast<const char*>(identity), size);
  // A ticket comes by this way too.
  if (server == nullptr || !text.starts_with(kNameSpace)) {
    return 1;
  }
  const auto& naf = host_name_of(ssl);
  const auto octets = server->key(naf, text, naf_id_of_psk_tls13(naf));
  if (octets.empty()) {
    return 1;
  }
  SSL_SESSION* made = SSL_SESSION_new();
  if (made == nullptr ||
      SSL_SESSION_set1_master_key(made, octets.expose().data(), octets.size()) != 1 ||
      SSL_SESSION_set_cipher(made, SSL_CIPHER_find(ssl, kTls13Suite)) != 1 ||
      SSL_SESSION_set_protocol_version(made, TLS1_3_VERSION) != 1 ||
      !note_b_tid(made, *b_tid_of_psk_identity(text))) {
    SSL_SESSION_free(made);
    return 0;
  }
  SSL_set_ex_data(ssl, external_index(), server);
  *session = made;
  return 1;
}

}  // namespace ut::lab
