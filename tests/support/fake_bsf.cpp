#include "tests/support/fake_bsf.h"

#include "agent/gba/aka_nonce.h"
#include "base/encoding.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <stdexcept>
#include <utility>

namespace ut::test {
namespace asio = boost::asio;
using asio::ip::tcp;
using ub::HttpResponse;

namespace {

std::string text(const gba::AuthParameters& parameters, std::string_view name) {
  const auto* value = gba::find(parameters, name);
  return value == nullptr ? std::string() : *value;
}

Bytes nonce_octets(std::uint8_t number) {
  Bytes octets(16, number);
  octets.resize(32, 0xa0);
  return octets;
}

gba::DigestUse use_of(const gba::AuthParameters& parameters) {
  return {.nonce = text(parameters, "nonce"),
          .nc = 1,
          .cnonce = text(parameters, "cnonce"),
          .qop = gba::Qop::auth_int,
          .uri = "/"};
}

}  // namespace

std::string FakeBsf::nonce(std::uint8_t number) {
  return to_base64(nonce_octets(number));
}

std::string FakeBsf::b_tid(std::uint8_t number) {
  return to_base64(Bytes(16, number)) + "@bsf.home1.net";
}

HttpResponse FakeBsf::answer(std::string_view authorization) {
  const std::vector<std::string_view> fields{authorization};
  const auto read = gba::parse_challenges(fields);
  HttpResponse response;
  if (!read || read->size() != 1 || read->front().scheme != "digest") {
    response.status = 400;
  } else {
    requests.push_back(read->front().parameters);
    response = judge(requests.back());
  }
  if (knows_tmpi) {
    response.headers.push_back({"Server", "FakeBsf/1.0 3gpp-gba-tmpi"});
  }
  if (spoil) {
    spoil(response);
  }
  return response;
}

HttpResponse FakeBsf::challenge() {
  return {401,
          {{"WWW-Authenticate", "Digest realm=\"" + realm + "\", nonce=\"" + nonce(++challenges_) +
                                    "\", algorithm=AKAv1-MD5, qop=\"auth-int\", opaque=\"5ccc\""}},
          {}};
}

HttpResponse FakeBsf::judge(const gba::AuthParameters& parameters) {
  const std::string name = text(parameters, "username");
  if (name != username && (tmpi.empty() || name != tmpi)) {
    return {403, {}, {}};
  }
  if (text(parameters, "nonce").empty()) {
    return challenge();
  }
  const auto nonce = gba::decode_aka_nonce(text(parameters, "nonce"));
  const auto* auts = gba::find(parameters, "auts");
  const Bytes password = auts != nullptr || !nonce ? Bytes() : res(nonce->rand);
  const auto ha1 = gba::Ha1::make(gba::DigestAlgorithm::akav1_md5, name, realm, password);
  const auto hash = gba::body_hash(gba::DigestAlgorithm::akav1_md5, {});
  const bool right =
      nonce && text(parameters, "realm") == realm && text(parameters, "qop") == "auth-int" &&
      text(parameters, "nc") == "00000001" && text(parameters, "algorithm") == "AKAv1-MD5" &&
      text(parameters, "opaque") == "5ccc" &&
      text(parameters, "response") == gba::digest_response(ha1, use_of(parameters), "GET", hash);
  if (!right || auts != nullptr) {
    return challenge();
  }
  return success(parameters, nonce->rand.view().front());
}

HttpResponse FakeBsf::success(const gba::AuthParameters& parameters, std::uint8_t number) {
  HttpResponse response{200, {{"Content-Type", "application/vnd.3gpp.bsf+xml"}}, {}};
  response.body = "<BootstrappingInfo xmlns=\"uri:3gpp-gba\"><btid>" + b_tid(number) +
                  b_tid_suffix + "</btid><lifetime>" + lifetime + "</lifetime>" +
                  (extension.empty() ? "" : "<Extension>" + extension + "</Extension>") +
                  "</BootstrappingInfo>";
  const auto use = use_of(parameters);
  const auto nonce = gba::decode_aka_nonce(use.nonce);
  const auto ha1 = gba::Ha1::make(gba::DigestAlgorithm::akav1_md5, text(parameters, "username"),
                                  realm, res(nonce->rand));
  const auto hash = gba::body_hash(gba::DigestAlgorithm::akav1_md5, as_bytes(response.body));
  std::string info;
  if (rspauth) {
    info = "qop=auth-int, rspauth=\"" + gba::expected_rspauth(ha1, use, hash) + "\", cnonce=\"" +
           use.cnonce + "\", nc=00000001";
  }
  if (!nextnonce.empty()) {
    info += (info.empty() ? "nextnonce=\"" : ", nextnonce=\"") + nextnonce + "\"";
  }
  if (!info.empty()) {
    response.headers.push_back({"Authentication-Info", info});
  }
  return response;
}

ports::Task<Result<HttpResponse>> FakeHttpClient::get(ub::HttpRequest request) {
  ++requests_;
  const auto network = networks_;
  while (network == networks_ && gate_.expiry() == asio::steady_timer::time_point::max()) {
    (void)co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (network != networks_) {
    co_return fail(ErrorCode::ub_bsf_unreachable, "Ub request");
  }
  co_return handler_(request);
}

void FakeHttpClient::network_changed() {
  ++networks_;
  gate_.cancel();
}

struct LoopbackServer::State {
  State(asio::io_context& io, Handler with)
      : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        handler(std::move(with)) {}
  tcp::acceptor acceptor;
  Handler handler;
  std::vector<std::weak_ptr<tcp::socket>> sockets;
  unsigned connections = 0;
  unsigned open = 0;

  static asio::awaitable<void> serve(std::shared_ptr<State> self,
                                     std::shared_ptr<tcp::socket> socket) {
    std::string input;
    for (;;) {
      const auto [error, size] = co_await asio::async_read_until(
          *socket, asio::dynamic_buffer(input), "\r\n\r\n", asio::as_tuple(asio::use_awaitable));
      if (error) {
        break;
      }
      const std::string head = input.substr(0, size);
      input.erase(0, size);
      const Answer answer = self->handler(head);
      const auto [write_error, written] = co_await asio::async_write(
          *socket, asio::buffer(answer.octets), asio::as_tuple(asio::use_awaitable));
      if (write_error || answer.close) {
        break;
      }
    }
    --self->open;
  }

  static asio::awaitable<void> accept(std::shared_ptr<State> self) {
    for (;;) {
      auto [error, socket] =
          co_await self->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error) {
        co_return;
      }
      ++self->connections;
      ++self->open;
      auto shared = std::make_shared<tcp::socket>(std::move(socket));
      self->sockets.push_back(shared);
      asio::co_spawn(self->acceptor.get_executor(), serve(self, shared), asio::detached);
    }
  }
};

LoopbackServer::LoopbackServer(asio::io_context& io, Handler handler)
    : state_(std::make_shared<State>(io, std::move(handler))) {
  asio::co_spawn(io, State::accept(state_), asio::detached);
}

LoopbackServer::~LoopbackServer() {
  state_->acceptor.close();
  for (const auto& weak : state_->sockets) {
    if (const auto socket = weak.lock()) {
      socket->close();
    }
  }
}

std::string LoopbackServer::address() const {
  return "127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
}

unsigned LoopbackServer::connections() const {
  return state_->connections;
}

unsigned LoopbackServer::open_connections() const {
  return state_->open;
}

std::string to_octets(const HttpResponse& response) {
  std::string octets = "HTTP/1.1 " + std::to_string(response.status) + " Whatever\r\n";
  for (const auto& header : response.headers) {
    octets += header.name + ": " + header.value + "\r\n";
  }
  return octets + "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" +
         response.body;
}

std::string field_of(const std::string& head, std::string_view name) {
  const auto at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) {
    return {};
  }
  const auto start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

}  // namespace ut::test
