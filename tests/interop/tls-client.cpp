// A client made of tls/ alone, for the scripts of this folder: connects, shakes hands, exchanges
// what it is told to and prints one JSON line a connection.

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "tls/context.h"
#include "tls/crypto/hash.h"
#include "tls/stream.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace ut;
using namespace ut::tls;
using namespace std::chrono_literals;

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 443;
  std::string name;
  std::string ca;
  std::string get;
  std::size_t send_octets = 0;
  bool echo = false;
  unsigned connections = 1;
  std::vector<std::string> versions;
  bool require_ems = false;
  bool forget = false;
  unsigned hold_ms = 0;
};

nlohmann::json describe(const Error& error) {
  return {{"error", name(error.code)},
          {"foreign", to_text(error.foreign)},
          {"detail", error.detail},
          {"text", to_text(error)}};
}

nlohmann::json describe(const Negotiated& negotiated) {
  return {{"version", version_name(negotiated.version)},
          {"suite", negotiated.suite},
          {"suite_name", negotiated.suite_name},
          {"group", negotiated.group},
          {"dh_bits", negotiated.dh_bits},
          {"ems", negotiated.extended_master_secret},
          {"resumed", negotiated.resumed},
          {"alpn", negotiated.alpn},
          {"fingerprint", to_hex(negotiated.peer_certificate)},
          {"certificate_end", negotiated.peer_certificate_end.time_since_epoch().count()}};
}

// Octets that the other side can make as well: the position's low octets.
std::string pattern(std::size_t from, std::size_t octets) {
  std::string text(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i) {
    text[i] = static_cast<char>('a' + (from + i) % 23);
  }
  return text;
}

asio::awaitable<void> send_all(Stream& stream, const Options& options, nlohmann::json& report) {
  boost::system::error_code code;
  if (!options.get.empty()) {
    const std::string request =
        "GET " + options.get + " HTTP/1.0\r\nHost: " + options.name + "\r\n\r\n";
    std::tie(code, std::ignore) = co_await stream.write(as_bytes(request));
  }
  crypto::Hasher hasher(crypto::HashKind::sha256);
  std::size_t sent = 0;
  bool large = true;
  while (!code && sent < options.send_octets) {
    // By turns more than a record and less.
    const std::size_t wanted = std::exchange(large, !large) ? 70000 : 13000;
    const std::string part = pattern(sent, std::min(wanted, options.send_octets - sent));
    hasher.update(as_bytes(part));
    const auto [failure, octets] = co_await stream.write(as_bytes(part));
    code = failure;
    sent += octets;
  }
  report["sent"] = sent;
  report["sent_sha256"] = to_hex(hasher.finish_public());
  if (code) {
    report["write_error"] = describe(stream.error(code, "write"));
  }
}

// Until the end, or until the echo of all that is sent has come.
asio::awaitable<void> receive_all(Stream& stream, const Options& options, nlohmann::json& report) {
  const std::size_t limit = options.echo ? options.send_octets : SIZE_MAX;
  crypto::Hasher hasher(crypto::HashKind::sha256);
  std::string head;
  std::size_t total = 0;
  std::vector<char> buffer(64 * 1024);
  boost::system::error_code code;
  while (!code && total < limit) {
    const std::size_t got = co_await stream.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, code));
    total += got;
    hasher.update(as_bytes({buffer.data(), got}));
    if (head.size() < 4096) {
      head.append(buffer.data(), std::min(got, 4096 - head.size()));
    }
  }
  report["received"] = total;
  report["received_sha256"] = to_hex(hasher.finish_public());
  report["head"] = head;
  if (code) {
    report["end"] = name(stream.error(code, "read").code);
    report["end_foreign"] = to_text(stream.error(code, "read").foreign);
  }
}

asio::awaitable<nlohmann::json> connect_once(std::shared_ptr<Context> context, Options options) {
  using namespace asio::experimental::awaitable_operators;
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  boost::system::error_code code;
  co_await socket.async_connect({asio::ip::make_address(options.address), options.port},
                                asio::redirect_error(asio::use_awaitable, code));
  if (code) {
    co_return nlohmann::json{{"error", "connect"}};
  }
  auto stream =
      Stream::create(context, std::move(socket), Peer{.host = options.name, .port = options.port});
  if (!stream) {
    co_return describe(stream.error());
  }
  const auto start = std::chrono::steady_clock::now();
  auto negotiated = co_await stream->handshake();
  if (!negotiated) {
    co_return describe(negotiated.error());
  }
  nlohmann::json report = describe(*negotiated);
  report["handshake_us"] = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::steady_clock::now() - start)
                               .count();
  if (!options.get.empty() || options.send_octets > 0) {
    co_await (send_all(*stream, options, report) && receive_all(*stream, options, report));
  }
  if (options.hold_ms > 0) {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             std::chrono::milliseconds(options.hold_ms));
    co_await timer.async_wait(asio::use_awaitable);
    report["still_idle"] = stream->still_idle();
  }
  if (options.forget) {
    stream->fail_authentication();
  } else {
    co_await stream->async_shutdown(asio::redirect_error(asio::use_awaitable, code));
  }
  co_return report;
}

Result<std::shared_ptr<Context>> make_context(const Options& options,
                                              std::shared_ptr<SessionCache> sessions) {
  Profile profile = standard_profile();
  if (!options.versions.empty()) {
    std::vector<Version> versions;
    for (const std::string& version : options.versions) {
      versions.push_back(version == "1.2" ? Version::tls12 : Version::tls13);
    }
    profile = restrict_versions(std::move(profile), versions);
  }
  profile.require_extended_master_secret = options.require_ems;
  TRY(Trust trust, Trust::from_file(options.ca));
  return Context::create(std::move(profile), std::move(trust), std::move(sessions));
}

asio::awaitable<void> run(Options options, int& status) {
  static const SystemClock clock;
  auto context = make_context(options, std::make_shared<SessionCache>(clock));
  if (!context) {
    std::cout << describe(context.error()) << '\n';
    status = 1;
    co_return;
  }
  for (unsigned i = 0; i < options.connections; ++i) {
    const nlohmann::json report = co_await connect_once(*context, options);
    if (report.contains("error")) {
      status = 1;
    }
    std::cout << report << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"TLS test client"};
  app.add_option("--address", options.address, "IP address to connect to");
  app.add_option("--port", options.port)->required();
  app.add_option("--name", options.name, "FQDN that the certificate must carry")->required();
  app.add_option("--ca", options.ca, "PEM bundle")->required();
  app.add_option("--get", options.get, "send one HTTP GET for this path and read the answer");
  app.add_option("--send", options.send_octets, "send this many octets and read until the end");
  app.add_flag("--echo", options.echo, "the octets sent come back");
  app.add_option("--connections", options.connections, "one after the other");
  app.add_option("--version", options.versions, "1.2 and/or 1.3");
  app.add_option("--hold", options.hold_ms, "then wait this many milliseconds");
  app.add_flag("--require-ems", options.require_ems);
  app.add_flag("--fail-authentication", options.forget, "end each connection as if rspauth failed");
  CLI11_PARSE(app, argc, argv);
  int status = 0;
  asio::io_context loop(1);
  asio::co_spawn(loop, run(options, status), [&](const std::exception_ptr& failure) {
    if (failure) {
      status = 2;
    }
  });
  loop.run_for(60s);
  return status;
}
