#include "tools/ut-lab/secret_journal.h"

#include "base/encoding.h"
#include "tools/ut-lab/certificates.h"

#include <openssl/ssl.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace ut::lab {
namespace {

constexpr std::size_t kMostEntries = 10'000;

// Where a context keeps its journal; Asio has the application data for itself.
int journal_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

void SecretJournal::add(std::string_view name, ByteView octets) {
  if (!enabled_) {
    return;
  }
  if (entries_.size() >= kMostEntries) {
    entries_.pop_front();
  }
  entries_.push_back({std::string(name), SecretBytes::copy_of(octets)});
}

void SecretJournal::add_digits(std::string_view name, ByteView digits) {
  if (const auto octets = from_hex({reinterpret_cast<const char*>(digits.data()), digits.size()})) {
    add(name, *octets);
  }
}

void SecretJournal::listen(SSL_CTX* context) {
  if (!enabled_) {
    return;
  }
  if (journal_index() < 0 || SSL_CTX_set_ex_data(context, journal_index(), this) != 1) {
    throw std::runtime_error("key log: " + openssl_error());
  }
  SSL_CTX_set_keylog_callback(context, &SecretJournal::on_key_log_line);
}

// "LABEL <hex of the client's random> <hex of the secret>"
void SecretJournal::on_key_log_line(const SSL* ssl, const char* line) {
  auto* const journal =
      static_cast<SecretJournal*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), journal_index()));
  const std::string_view text(line);
  const auto label = text.substr(0, text.find(' '));
  const auto secret = from_hex(text.substr(text.rfind(' ') + 1));
  if (journal != nullptr && secret) {
    journal->add(label == "CLIENT_RANDOM" ? "TLS_MASTER_SECRET" : "TLS_" + std::string(label),
                 *secret);
  }
}

std::string SecretJournal::json() const {
  auto list = nlohmann::json::array();
  for (const auto& entry : entries_) {
    list.push_back({{"name", entry.name}, {"octets", to_hex(entry.octets.expose())}});
  }
  return list.dump();
}

}  // namespace ut::lab
