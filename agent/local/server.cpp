#include "agent/local/server.h"

#include "agent/local/connection.h"
#include "agent/local/listening_socket.h"
#include "agent/local/problem.h"
#include "agent/local/response_writer.h"
#include "base/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ut::local {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Pause after accept failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr metrics::Family kConnections{"ut_agent_connections", metrics::Kind::gauge,
                                       "Open connections, of applications and others."};
constexpr metrics::Family kAccepted{"ut_agent_connections_accepted_total", metrics::Kind::counter,
                                    "Connections that were taken."};
constexpr metrics::Family kTurnedAway{"ut_agent_connections_refused_total", metrics::Kind::counter,
                                      "Connections that were over a limit."};
constexpr metrics::Family kHeldBodies{"ut_agent_held_bodies", metrics::Kind::gauge,
                                      "Requests whose body is held in memory."};
constexpr metrics::Family kHeldOctets{"ut_agent_held_body_bytes", metrics::Kind::gauge,
                                      "Octets of those bodies."};

// Tells a caller over a limit so, as far as its socket takes it at once.
void turn_away(int fd, std::string detail) {
  const auto text = problem_response(
      Error{ErrorCode::limit_connections, "local.accept", {}, std::move(detail)}, {});
  (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)::shutdown(fd, SHUT_WR);
  ::close(fd);
}

}  // namespace

// One listening socket and its accept loop.
class Server::Door : public std::enable_shared_from_this<Door> {
 public:
  Door(std::shared_ptr<ServerState> state, ListeningSocket socket)
      : state_(std::move(state)),
        socket_(std::move(socket)),
        readable_(state_->executor),
        pause_(state_->executor) {}
  ~Door() { close(); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  const ListeningSocket& socket() const { return socket_; }

  void start() {
    readable_.assign(socket_.fd());
    asio::co_spawn(state_->executor, run(shared_from_this()), asio::detached);
  }

  void close() {
    if (readable_.is_open()) {
      readable_.release();  // ends the wait; the descriptor is socket_'s
    }
    pause_.cancel();
    socket_.close();
  }

 private:
  static ports::Task<void> run(std::shared_ptr<Door> self) {
    for (;;) {
      error_code error;
      co_await self->readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                                          asio::redirect_error(asio::use_awaitable, error));
      if (error || !self->readable_.is_open()) {
        co_return;
      }
      if (!self->accept_one()) {
        self->pause_.expires_after(kAcceptPause);
        co_await self->pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (!self->readable_.is_open()) {
          co_return;
        }
      }
    }
  }

  // False when the system has no room for more connections now. One at a time: what others want
  // comes between two of them.
  bool accept_one() {
    sockaddr_storage peer{};
    socklen_t octets = sizeof peer;
    const int fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&peer), &octets,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      admit(fd, peer);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log::warning("local.accept", {{"errno", errno}, {"text", std::strerror(errno)}});
      return false;
    }
    // Every other failure concerns a connection that is gone already.
    return true;
  }

  void admit(int fd, const sockaddr_storage& peer) {
    Caller caller{socket_.name(), {}};
    if (!socket_.is_tcp()) {
      auto credentials = peer_credentials(fd);
      if (!credentials) {
        log::warning("local.peer", {{"why", to_text(credentials.error())}});
        ::close(fd);
        return;
      }
      caller.peer = std::move(*credentials);
    } else {
      const int on = 1;
      (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const auto limit =
        state_->counts.limit_reached(caller.socket, counted_uid(caller), state_->config.limits);
    if (!limit.empty()) {
      ++state_->counters.turned_away;
      log::warning("local.turned_away",
                   {{"socket", caller.socket},
                    {"uid", caller.peer ? std::to_string(caller.peer->uid) : "-"},
                    {"limit", limit}});
      turn_away(fd, "limit " + std::string(limit));
      return;
    }
    ++state_->counters.accepted;
    const int family = socket_.is_tcp() ? peer.ss_family : AF_UNIX;
    const int protocol = socket_.is_tcp() ? IPPROTO_TCP : 0;
    Connection::Socket socket(state_->executor, asio::generic::stream_protocol(family, protocol),
                              fd);
    auto connection = std::make_shared<Connection>(state_, std::move(socket), std::move(caller));
    asio::co_spawn(state_->executor, Connection::run(std::move(connection)), asio::detached);
  }

  std::shared_ptr<ServerState> state_;
  ListeningSocket socket_;
  asio::posix::stream_descriptor readable_;
  asio::steady_timer pause_;
};

Server::Server(std::shared_ptr<ServerState> state) : state_(std::move(state)) {}

Server::~Server() {
  close_doors();
  cut_connections();
}

Result<std::unique_ptr<Server>> Server::open(const asio::any_io_executor& executor,
                                             LocalConfig config, ports::UtGateway& gateway,
                                             ports::OwnService& own_service,
                                             OwnIdentities& own_identities) {
  if (const auto problems = problems_of(config); !problems.empty()) {
    std::string all;
    for (const auto& problem : problems) {
      all += (all.empty() ? "" : "; ") + problem;
    }
    return fail(ErrorCode::config_invalid, "local.open", std::move(all));
  }
  std::unique_ptr<Server> server(new Server(std::make_shared<ServerState>(
      executor, std::move(config), gateway, own_service, own_identities)));
  auto& state = server->state_;
  for (const auto& unix_config : state->config.unix_sockets) {
    TRY(auto socket, listen_unix(unix_config));
    server->doors_.push_back(std::make_shared<Door>(state, std::move(socket)));
  }
  if (const auto& control = state->config.control_socket) {
    UnixSocketConfig named = *control;
    named.name = kControlSocketName;
    TRY(auto socket, listen_unix(named));
    server->doors_.push_back(std::make_shared<Door>(state, std::move(socket)));
  }
  for (const auto& tcp_config : state->config.tcp_sockets) {
    TRY(auto socket, listen_tcp(tcp_config));
    TRY(const auto port, port_of(socket));
    server->tcp_ports_.push_back(port);
    server->doors_.push_back(std::make_shared<Door>(state, std::move(socket)));
  }
  if (const auto& metrics = state->config.metrics_socket) {
    TRY(auto socket, listen_tcp(*metrics, kMetricsSocketName));
    TRY(server->metrics_port_, port_of(socket));
    server->doors_.push_back(std::make_shared<Door>(state, std::move(socket)));
  }
  return server;
}

void Server::start() {
  for (const auto& door : doors_) {
    door->start();
  }
}

void Server::close_doors() {
  for (const auto& door : doors_) {
    door->close();
  }
  doors_.clear();
}

void Server::cut_connections() {
  for (auto* connection : state_->connections) {
    connection->cut();
  }
}

ports::Task<void> Server::drain(std::chrono::milliseconds time) {
  close_doors();
  const auto state = state_;
  state->draining = true;
  for (auto* connection : state->connections) {
    connection->drain();
  }
  if (!state->connections.empty()) {
    state->drain_waits = true;
    state->last_connection_gone.expires_after(time);
    error_code ignored;
    co_await state->last_connection_gone.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
    state->drain_waits = false;
  }
  cut_connections();
}

void Server::set_applications(std::vector<Application> applications) {
  state_->applications = std::make_shared<const std::vector<Application>>(std::move(applications));
}

void Server::set_events(EventSource& events) {
  state_->events = &events;
}

void Server::set_limits(const LocalLimits& limits, const LocalTimeouts& timeouts, bool access_log) {
  state_->config.limits = limits;
  state_->config.timeouts = timeouts;
  state_->config.access_log = access_log;
}

const ServerCounters& Server::counters() const {
  state_->counters.connections = state_->connections.size();
  return state_->counters;
}

void Server::measure(metrics::Page& page) const {
  const auto& now = counters();
  page.add(kConnections, {{"of", "applications"}}, std::uint64_t{state_->counts.of_applications()});
  page.add(kConnections, {{"of", "control"}}, std::uint64_t{state_->counts.of_owner()});
  page.add(kConnections, {{"of", "metrics"}}, std::uint64_t{state_->counts.of_monitoring()});
  page.add(kAccepted, {}, now.accepted);
  page.add(kTurnedAway, {}, now.turned_away);
  page.add(kHeldBodies, {}, std::uint64_t{state_->held_bodies});
  page.add(kHeldOctets, {}, std::uint64_t{state_->held_octets});
  state_->requests.measure(page);
}

}  // namespace ut::local
