// An agent that answers once.
#pragma once

#include "tests/support/catch.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace ut::utctl {

// Answers one connection on a Unix socket with what it is told, and keeps the request.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) {
    std::string name = std::filesystem::temp_directory_path() / "ut-ask-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    path = directory_ / "socket";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~OneAnswer() {
    join();
    ::close(listener_);
    std::filesystem::remove_all(directory_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  void join() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  std::string path;
  std::string request;

 private:
  void serve(const std::string& answer) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    std::array<char, 4096> octets{};
    const auto count = ::recv(fd, octets.data(), octets.size(), 0);
    request.assign(octets.data(), static_cast<std::size_t>(count > 0 ? count : 0));
    (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(fd);
  }

  std::filesystem::path directory_;
  int listener_ = -1;
  std::thread thread_;
};

inline std::string http(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + std::string(body);
}

}  // namespace ut::utctl
