#include "tools/utctl/web/page_server.h"

#include "tests/support/catch.h"

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace ut;
using namespace ut::utctl::web;

namespace {

// An agent that gives the same answer to each of so many connections; with none nobody listens.
class FakeAgent {
 public:
  FakeAgent(std::string answer, int connections) {
    std::string name = std::filesystem::temp_directory_path() / "ut-page-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    path = directory_ / "socket";
    if (connections == 0) {
      return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this, answer = std::move(answer), connections] {
      for (int i = 0; i < connections; ++i) {
        serve(answer);
      }
    });
  }
  ~FakeAgent() {
    if (thread_.joinable()) {
      thread_.join();
    }
    ::close(listener_);
    std::filesystem::remove_all(directory_);
  }
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;

  std::string path;
  std::vector<std::string> requests;

 private:
  void serve(const std::string& answer) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    std::array<char, 4096> octets{};
    const auto count = ::recv(fd, octets.data(), octets.size(), 0);
    requests.emplace_back(octets.data(), static_cast<std::size_t>(count > 0 ? count : 0));
    (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(fd);
  }

  std::filesystem::path directory_;
  int listener_ = -1;
  std::thread thread_{};
};

// The page's server in a thread of its own.
class Served {
 public:
  explicit Served(const std::string& control_socket) {
    auto opened = PageServer::open(io_.get_executor(), 0, control_socket, random_);
    REQUIRE(opened);
    server = *std::move(opened);
    server->start([this] { ++times_opened; });
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Served() {
    io_.stop();
    thread_.join();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  int connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
  }

  // All that comes, until the server ends the connection.
  std::string answer_to(const std::string& octets) const {
    const int fd = connect();
    REQUIRE(::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(octets.size()));
    std::string answer;
    std::array<char, 4096> piece{};
    for (ssize_t count = 1; count > 0;) {
      count = ::recv(fd, piece.data(), piece.size(), 0);
      answer.append(piece.data(), static_cast<std::size_t>(count > 0 ? count : 0));
    }
    ::close(fd);
    return answer;
  }

  std::string ask(const std::string& target, const std::string& fields = {},
                  const std::string& method = "GET") const {
    return answer_to(method + " " + target +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server->port()) +
                     "\r\nConnection: close\r\n" + fields + "\r\n");
  }

  // Uses the link; the field Cookie and the path of the session.
  std::pair<std::string, std::string> open_session() const {
    const auto link = server->link();
    const std::string url(as_text(link.expose()));
    const auto answer = ask(url.substr(url.find("/open/")));
    const auto value = [&](const std::string& before, char end) {
      const auto at = answer.find(before) + before.size();
      return answer.substr(at, answer.find(end, at) - at);
    };
    return {"Cookie: " + value("Set-Cookie: ", ';') + "\r\n", value("Path=", ';')};
  }

 private:
  boost::asio::io_context io_;  // outlives the server
  SystemRandom random_;

 public:
  std::unique_ptr<PageServer> server;
  int times_opened = 0;

 private:
  std::thread thread_{};
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the link gives the session its cookie once", "[API-5]") {
  const FakeAgent nobody("", 0);
  const Served served(nobody.path);
  const auto link = served.server->link();
  const std::string url(as_text(link.expose()));
  REQUIRE(url.starts_with("http://127.0.0.1:" + std::to_string(served.server->port()) + "/open/"));
  const auto target = url.substr(url.find("/open/"));
  const auto first = served.ask(target);
  CHECK(first.starts_with("HTTP/1.1 200 "));
  CHECK(has(first, "; HttpOnly; SameSite=Strict\r\n"));
  CHECK(served.times_opened == 1);
  const auto second = served.ask(target);
  CHECK(second.starts_with("HTTP/1.1 403 "));
  CHECK(has(second, "This link was used before"));
  CHECK_FALSE(has(second, "Set-Cookie"));
  CHECK(served.times_opened == 1);
}

TEST_CASE("the agent's status and events are passed on as they come", "[API-5]") {
  FakeAgent agent("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n", 2);
  const Served served(agent.path);
  const auto [cookie, path] = served.open_session();
  const auto status = served.ask(path + "status", cookie);
  CHECK(status.starts_with("HTTP/1.1 200 "));
  CHECK(status.ends_with("\r\n\r\n{}\n"));
  const auto events = served.ask(path + "events", cookie);
  CHECK(has(events, "Content-Type: text/event-stream\r\n"));
  CHECK(events.ends_with("\r\n\r\n{}\n"));
  REQUIRE(agent.requests.size() == 2);
  CHECK(agent.requests[0].starts_with("GET /status HTTP/1.1\r\nHost: ut-agent\r\n"));
  CHECK(agent.requests[1].starts_with("GET /events HTTP/1.1\r\nHost: ut-agent\r\n"));
  CHECK_FALSE(has(agent.requests[0] + agent.requests[1], "Cookie"));
}

TEST_CASE("an agent that is away, refuses or is none is told as away", "[API-4][API-5]") {
  for (const std::string said :
       {"", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-x\r\n"}) {
    INFO(said);
    const FakeAgent agent(said, said.empty() ? 0 : 2);
    const Served served(agent.path);
    const auto [cookie, path] = served.open_session();
    for (const auto* name : {"status", "events"}) {
      const auto answer = served.ask(path + name, cookie);
      CHECK(answer.starts_with("HTTP/1.1 503 "));
      CHECK(has(answer, "agent-unreachable"));
    }
  }
}

TEST_CASE("what is no request of a page ends with its answer", "[API-5][API-6]") {
  const FakeAgent nobody("", 0);
  const Served served(nobody.path);
  CHECK(served.answer_to("\x16\x03\x01\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(served.answer_to("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
  CHECK(served.ask("/", "Content-Length: 5\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(served.ask("/", "Transfer-Encoding: chunked\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(served.ask("/", "Host: other\r\n").starts_with("HTTP/1.1 421 "));
  const auto post = served.ask("/", "", "POST");
  CHECK(post.starts_with("HTTP/1.1 405 "));
  CHECK(has(post, "\r\nAllow: GET\r\n"));
}

TEST_CASE("connections beyond the bound are closed at once", "[API-6]") {
  const FakeAgent nobody("", 0);
  const Served served(nobody.path);
  std::vector<int> held;
  for (std::size_t i = 0; i < PageServer::kMostConnections; ++i) {
    held.push_back(served.connect());
  }
  char octet = 0;
  const int beyond = served.connect();
  CHECK(::recv(beyond, &octet, 1, 0) == 0);
  ::close(beyond);
  for (const int fd : held) {
    ::close(fd);
  }
}

TEST_CASE("a port that is taken is told", "[API-4]") {
  const FakeAgent nobody("", 0);
  const Served served(nobody.path);
  boost::asio::io_context io;
  SystemRandom random;
  const auto second =
      PageServer::open(io.get_executor(), served.server->port(), nobody.path, random);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::system_call_failed);
  CHECK(has(to_text(second.error()), "127.0.0.1:" + std::to_string(served.server->port())));
}
