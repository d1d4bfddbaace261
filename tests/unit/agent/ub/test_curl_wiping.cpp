#include "agent/ub/curl_http_client.h"
#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMarker = 48;
constexpr std::size_t kMarkers = 50;

// The marker is computed, never stored: a copy of it in memory is a copy that somebody made.
__attribute__((noinline)) std::uint8_t marker_at(std::size_t i) {
  return static_cast<std::uint8_t>('A' + (i * i * 7 + i * 3 + 5) % 26);
}

__attribute__((no_sanitize("address", "undefined"), noinline)) unsigned count_in(
    const volatile std::uint8_t* from, const volatile std::uint8_t* to) {
  unsigned found = 0;
  const std::uint8_t first = marker_at(0);
  for (; from + kMarker <= to; ++from) {
    if (*from != first) {
      continue;
    }
    std::size_t same = 1;
    while (same < kMarker && from[same] == marker_at(same)) {
      ++same;
    }
    found += same == kMarker ? 1 : 0;
  }
  return found;
}

// Copies of the marker in the writable memory of this process.
unsigned copies_in_memory() {
  unsigned found = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' ||
        mode[1] != 'w' || line.ends_with("[vvar]") || to - from > (1UL << 30)) {
      continue;
    }
    found += count_in(reinterpret_cast<const volatile std::uint8_t*>(from),
                      reinterpret_cast<const volatile std::uint8_t*>(to));
  }
  return found;
}

// The marker many times over: what is written later to a freed block, by chance, does not hide all
// of them.
SecretBytes markers() {
  SecretBytes value(kMarker * kMarkers);
  for (std::size_t i = 0; i < value.size(); ++i) {
    value.expose_mutable()[i] = marker_at(i % kMarker);
  }
  return value;
}

}  // namespace

TEST_CASE("no copy of an Authorization value outlives its request", "[KEY-4]") {
  asio::io_context io;
  // Connections are taken by the kernel and never read, so the only copies are the client's.
  asio::ip::tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  CurlHttpClient client(
      io.get_executor(),
      {.address = "127.0.0.1:" + std::to_string(silent.local_endpoint().port()), .timeout = 30ms});
  CHECK(copies_in_memory() == 0);
  HttpRequest request{.host = "bsf.home1.net"};
  request.authorization = markers();
  CHECK(copies_in_memory() == kMarkers);

  std::optional<Result<HttpResponse>> answer;
  asio::co_spawn(io, client.get(std::move(request)),
                 [&](std::exception_ptr, Result<HttpResponse> got) { answer = std::move(got); });
  unsigned during = 0;
  while (!answer && io.run_one_for(5s) != 0) {
    during = std::max(during, copies_in_memory());
  }
  // libcurl's own copies are seen while the request lives.
  CHECK(during > kMarkers);
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->has_value());
  CHECK(answer->error().code == ErrorCode::ub_timeout);
  client.disconnect();
  io.restart();
  io.poll();
  CHECK(copies_in_memory() == 0);
}
