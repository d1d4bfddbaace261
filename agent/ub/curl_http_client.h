// HttpClient over libcurl's multi interface, driven by the Asio loop: it never blocks.
#pragma once

#include "agent/ub/http_client.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace ut::ub {

struct CurlSettings {
  std::string address{};  // connect here whatever the name says: "192.0.2.1:80"
  std::string proxy{};    // "http://host:port"; empty: none, whatever the environment says
  std::string user_agent{};
  std::chrono::milliseconds timeout = std::chrono::seconds(10);  // one request, all in all
  std::size_t max_headers = 32768;                               // octets
  std::size_t max_body = 65536;                                  // octets
};

class CurlHttpClient final : public HttpClient {
 public:
  // All use is on the thread of `executor`.
  CurlHttpClient(boost::asio::any_io_executor executor, CurlSettings settings);
  ~CurlHttpClient() override;

  ports::Task<Result<HttpResponse>> get(HttpRequest request) override;
  void disconnect() override;
  void network_changed() override;

 private:
  class Loop;
  class Transfer;
  static ports::Task<Result<HttpResponse>> perform(std::shared_ptr<Loop> loop,
                                                   CurlSettings settings, HttpRequest request);

  CurlSettings settings_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Loop> loop_;
};

}  // namespace ut::ub
