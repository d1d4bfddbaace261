// A BSF for conversations: its rules are its own, its arithmetic is agent/gba's, which the vectors
// pin. As a fake HttpClient, and as a server on the loopback.
#pragma once

#include "agent/gba/digest.h"
#include "agent/ub/http_client.h"
#include "tests/support/fake_ports.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ut::test {

class FakeBsf {
 public:
  std::string realm = "bsf.home1.net";
  std::string username = "user1_private@home1.net";
  std::string tmpi{};       // another name of the subscriber; empty: none is known
  bool knows_tmpi = false;  // says so in Server
  std::string lifetime = "2026-03-01T01:00:00Z";
  std::string b_tid_suffix{};  // what the B-TID ends with beside the BSF's name
  std::string extension{};     // content of <Extension>; empty: none
  std::string nextnonce{};     // sent in Authentication-Info unless empty
  bool rspauth = true;
  // RES that it expects for a RAND.
  std::function<Bytes(const isim::Rand&)> res = fake_res;
  // Changes an answer before it leaves.
  std::function<void(ub::HttpResponse&)> spoil{};

  // Answers one GET by the value of its Authorization.
  ub::HttpResponse answer(std::string_view authorization);

  // base64(RAND || AUTN) of the challenge with this number, counted from 1.
  static std::string nonce(std::uint8_t number);
  static std::string b_tid(std::uint8_t number);

  std::vector<gba::AuthParameters> requests{};  // the Authorization of each, read

 private:
  ub::HttpResponse challenge();
  ub::HttpResponse judge(const gba::AuthParameters& parameters);
  ub::HttpResponse success(const gba::AuthParameters& parameters, std::uint8_t number);
  std::uint8_t challenges_ = 0;
};

// An HttpClient in front of a handler. While it is held, requests wait for release().
class FakeHttpClient final : public ub::HttpClient {
 public:
  using Handler = std::function<Result<ub::HttpResponse>(const ub::HttpRequest&)>;

  FakeHttpClient(boost::asio::io_context& io, Handler handler)
      : gate_(io, boost::asio::steady_timer::time_point::min()), handler_(std::move(handler)) {}

  ports::Task<Result<ub::HttpResponse>> get(ub::HttpRequest request) override;
  void disconnect() override { ++disconnects_; }
  // Ends what is held as a client does whose connections are of the old network.
  void network_changed() override;

  void hold() { gate_.expires_at(boost::asio::steady_timer::time_point::max()); }
  void release() { gate_.expires_at(boost::asio::steady_timer::time_point::min()); }
  void set_handler(Handler handler) { handler_ = std::move(handler); }
  unsigned requests() const { return requests_; }
  unsigned disconnects() const { return disconnects_; }

 private:
  boost::asio::steady_timer gate_;
  Handler handler_;
  unsigned requests_ = 0;
  unsigned disconnects_ = 0;
  unsigned networks_ = 1;
};

// Serves raw HTTP/1.1 on 127.0.0.1. The handler gets the head of a request and gives the octets to
// send; an empty answer keeps the client waiting.
class LoopbackServer {
 public:
  struct Answer {
    std::string octets;
    bool close = false;  // after sending
  };
  using Handler = std::function<Answer(const std::string& head)>;

  LoopbackServer(boost::asio::io_context& io, Handler handler);
  ~LoopbackServer();
  std::string address() const;  // "127.0.0.1:port"
  unsigned connections() const;
  unsigned open_connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// An answer as octets, with Content-Length.
std::string to_octets(const ub::HttpResponse& response);
// The value of a field in the head of a request; empty when there is none.
std::string field_of(const std::string& head, std::string_view name);

}  // namespace ut::test
