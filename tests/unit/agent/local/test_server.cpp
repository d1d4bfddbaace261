#include "tests/unit/agent/local/test_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <nlohmann/json.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ut::local::test {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

fs::path make_directory() {
  auto text = (fs::canonical(fs::temp_directory_path()) / "ut-server-XXXXXX").string();
  if (::mkdtemp(text.data()) == nullptr) {
    throw std::runtime_error("mkdtemp");
  }
  return text;
}

LocalConfig make_config(const std::string& path, const std::string& control_path,
                        const TestServer::Change& change) {
  LocalConfig config;
  config.unix_sockets.push_back({.name = "main", .path = path});
  config.tcp_sockets.push_back({.address = "127.0.0.1"});
  config.metrics_socket.emplace();
  config.control_socket = {.name = "control", .path = control_path};
  config.access_log = false;
  Application application;
  application.name = "app";
  application.uids = {::geteuid()};
  application.nafs = {"xcap.home1.net"};
  application.methods = {"GET", "HEAD", "PUT", "POST", "DELETE"};
  application.auids = {"pres-rules"};
  application.identities = {"sip:alice@home1.net"};
  config.applications.push_back(application);
  application.name = "tcp-app";
  application.uids.clear();
  application.sockets = {"tcp"};
  application.token = hash_token("secret");
  config.applications.push_back(application);
  if (change) {
    change(config);
  }
  return config;
}

Client connect_unix(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return Client(fd);
}

}  // namespace

Client::Client(int fd) : fd_(fd) {
  const timeval patience{2, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

Client::~Client() {
  close();
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), read_(std::move(other.read_)) {}

Client& Client::send(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      break;  // the server had enough; its answer tells why
    }
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

bool Client::read_some() {
  std::array<char, 65536> octets{};
  const auto count = ::recv(fd_, octets.data(), octets.size(), 0);
  if (count > 0) {
    read_.append(octets.data(), static_cast<std::size_t>(count));
  }
  return count > 0;
}

std::string Client::read_chunked() {
  std::string body;
  for (;;) {
    auto line = read_.find("\r\n");
    while (line == std::string::npos) {
      if (!read_some()) {
        return body + "<cut>";
      }
      line = read_.find("\r\n");
    }
    const auto size = std::stoul(read_.substr(0, line), nullptr, 16);
    while (read_.size() < line + 2 + size + 2) {
      if (!read_some()) {
        return body + "<cut>";
      }
    }
    body += read_.substr(line + 2, size);
    read_.erase(0, line + 2 + size + 2);
    if (size == 0) {
      return body;
    }
  }
}

Response Client::receive(bool head) {
  auto end = read_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!read_some()) {
      return {};
    }
    end = read_.find("\r\n\r\n");
  }
  Response response;
  response.header = read_.substr(0, end + 2);
  read_.erase(0, end + 4);
  response.status = static_cast<unsigned>(std::stoul(response.header.substr(9, 3)));
  if (head || response.status == 100 || response.status == 204 || response.status == 304) {
    return response;
  }
  constexpr std::string_view kLength = "Content-Length: ";
  const auto at = response.header.find(kLength);
  if (response.has("Transfer-Encoding: chunked")) {
    response.body = read_chunked();
  } else if (at != std::string::npos) {
    const auto size = std::stoul(response.header.substr(at + kLength.size()));
    while (read_.size() < size && read_some()) {
    }
    response.body = read_.substr(0, size);
    read_.erase(0, size);
  } else {
    while (read_some()) {
    }
    response.body = std::exchange(read_, {});
  }
  return response;
}

bool Client::ended() {
  char octet = 0;
  for (;;) {
    const auto count = ::recv(fd_, &octet, 1, 0);
    if (count <= 0) {
      return count == 0 || errno == ECONNRESET;
    }
    read_ += octet;
  }
}

void Client::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void Client::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

namespace {

class FakeReader final : public EventReader {
 public:
  ports::Task<std::string> next() override {
    if (given_ < 2) {
      co_return "data: " + std::to_string(++given_) + "\n\n";
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    timer_ = &timer;
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    timer_ = nullptr;
    co_return std::string();
  }
  void end() override {
    if (timer_ != nullptr) {
      timer_->cancel();
    }
  }

 private:
  int given_ = 0;
  asio::steady_timer* timer_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<EventReader>> FakeEvents::subscribe() {
  return std::make_unique<FakeReader>();
}

TestServer::TestServer(ut::test::FakeGateway::Answer answer, const Change& change)
    : gateway(std::move(answer)), directory_(make_directory()) {
  path = (directory_ / "ut.sock").string();
  control_path = (directory_ / "control.sock").string();
  auto server = Server::open(loop_.get_executor(), make_config(path, control_path, change), gateway,
                             own, identities);
  if (!server) {
    throw std::runtime_error(to_text(server.error()));
  }
  server_ = std::move(*server);
  server_->set_events(events);
  server_->start();
  thread_ = std::thread([this] { loop_.run(); });
}

TestServer::~TestServer() {
  loop_.stop();
  thread_.join();
  server_.reset();
  fs::remove_all(directory_);
}

Client TestServer::connect() {
  return connect_unix(path);
}

Client TestServer::connect_control() {
  return connect_unix(control_path);
}

namespace {

Client connect_to_port(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return Client(fd);
}

}  // namespace

Client TestServer::connect_tcp() {
  return connect_to_port(server_->tcp_ports().at(0));
}

Client TestServer::connect_metrics() {
  return connect_to_port(server_->metrics_port());
}

void TestServer::drain(std::chrono::milliseconds time) {
  drained_ = asio::co_spawn(loop_, server_->drain(time), asio::use_future);
}

void TestServer::wait_drained() {
  drained_.get();
}

ServerCounters TestServer::counters() {
  return asio::post(loop_, asio::use_future([this] { return server_->counters(); })).get();
}

std::string TestServer::metrics() {
  return asio::post(loop_, asio::use_future([this] {
                      metrics::Page page;
                      server_->measure(page);
                      return page.text();
                    }))
      .get();
}

void TestServer::set_applications(std::vector<Application> applications) {
  asio::post(loop_, asio::use_future([&] { server_->set_applications(std::move(applications)); }))
      .get();
}

void TestServer::set_limits(const LocalLimits& limits) {
  asio::post(loop_, asio::use_future([&] { server_->set_limits(limits, {}, true); })).get();
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: xcap.home1.net\r\n" +
         std::string(fields) + "\r\n";
}

std::string problem_of(const Response& response) {
  constexpr std::string_view kType = "urn:ut-agent:problem:";
  if (!response.has("application/problem+json")) {
    return std::to_string(response.status);
  }
  const auto document = nlohmann::json::parse(response.body);
  const auto type = document.at("type").get<std::string>();
  return document.at("status") == response.status && type.starts_with(kType)
             ? type.substr(kType.size())
             : "inconsistent problem: " + response.body;
}

}  // namespace ut::local::test
