// A server on sockets of its own with a fake gateway behind it, on a thread of its own, and a plain
// blocking client.
#pragma once

#include "agent/local/server.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/fake_own_service.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ut::local::test {

class FakeIdentities final : public OwnIdentities {
 public:
  ports::Task<Result<PublicIdentities>> public_identities(std::string_view subscriber) override {
    const auto found = of_subscriber.find(subscriber);
    co_return found == of_subscriber.end() ? answer : found->second;
  }
  std::map<std::string, Result<PublicIdentities>, std::less<>> of_subscriber;
  Result<PublicIdentities> answer = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"sip:alice@home1.net"});
};

// Gives each reader two pieces, then nothing until it is ended.
class FakeEvents final : public EventSource {
 public:
  Result<std::unique_ptr<EventReader>> subscribe() override;
};

struct Response {
  unsigned status = 0;  // 0: the connection ended without an answer
  std::string header;   // with status line, without the empty line
  std::string body;
  bool has(std::string_view text) const { return header.find(text) != std::string::npos; }
};

// A client that sends what it is told and reads whole answers; waits two seconds at most.
class Client {
 public:
  explicit Client(int fd);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Client& send(std::string_view octets);
  Response receive(bool head = false);
  // Reads to the end of the stream; true when it came.
  bool ended();
  void finish_sending();
  void close();
  // What was read beyond the last answer.
  const std::string& rest() const { return read_; }
  bool read_some();

 private:
  std::string read_chunked();
  int fd_;
  std::string read_;
};

class TestServer {
 public:
  // `change` may alter the configuration: one Unix socket "main" on which this user is the
  // application "app", the control socket, that of metrics, and TCP with the application "tcp-app"
  // and its token "secret".
  using Change = std::function<void(LocalConfig&)>;
  explicit TestServer(ut::test::FakeGateway::Answer answer = {}, const Change& change = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Client connect();
  Client connect_control();
  Client connect_tcp();
  Client connect_metrics();

  // Starts draining; the result can be waited for.
  void drain(std::chrono::milliseconds time);
  void wait_drained();

  // On the thread of the server.
  ServerCounters counters();
  std::string metrics();
  void set_applications(std::vector<Application> applications);
  void set_limits(const LocalLimits& limits);

  ut::test::FakeGateway gateway;
  ut::test::FakeOwnService own;
  FakeIdentities identities;
  FakeEvents events;
  std::string path;
  std::string control_path;

 private:
  std::filesystem::path directory_;
  boost::asio::io_context loop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::future<void> drained_;
};

// "GET target HTTP/1.1" with a Host and more fields, each ending in CR LF.
std::string get(std::string_view target, std::string_view fields = {});

// The name at the end of the problem type in a response, or its status.
std::string problem_of(const Response& response);

inline constexpr std::string_view kOwnDocument = "/pres-rules/users/sip:alice@home1.net/index";

}  // namespace ut::local::test
