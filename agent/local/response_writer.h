// An answer on its way to the application, as HTTP/1.1 (or 1.0) octets.
#pragma once

#include "agent/ports.h"
#include "base/error.h"
#include "base/result.h"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ut::local {

// Octets that go out in one gathered write; unused places are empty.
using Pieces = std::array<boost::asio::const_buffer, 4>;

// Where the octets go.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // Writes what the application's socket takes at once and shortens `pieces` by it; true when that
  // was everything. request_abandoned.
  virtual Result<bool> write_now(Pieces& pieces) = 0;
  // What write_now() left; completes when the application's socket took it. request_abandoned.
  virtual ports::Task<Result<void>> write_rest(Pieces pieces) = 0;
};

struct ResponseManner {
  bool head = false;  // the answer to HEAD: no body
  bool http_1_0 = false;
  bool keep_alive = false;
  std::string_view allow = "GET, HEAD, PUT, POST, DELETE";  // what a 405 says
  // Lives as long as the answer is being made; empty: the request is not known.
  std::string_view request_id{};
};

// The header waits for the first octets of the body, so that both leave in one write; a failure
// that comes before can still be told by a problem document.
class ResponseWriter final : public ports::ResponseSink {
 public:
  ResponseWriter(Outlet& outlet, ResponseManner manner) : outlet_(outlet), manner_(manner) {}

  Result<void> header(ports::UtResponseHeader header) override;
  ports::Task<Result<void>> body(ByteView octets) override;
  Result<bool> body_now(ByteView octets) override;

  // The answer is whole; sends what still waits. network_closed when it is shorter than it said.
  ports::Task<Result<void>> finish();
  // The same as far as it needs no waiting; false when something is left for finish().
  Result<bool> finish_now();

  // Whether octets have left already.
  bool started() const { return started_; }
  unsigned status() const { return status_; }  // 0 before the header
  // Whether the connection can carry another request after a finished answer.
  bool keep_alive() const { return manner_.keep_alive; }

 private:
  enum class Framing : std::uint8_t { none, length, chunked, until_close };
  Framing choose_framing(const ports::UtResponseHeader& header) const;
  void serialise(const ports::UtResponseHeader& header);
  Result<bool> send_now();
  ports::Task<Result<void>> send_rest();

  Outlet& outlet_;
  ResponseManner manner_;
  std::string waiting_;     // the header that has not left yet
  std::string chunk_size_;  // of the piece under way
  Pieces pieces_{};         // under way, as far as they have not left
  bool under_way_ = false;
  Framing framing_ = Framing::none;
  std::uint64_t octets_left_ = 0;
  unsigned status_ = 0;
  bool started_ = false;
};

// The header of an answer of the agent itself whose body has so many octets, which the caller sends
// behind it unless `manner.head`.
std::string own_header(unsigned status, std::string_view type, std::size_t octets,
                       ResponseManner manner);

// A problem document as a whole answer [API-4].
std::string problem_response(const Error& error, ResponseManner manner);

}  // namespace ut::local
