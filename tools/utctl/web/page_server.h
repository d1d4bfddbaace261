// The HTTP server of the status page: for one browser, on this machine's loopback.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ut::utctl::web {

struct Site;

class PageServer {
 public:
  static constexpr std::size_t kMostConnections = 24;  // more are closed at once
  static constexpr std::size_t kMostStreams = 4;       // of events; the agent has 8 readers at most

  // Listens on 127.0.0.1; port 0: any that is free. `control_socket` is the agent's.
  // system_call_failed when the port cannot be had.
  static Result<std::unique_ptr<PageServer>> open(boost::asio::any_io_executor executor,
                                                  std::uint16_t port, std::string control_socket,
                                                  RandomSource& random);
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  // Where the page is, "http://127.0.0.1:PORT/open/TOKEN". It works once.
  SecretBytes link() const;
  std::uint16_t port() const;

  // Serves while the executor runs; `opened` is called when the link was used.
  void start(std::function<void()> opened);

 private:
  explicit PageServer(std::shared_ptr<Site> site);
  std::shared_ptr<Site> site_;
};

}  // namespace ut::utctl::web
