#include "tools/ut-lab/client_certificates.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

namespace ut::lab {
namespace {

void require(bool done, const std::string& what) {
  if (!done) {
    throw std::runtime_error(what + ": " + openssl_error());
  }
}

// Where a context keeps whose it is; Asio has the application data for itself.
int owner_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Marks a context that does not ask.
int passing_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

const ClientCertificates* owner_of(const SSL* ssl) {
  return static_cast<const ClientCertificates*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), owner_index()));
}

UtcTime end_of(const X509* certificate) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::from_time_t(timegm(&end)));
}

}  // namespace

ClientCertificates::ClientCertificates(const NafConfig& naf, const CertificateAuthority& ca,
                                       const SubscriberCertificates& certificates,
                                       const Clock& clock)
    : wanted_(naf.client_certificate),
      demanded_(naf.client_certificate_alone()),
      ca_file_(naf.client_ca_file),
      ca_(ca),
      certificates_(certificates),
      clock_(clock) {}

void ClientCertificates::listen(SSL_CTX* context) {
  if (!wanted_) {
    return;
  }
  // A store of its own: the subscribers' CAs have no part in the server's chain.
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  require(store && X509_STORE_add_cert(store.get(), ca_.certificate()) == 1 &&
              SSL_CTX_add_client_CA(context, ca_.certificate()) == 1,
          "subscriber CA");
  if (!ca_file_.empty()) {
    auto* names = SSL_CTX_get_client_CA_list(context);
    require(X509_STORE_load_file(store.get(), ca_file_.c_str()) == 1 &&
                SSL_add_file_cert_subjects_to_stack(names, ca_file_.c_str()) == 1,
            "client_ca_file " + ca_file_);
  }
  require(SSL_CTX_set1_verify_cert_store(context, store.get()) == 1 && owner_index() >= 0 &&
              SSL_CTX_set_ex_data(context, owner_index(), this) == 1 &&
              SSL_CTX_set_session_ticket_cb(context, &ClientCertificates::on_ticket, nullptr,
                                            nullptr) == 1,
          "client certificates");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (demanded_ ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     &ClientCertificates::on_certificate);
}

void ClientCertificates::pass(SSL_CTX* context) {
  require(passing_index() >= 0 && SSL_CTX_set_ex_data(context, passing_index(), this) == 1,
          "client certificates");
}

std::optional<ClientCertificate> ClientCertificates::of(const SSL* ssl) const {
  if (SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), passing_index()) != nullptr) {
    return ClientCertificate{.asked = false};
  }
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) {
    return std::nullopt;
  }
  return ClientCertificate{
      .common_name = common_name_in(X509_get_subject_name(certificate)).value_or(""),
      .objection = objection(certificate)};
}

std::string ClientCertificates::objection(const X509* certificate) const {
  if (certificates_.revoked(serial_of(certificate))) {
    return "the client certificate was revoked";
  }
  return end_of(certificate) <= clock_.utc() ? "the client certificate has expired" : "";
}

void ClientCertificates::limit(SSL_SESSION* session, const X509* certificate) const {
  const auto left = std::max<std::chrono::seconds>(end_of(certificate) - clock_.utc(), {});
  SSL_SESSION_set_timeout(
      session, std::min(SSL_SESSION_get_timeout(session), static_cast<long>(left.count())));
}

int ClientCertificates::on_certificate(int right, X509_STORE_CTX* chain) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* const owner = owner_of(ssl);
  if (right != 1 || owner == nullptr || X509_STORE_CTX_get_error_depth(chain) != 0) {
    return right;
  }
  const X509* certificate = X509_STORE_CTX_get_current_cert(chain);
  if (owner->certificates_.revoked(serial_of(certificate))) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REVOKED);
    return 0;
  }
  owner->limit(SSL_get_session(ssl), certificate);
  return 1;
}

// TLS 1.3 begins the time of a session anew with each ticket.
int ClientCertificates::on_ticket(SSL* ssl, void*) {
  const auto* const owner = owner_of(ssl);
  SSL_SESSION* session = SSL_get_session(ssl);
  const X509* certificate = session == nullptr ? nullptr : SSL_SESSION_get0_peer(session);
  if (owner != nullptr && certificate != nullptr) {
    owner->limit(session, certificate);
  }
  return 1;
}

}  // namespace ut::lab
