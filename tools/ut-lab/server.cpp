#include "tools/ut-lab/server.h"

#include "base/encoding.h"
#include "base/log.h"
#include "tools/ut-lab/application_server.h"
#include "tools/ut-lab/bsf.h"
#include "tools/ut-lab/client_certificates.h"
#include "tools/ut-lab/control.h"
#include "tools/ut-lab/hss.h"
#include "tools/ut-lab/http_stream.h"
#include "tools/ut-lab/naf.h"
#include "tools/ut-lab/portal.h"
#include "tools/ut-lab/proxy_client.h"
#include "tools/ut-lab/psk.h"
#include "tools/ut-lab/server_names.h"
#include "tools/ut-lab/subscriber_certificates.h"
#include "tools/ut-lab/tls_contexts.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>
#include <algorithm>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace ut::lab {
namespace {

// TCP RST instead of FIN.
void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

tcp::acceptor open_port(asio::io_context& io, std::uint16_t port) {
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port));
  return acceptor;
}

// An open connection to a NAF, as POST /close-idle sees it.
struct Connection {
  tcp::socket* socket = nullptr;
  bool busy = false;     // a request has begun to arrive or is being answered
  bool closing = false;  // to be ended in the proper way
};

}  // namespace

class Server::Implementation : public std::enable_shared_from_this<Server::Implementation> {
 public:
  Implementation(asio::io_context& io, Config config)
      : io_(io),
        journal_(config.reveal_secrets),
        hss_(std::move(config.subscribers), random_, &journal_),
        associations_(clock_),
        ca_(clock_.utc()),
        subscriber_ca_(clock_.utc(), "ut-lab subscriber CA"),
        store_(config.xcap_root),
        bsf_(std::move(config.bsf), hss_, associations_, faults_, stats_, clock_, &journal_),
        bsf_acceptor_(open_port(io, config.bsf_port)),
        bsf_port_(bsf_acceptor_.local_endpoint().port()),
        control_acceptor_(open_port(io, config.control_port)),
        control_(faults_, stats_, store_, journal_, names_of(config.nafs), hooks()) {
    for (const auto& naf : config.nafs) {
      if (naf.is_proxy()) {
        for (const auto& name : naf.proxy_names) {
          application_servers_.emplace_back(*this, name, config.xcap_root);
          stats_.application_servers[name];
        }
      }
      naf_ports_.emplace_back(*this, naf);
      for (const auto& name : naf.host_names()) {
        stats_.nafs[name];
      }
    }
  }

  void start() {
    asio::co_spawn(io_, accept_bsf(shared_from_this()), asio::detached);
    asio::co_spawn(io_, accept_control(shared_from_this()), asio::detached);
    for (auto& server : application_servers_) {
      asio::co_spawn(io_, accept_application_server(shared_from_this(), server), asio::detached);
    }
    for (auto& port : naf_ports_) {
      asio::co_spawn(io_, accept_naf(shared_from_this(), port), asio::detached);
    }
  }

  std::string describe(const std::string& ca_file, const std::string& subscriber_ca_file) const {
    const auto address = [](std::uint16_t port) {
      return nlohmann::json{{"address", "127.0.0.1"}, {"port", port}};
    };
    auto bsf = address(bsf_port_);
    bsf["name"] = bsf_.config().name;
    auto nafs = nlohmann::json::array();
    for (const auto& port : naf_ports_) {
      for (const auto& site : port.sites) {
        auto naf = address(port.acceptor.local_endpoint().port());
        naf["name"] = site.name();
        nafs.push_back(std::move(naf));
      }
    }
    auto servers = nlohmann::json::array();
    for (const auto& each : application_servers_) {
      auto server = address(each.acceptor.local_endpoint().port());
      server["name"] = each.server.name();
      servers.push_back(std::move(server));
    }
    auto subscribers = nlohmann::json::array();
    for (const auto& impi : hss_.impis()) {
      subscribers.push_back({{"impi", impi}, {"impus", *hss_.impus(impi)}});
    }
    return nlohmann::json{{"bsf", bsf},
                          {"nafs", nafs},
                          {"application_servers", servers},
                          {"control", address(control_acceptor_.local_endpoint().port())},
                          {"ca_file", ca_file},
                          {"subscriber_ca_file", subscriber_ca_file},
                          {"subscribers", subscribers},
                          {"pid", getpid()}}
        .dump();
  }

  std::string ca_pem() const { return ca_.pem(); }
  std::string subscriber_ca_pem() const { return subscriber_ca_.pem(); }

 private:
  using Self = std::shared_ptr<Implementation>;
  using TlsStream = asio::ssl::stream<tcp::socket>;

  struct ApplicationServerPort {
    ApplicationServerPort(Implementation& lab, std::string name, std::string xcap_root)
        : server(std::move(name), std::move(xcap_root), lab.stats_),
          acceptor(open_port(lab.io_, 0)) {}

    ApplicationServer server;
    tcp::acceptor acceptor;
  };

  // One FQDN of a port.
  struct Site {
    Site(Implementation& lab, const NafConfig& config)
        : application_server(config.is_proxy() ? lab.application_server(config.name) : nullptr),
          portal(config.name, config.certificate_lifetime, lab.subscriber_ca_,
                 lab.subscriber_certificates_, lab.faults_, lab.stats_, lab.clock_),
          naf(config, lab.hss_, lab.associations_, lab.store_, lab.faults_, lab.stats_, lab.clock_,
              &lab.journal_, config.pki_portal ? &portal : nullptr) {}
    const std::string& name() const { return naf.config().name; }

    const ApplicationServerPort* application_server;  // null: the NAF serves by itself
    Portal portal;
    Naf naf;
  };

  struct NafPort {
    NafPort(Implementation& lab, const NafConfig& port_config)
        : config(port_config),
          psk(config, lab.associations_, lab.faults_, lab.stats_, &lab.journal_),
          clients(config, lab.subscriber_ca_, lab.subscriber_certificates_, lab.clock_),
          contexts(config, lab.ca_, lab.clock_, psk, clients, &lab.journal_),
          acceptor(open_port(lab.io_, config.port)) {
      auto site = config;
      for (const auto& name : config.host_names()) {
        site.name = name;
        sites.emplace_back(lab, site);
      }
    }
    // What counts before a server_name has come, and faults of TLS, stand under the first name.
    const std::string& name() const { return config.name; }
    Site& site(std::string_view name) {
      const auto found = std::ranges::find(sites, name, &Site::name);
      return found == sites.end() ? sites.front() : *found;
    }

    NafConfig config;
    PskServer psk;
    ClientCertificates clients;
    TlsContexts contexts;
    tcp::acceptor acceptor;
    std::deque<Site> sites{};
    std::list<Connection> connections{};
  };

  // A connection's entry in its port's list, for as long as it is open.
  class Registration {
   public:
    Registration(Self lab, NafPort& port, tcp::socket& socket)
        : lab_(std::move(lab)),
          port_(port),
          entry_(port.connections.insert(port.connections.end(), Connection{&socket})) {
      ++lab_->stats_.nafs[port.name()].open_connections;
    }
    ~Registration() {
      --lab_->stats_.nafs[port_.name()].open_connections;
      port_.connections.erase(entry_);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Connection& entry() { return *entry_; }

   private:
    Self lab_;
    NafPort& port_;
    std::list<Connection>::iterator entry_;
  };

  static std::vector<std::string> names_of(const std::vector<NafConfig>& nafs) {
    std::vector<std::string> names;
    for (const auto& naf : nafs) {
      std::ranges::copy(naf.host_names(), std::back_inserter(names));
    }
    return names;
  }

  const ApplicationServerPort* application_server(std::string_view name) const {
    return &*std::ranges::find(application_servers_, name, [](const auto& each) {
      return std::string_view(each.server.name());
    });
  }

  ControlHooks hooks() {
    return {.faults_changed = [this] { open_or_close_bsf(); },
            .forget_keys =
                [this] {
                  associations_.forget_all();
                  bsf_.forget_challenges();
                  // A session of PSK TLS is one of the key.
                  for (auto& port : naf_ports_) {
                    if (port.config.psk) {
                      port.contexts.forget_sessions();
                    }
                  }
                },
            .forget_tmpis = [this] { bsf_.forget_tmpis(); },
            .forget_nonces =
                [this] {
                  for (auto& port : naf_ports_) {
                    for (auto& site : port.sites) {
                      site.naf.forget_nonces();
                    }
                  }
                },
            .forget_documents =
                [this] {
                  for (auto& each : application_servers_) {
                    each.server.forget_documents();
                  }
                },
            .forget_sessions =
                [this] {
                  for (auto& port : naf_ports_) {
                    port.contexts.forget_sessions();
                  }
                },
            .certificates = [this] { return subscriber_certificates_.json(); },
            .revoke =
                [this](std::string serial) {
                  subscriber_certificates_.revoke(std::move(serial));
                  // A session carries the certificate past the check of the handshake.
                  for (auto& port : naf_ports_) {
                    if (port.config.client_certificate) {
                      port.contexts.forget_sessions();
                    }
                  }
                },
            .forget_certificates = [this] { subscriber_certificates_.forget_all(); },
            .close_idle = [this](bool abrupt) { return close_idle(abrupt); },
            .ks_naf = [this](std::string_view b_tid, std::string_view naf,
                             std::uint16_t suite) { return ks_naf_text(b_tid, naf, suite); }};
  }

  std::optional<SecretBytes> ks_naf_text(std::string_view b_tid, std::string_view naf,
                                         std::uint16_t suite) const {
    const auto association = associations_.find(b_tid);
    if (!association || associations_.expired(*association)) {
      return std::nullopt;
    }
    const auto key =
        ks_naf(association->ks.expose(), association->rand, association->impi, naf_id(naf, suite));
    return to_base64_secret(key.expose());
  }

  std::size_t close_idle(bool abrupt) {
    std::size_t closed = 0;
    for (auto& port : naf_ports_) {
      for (auto& connection : port.connections) {
        if (connection.busy || connection.closing) {
          continue;
        }
        ++closed;
        error_code ignored;
        if (abrupt) {
          connection.socket->shutdown(tcp::socket::shutdown_both, ignored);
        } else {
          connection.closing = true;
          connection.socket->cancel(ignored);
        }
      }
    }
    return closed;
  }

  void open_or_close_bsf() {
    const bool down = faults_.is_set(Fault::bsf_down);
    if (down && bsf_acceptor_.is_open()) {
      error_code ignored;
      bsf_acceptor_.close(ignored);
    } else if (!down && !bsf_acceptor_.is_open()) {
      bsf_acceptor_ = open_port(io_, bsf_port_);
      asio::co_spawn(io_, accept_bsf(shared_from_this()), asio::detached);
    }
  }

  // The next connection; nullopt when the port was closed.
  static asio::awaitable<std::optional<tcp::socket>> accept(tcp::acceptor& acceptor) {
    while (acceptor.is_open()) {
      error_code error;
      auto socket =
          co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        co_return std::optional<tcp::socket>(std::move(socket));
      }
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
        break;
      }
      log::warning("lab.accept_failed", {{"reason", error.message()}});
    }
    co_return std::nullopt;
  }

  static asio::awaitable<void> accept_bsf(Self lab) {
    while (auto socket = co_await accept(lab->bsf_acceptor_)) {
      asio::co_spawn(lab->io_, serve_bsf(lab, std::move(*socket)), asio::detached);
    }
  }

  static asio::awaitable<void> accept_control(Self lab) {
    while (auto socket = co_await accept(lab->control_acceptor_)) {
      asio::co_spawn(lab->io_, serve_control(lab, std::move(*socket)), asio::detached);
    }
  }

  static asio::awaitable<void> accept_naf(Self lab, NafPort& port) {
    while (auto socket = co_await accept(port.acceptor)) {
      asio::co_spawn(lab->io_, serve_naf(lab, port, std::move(*socket)), asio::detached);
    }
  }

  static asio::awaitable<void> accept_application_server(Self lab, ApplicationServerPort& port) {
    while (auto socket = co_await accept(port.acceptor)) {
      asio::co_spawn(lab->io_, serve_application_server(lab, port, std::move(*socket)),
                     asio::detached);
    }
  }

  static asio::awaitable<void> wait(std::chrono::milliseconds delay) {
    asio::steady_timer timer(co_await asio::this_coro::executor, delay);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  static asio::awaitable<void> serve_bsf(Self lab, tcp::socket socket) {
    ++lab->stats_.bsf.connections;
    boost::beast::flat_buffer buffer;
    Count octets = 0;
    while (true) {
      auto received = co_await read_request(socket, buffer, octets);
      if (!received) {
        co_return;
      }
      if (lab->faults_.take(Fault::bsf_reset)) {
        reset(socket);
        co_return;
      }
      const auto slow = lab->faults_.take(Fault::bsf_slow);
      const auto response =
          received->malformed ? *received->malformed : lab->bsf_.answer(received->request);
      auto text = serialise(response, received->request.method == "HEAD", received->keep_alive);
      // The request was judged and counted when it came; the client may not wait for the answer.
      if (slow) {
        co_await wait(slow->delay);
      }
      if (lab->faults_.take(Fault::bsf_empty_answer)) {
        co_return;
      }
      if (!response.body.empty() && lab->faults_.take(Fault::bsf_lying_length)) {
        text.pop_back();
        co_await send(socket, std::move(text));
        co_return;
      }
      if (const auto drip = lab->faults_.take(Fault::bsf_drip)) {
        for (const char octet : text) {
          if (!co_await send(socket, std::string(1, octet))) {
            co_return;
          }
          co_await wait(drip->delay);
        }
      } else if (!co_await send(socket, std::move(text))) {
        co_return;
      }
      if (!received->keep_alive) {
        co_return;
      }
    }
  }

  static asio::awaitable<void> serve_control(Self lab, tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    Count octets = 0;
    while (true) {
      auto received = co_await read_request(socket, buffer, octets);
      if (!received) {
        co_return;
      }
      const auto response =
          received->malformed ? *received->malformed : lab->control_.answer(received->request);
      const bool sent = co_await send(socket, serialise(response, false, received->keep_alive));
      if (!sent || !received->keep_alive) {
        co_return;
      }
    }
  }

  static asio::awaitable<void> serve_application_server(Self lab, ApplicationServerPort& port,
                                                        tcp::socket socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    const bool from_proxy = !error && lab->proxy_client_.owns(peer);
    boost::beast::flat_buffer buffer;
    Count octets = 0;
    while (auto received = co_await read_request(socket, buffer, octets)) {
      const auto response = received->malformed ? *received->malformed
                                                : port.server.answer(received->request, from_proxy);
      const bool sent = co_await send(
          socket, serialise(response, received->request.method == "HEAD", received->keep_alive));
      if (!sent || !received->keep_alive) {
        co_return;
      }
    }
  }

  static asio::awaitable<void> serve_naf(Self lab, NafPort& port, tcp::socket socket) {
    auto& port_stats = lab->stats_.nafs[port.name()];
    ++port_stats.connections;
    if (lab->faults_.take(Fault::reset_on_accept, port.name())) {
      reset(socket);
      co_return;
    }
    if (port.config.plain_http) {
      Registration registration(lab, port, socket);
      co_await serve_requests(lab, port, port.sites.front(), socket, registration.entry(), 0,
                              std::nullopt);
      co_return;
    }
    TlsStream stream(std::move(socket), port.contexts.next(lab->faults_));
    Registration registration(lab, port, stream.next_layer());
    error_code error;
    registration.entry().busy = true;
    if (port.config.psk) {
      port.psk.give_hint(stream.native_handle());
    }
    co_await stream.async_handshake(TlsStream::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      ++port_stats.failed_handshakes;
      port_stats.last_handshake_error = error.message();
      co_return;
    }
    SSL* ssl = stream.native_handle();
    auto& site = port.site(host_name_of(ssl));
    auto& stats = lab->stats_.nafs[site.name()];
    ++(PskServer::resumed(ssl) ? stats.resumed_handshakes : stats.full_handshakes);
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
    const auto suite = SSL_CIPHER_get_protocol_id(cipher);
    const std::string suite_name = SSL_CIPHER_standard_name(cipher);
    ++stats.negotiated[std::string(SSL_get_version(ssl)) + " " + suite_name];
    const auto psk_b_tid = PskServer::b_tid_of(ssl);
    stats.psk_handshakes += psk_b_tid ? 1 : 0;
    const auto certificate = client_of(port, stream);
    stats.certificate_handshakes += certificate && certificate->asked ? 1 : 0;

    co_await serve_requests(lab, port, site, stream, registration.entry(), suite, psk_b_tid);
    if (stream.lowest_layer().is_open()) {
      co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  static tcp::socket& socket_of(TlsStream& stream) { return stream.next_layer(); }
  static tcp::socket& socket_of(tcp::socket& socket) { return socket; }

  // One request after the other, until either side ends the connection.
  template <class Stream>
  static asio::awaitable<void> serve_requests(Self lab, NafPort& port, Site& site, Stream& stream,
                                              Connection& connection, std::uint16_t suite,
                                              std::optional<std::string> psk_b_tid) {
    auto& stats = lab->stats_.nafs[site.name()];
    boost::beast::flat_buffer buffer;
    while (true) {
      connection.busy = false;
      auto received = co_await read_request(stream, buffer, stats.application_octets);
      if (!received) {
        break;
      }
      connection.busy = true;
      const bool more =
          co_await answer_naf(lab, port, site, stream, std::move(*received), suite, psk_b_tid);
      if (!more) {
        break;
      }
    }
  }

  // Asked for each request, as a certificate may be revoked or end while the connection is open.
  static std::optional<ClientCertificate> client_of(const NafPort& port, TlsStream& stream) {
    return port.clients.of(stream.native_handle());
  }
  static std::optional<ClientCertificate> client_of(const NafPort& /*port*/,
                                                    tcp::socket& /*plain*/) {
    return std::nullopt;
  }

  // The answer of the NAF, or of the application server that its proxy asks. The arguments live in
  // the coroutine that waits.
  static asio::awaitable<Response> answer_of(Self lab, Site& site, const Request& request,
                                             std::uint16_t suite,
                                             const std::optional<std::string>& psk_b_tid,
                                             const std::optional<ClientCertificate>& certificate) {
    if (site.application_server == nullptr) {
      co_return site.naf.answer(request, suite, psk_b_tid, certificate);
    }
    auto admission = site.naf.admit(request, suite, psk_b_tid, certificate);
    if (!admission) {
      co_return std::move(admission).error();
    }
    auto sent = forwarded(request, admission->asserted_identity, site.name());
    auto response = co_await lab->proxy_client_.ask(
        site.application_server->acceptor.local_endpoint(), std::move(sent));
    site.naf.finish(response, request, *admission);
    co_return response;
  }

  // Answers one request; false when the connection is to end.
  template <class Stream>
  static asio::awaitable<bool> answer_naf(Self lab, NafPort& port, Site& site, Stream& stream,
                                          Received received, std::uint16_t suite,
                                          std::optional<std::string> psk_b_tid) {
    auto& stats = lab->stats_.nafs[site.name()];
    const auto fault = [&](Fault each) { return lab->faults_.take(each, site.name()); };
    auto& socket = socket_of(stream);
    if (fault(Fault::reset_before_answer)) {
      reset(socket);
      co_return false;
    }
    const auto slow = fault(Fault::slow);
    if (fault(Fault::garbage_answer)) {
      co_await send(stream, "220 ut-lab ESMTP ready\r\n\r\n");
      co_return false;
    }
    // No co_await in a conditional expression or beside temporaries: GCC 12 destroys them twice.
    const auto certificate = client_of(port, stream);
    Response response;
    if (received.malformed) {
      response = std::move(*received.malformed);
    } else {
      response = co_await answer_of(lab, site, received.request, suite, psk_b_tid, certificate);
    }
    ++stats.statuses[std::to_string(response.status)];
    if (slow) {
      co_await wait(slow->delay);
    }
    std::string text = serialise(response, received.request.method == "HEAD", received.keep_alive);
    const std::size_t header_size = text.find("\r\n\r\n") + 4;
    std::size_t cut = 0;
    if (fault(Fault::reset_in_header)) {
      cut = header_size / 2;
    } else if (text.size() > header_size && fault(Fault::reset_in_body)) {
      cut = header_size + (text.size() - header_size) / 2;
    }
    if (cut != 0) {
      text.resize(cut);
      co_await send(stream, std::move(text));
      // The client shall see what was sent before the reset overtakes it.
      co_await wait(std::chrono::milliseconds(50));
      reset(socket);
      co_return false;
    }
    const bool sent = co_await send(stream, std::move(text));
    if (fault(Fault::close_after_answer)) {
      error_code ignored;
      socket.close(ignored);
      co_return false;
    }
    co_return sent&& received.keep_alive;
  }

  asio::io_context& io_;
  SystemClock clock_;
  SystemRandom random_;
  Faults faults_;
  Stats stats_;
  SecretJournal journal_;
  Hss hss_;
  Associations associations_;
  CertificateAuthority ca_;
  CertificateAuthority subscriber_ca_;
  SubscriberCertificates subscriber_certificates_;
  XcapStore store_;
  Bsf bsf_;
  tcp::acceptor bsf_acceptor_;
  std::uint16_t bsf_port_;
  tcp::acceptor control_acceptor_;
  ProxyClient proxy_client_;
  std::deque<ApplicationServerPort> application_servers_;
  std::deque<NafPort> naf_ports_;
  Control control_;
};

Server::Server(asio::io_context& io, Config config)
    : implementation_(std::make_shared<Implementation>(io, std::move(config))) {
  implementation_->start();
}

Server::~Server() = default;

std::string Server::describe(const std::string& ca_file,
                             const std::string& subscriber_ca_file) const {
  return implementation_->describe(ca_file, subscriber_ca_file);
}

std::string Server::ca_pem() const {
  return implementation_->ca_pem();
}

std::string Server::subscriber_ca_pem() const {
  return implementation_->subscriber_ca_pem();
}

}  // namespace ut::lab
