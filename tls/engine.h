// The inside of a Stream: wolfSSL between two octet buffers, without any waiting. Only
// tls/stream_operations.h and tls/stream.cpp use it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tls/certificate.h"
#include "tls/context.h"
#include "tls/external_key.h"
#include "tls/negotiated.h"
#include "tls/psk.h"
#include "tls/server_flight.h"
#include "tls/wolfssl_callbacks.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace ut::tls {

// What an operation does next.
enum class Step : std::uint8_t { done, want_input, want_key, failed };

class Engine {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using ErrorCodeOfAsio = boost::system::error_code;

  static Result<std::shared_ptr<Engine>> create(std::shared_ptr<Context> context, Socket socket,
                                                Peer peer);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Each takes what has been received and leaves in the send buffer what is to be sent. `code`
  // is set when the step is `failed`, and when it is `want_key`: the handshake goes on with another
  // connect() after give_key(), and whoever does not know that has failed.
  Step connect(ErrorCodeOfAsio& code);
  Step read(std::span<std::uint8_t> to, std::size_t& octets, ErrorCodeOfAsio& code);
  Step write(std::span<const ByteView> from, std::size_t& octets, ErrorCodeOfAsio& code);
  void close_notify();

  // The handshake waits for the pre-shared key of this request.
  bool wants_key() const;
  PskRequest key_request() const;
  void give_key(Psk psk);
  // Ends the handshake because there is no key; gives the code of the error.
  ErrorCodeOfAsio refuse_key(Error error);

  // Where the next receive writes, and what it gave.
  boost::asio::mutable_buffer receive_space();
  void received(const ErrorCodeOfAsio& code, std::size_t octets);

  // What is to be sent; between begin_send and sent the octets stay where they are.
  bool has_unsent() const;
  boost::asio::const_buffer begin_send();
  void sent(std::size_t octets);
  // Sends what the kernel takes at once; what is left goes with the next write.
  void flush_now();

  bool still_idle();
  void forget_session();
  void close();

  Socket& socket() { return socket_; }
  const Peer& peer() const { return peer_; }
  const Negotiated& negotiated() const { return negotiated_; }
  Error error(const ErrorCodeOfAsio& code, std::string_view where) const;

 private:
  struct Native;
  friend int on_receive(WOLFSSL*, char*, int, void*);
  friend int on_send(WOLFSSL*, char*, int, void*);
  friend int on_verify(int, WOLFSSL_X509_STORE_CTX*);
  friend int on_certificate_request(WOLFSSL*, void*);
  friend int on_sign(WOLFSSL*, const ToSign&, unsigned char*, unsigned*);
  friend int on_check_rsa(WOLFSSL*, unsigned char*, unsigned, unsigned char**, const unsigned char*,
                          unsigned, void*);
  friend int on_check_rsa_pss(WOLFSSL*, unsigned char*, unsigned, unsigned char**, int, int,
                              const unsigned char*, unsigned, void*);
  friend unsigned on_psk(WOLFSSL*, const char*, char*, unsigned, unsigned char*, unsigned);

  Engine(std::shared_ptr<Context> context, Socket socket, Peer peer);

  Result<void> prepare();
  void offer_session();
  void keep_session();
  SessionKey session_key() const;
  int take_received(std::span<std::uint8_t> to);
  bool judge_certificates(int library_error, int depth, std::span<const ByteView> chain);
  Result<void> inspect();
  Result<void> expect_authenticated(Version version) const;
  Error handshake_error(int library_error);
  Error record_error(int library_error);
  ErrorCodeOfAsio fail_with(Error error);
  void refuse_in_the_clear(std::uint8_t alert);
  bool uses_psk() const;
  bool asks_status() const;
  Result<void> expect_pinned(ByteView leaf) const;
  bool offers_tls12_session() const;
  Error alert_error(int alert) const;
  bool refuses_our_certificate(int alert) const;
  unsigned put_psk(std::span<char> identity, std::span<std::uint8_t> key);
  void wipe_psk();

  std::shared_ptr<Context> context_;
  Socket socket_;
  Peer peer_;
  Negotiated negotiated_;
  std::optional<Session> offered_session_;
  std::optional<ServerFlight> flight_;
  std::optional<Session> session_;  // what a ticket of this connection will be kept with
  std::optional<CertificateSummary> certificate_;
  std::optional<Error> failure_;
  ErrorCodeOfAsio received_end_;    // of the socket
  ErrorCodeOfAsio read_end_;        // of the TLS connection
  std::optional<Psk> psk_;          // for the handshake alone
  bool psk_used_ = false;           // the library took it
  bool certificate_asked_ = false;  // of us
  bool new_ticket_ = false;
  std::unique_ptr<Native> native_;
};

}  // namespace ut::tls
