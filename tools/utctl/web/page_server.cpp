#include "tools/utctl/web/page_server.h"

#include "tools/utctl/web/admission.h"
#include "tools/utctl/web/agent_relay.h"
#include "tools/utctl/web/page_answer.h"
#include "tools/utctl/web/page_files.h"
#include "tools/utctl/web/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace ut::utctl::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::empty_body>;
using StreamPtr = std::shared_ptr<beast::tcp_stream>;

struct Site {
  Site(asio::any_io_executor executor, std::string socket, RandomSource& random)
      : acceptor(executor), control_socket(std::move(socket)), session(random) {}

  tcp::acceptor acceptor;
  std::string authority{};
  std::string control_socket;
  Session session;
  std::function<void()> opened{};
  std::size_t connections = 0;
  std::size_t streams = 0;
};

namespace {

constexpr std::chrono::seconds kHeaderTime{30};  // a connection may rest as long between requests
constexpr std::chrono::seconds kWriteTime{10};
constexpr std::chrono::milliseconds kAcceptRest{100};  // after a failure, such as no descriptor
constexpr std::uint32_t kMaxHeader = 8 * 1024;

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kAway = "{\"problem\":\"agent-unreachable\"}\n";
constexpr Refusal kTooMany = {503, "The status page is open too often",
                              "Close it where it is open, then load it again."};
constexpr Refusal kMalformed = {400, "The request is not valid HTTP/1.1",
                                "Open the link with a web browser."};

// Counts one more while it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

// An answer but for the end of its header: `header`, `cookie` and `behind_cookie` in a row.
struct Answer {
  std::string header;
  ByteView cookie{};
  std::string behind_cookie{};
  std::string own_body{};
  std::string_view fixed_body{};  // when own_body is empty
};

Answer fixed(std::string_view type, std::string_view body) {
  return {.header = answer_header(200, type, body.size()), .fixed_body = body};
}

Answer of_text(unsigned status, std::string_view type, std::string body) {
  auto header = answer_header(status, type, body.size());
  return {.header = std::move(header), .own_body = std::move(body)};
}

Answer of_refusal(const Refusal& refusal) {
  auto answer = of_text(refusal.status, kHtml, refusal_page(refusal));
  if (refusal.status == 405) {
    answer.header += "Allow: GET\r\n";
  }
  return answer;
}

Answer agent_away() {
  return of_text(503, "application/json", std::string(kAway));
}

// The events follow, without an end.
Answer events_head() {
  return {.header = answer_header(200, "text/event-stream", std::nullopt)};
}

asio::awaitable<bool> send(StreamPtr stream, Answer answer) {
  constexpr std::string_view kEnd = "\r\n";
  const std::string_view body = answer.own_body.empty() ? answer.fixed_body : answer.own_body;
  const std::array<asio::const_buffer, 5> buffers = {
      asio::buffer(answer.header), asio::buffer(answer.cookie.data(), answer.cookie.size()),
      asio::buffer(answer.behind_cookie), asio::buffer(kEnd), asio::buffer(body)};
  stream->expires_after(kWriteTime);
  error_code error;
  co_await asio::async_write(*stream, buffers, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

Answer open_session(Site& site, std::string_view target) {
  const auto exchange = site.session.exchange(link_token_of(target));
  if (exchange != Session::Exchange::opened) {
    return of_refusal(refusal_of(exchange));
  }
  site.opened();
  auto answer = of_text(200, kHtml, forward_page(site.session.path()));
  answer.header += "Set-Cookie: ";
  answer.header += kCookieName;
  answer.header += "=";
  answer.cookie = site.session.cookie().expose();
  answer.behind_cookie = "; Path=" + site.session.path() + "; HttpOnly; SameSite=Strict\r\n";
  return answer;
}

asio::awaitable<Answer> of_status(std::shared_ptr<Site> site) {
  auto status = co_await status_of_agent(site->acceptor.get_executor(), site->control_socket);
  if (!status) {
    co_return agent_away();
  }
  co_return of_text(200, "application/json", *std::move(status));
}

// Ends the events as soon as the browser ends its connection.
asio::awaitable<void> watch(StreamPtr stream, std::shared_ptr<AgentEvents> events) {
  error_code ignored;
  co_await stream->socket().async_wait(tcp::socket::wait_read,
                                       asio::redirect_error(asio::use_awaitable, ignored));
  events->cancel();
}

// Passes the agent's events on, until either side ends. The agent is not read while the browser
// does not read.
asio::awaitable<void> pass_events(std::shared_ptr<Site> site, StreamPtr stream) {
  const Counted counted(site->streams);
  auto opened = co_await events_of_agent(site->acceptor.get_executor(), site->control_socket);
  if (!opened) {
    auto away = agent_away();
    co_await send(stream, std::move(away));
    co_return;
  }
  const auto events = *std::move(opened);
  auto head = events_head();
  bool going = co_await send(stream, std::move(head));
  asio::co_spawn(stream->get_executor(), watch(stream, events), asio::detached);
  while (going) {
    const std::string piece = co_await events->next();
    if (piece.empty()) {
      break;
    }
    stream->expires_after(kWriteTime);
    error_code error;
    co_await asio::async_write(*stream, asio::buffer(piece),
                               asio::redirect_error(asio::use_awaitable, error));
    going = !error;
  }
  stream->close();
}

std::optional<std::string_view> only(const Parser& parser, http::field name) {
  const auto [first, last] = parser.get().equal_range(name);
  if (first == last || std::next(first) != last) {
    return std::nullopt;
  }
  const auto value = first->value();
  return std::string_view(value.data(), value.size());
}

std::string_view text_of(const Parser& parser, std::string_view name) {
  const auto value = parser.get()[beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

PageRequest seen_of(const Parser& parser) {
  const auto& request = parser.get();
  PageRequest seen;
  seen.method = {request.method_string().data(), request.method_string().size()};
  seen.target = {request.target().data(), request.target().size()};
  seen.host = only(parser, http::field::host);
  if (request.count(http::field::origin) != 0) {
    seen.origin = text_of(parser, "Origin");
  }
  seen.fetch_site = text_of(parser, "Sec-Fetch-Site");
  seen.cookie = text_of(parser, "Cookie");
  seen.has_body = !parser.is_done();
  return seen;
}

Answer answer_to(Site& site, Resource resource, std::string_view target) {
  switch (resource) {
    case Resource::link:
      return open_session(site, target);
    case Resource::page:
      return fixed(kHtml, kPageHtml);
    case Resource::style:
      return fixed("text/css; charset=utf-8", kPageCss);
    case Resource::script:
      return fixed("text/javascript; charset=utf-8", kPageJs);
    case Resource::icon:
      return fixed("image/svg+xml", kIconSvg);
    case Resource::status:
    case Resource::events:
      break;
  }
  std::unreachable();
}

// Answers one request; whether another one may follow.
asio::awaitable<bool> answer_one(std::shared_ptr<Site> site, StreamPtr stream,
                                 const Parser& parser) {
  const auto seen = seen_of(parser);
  const auto resource = admit(seen, site->authority, site->session);
  if (!resource) {
    auto refusal = of_refusal(resource.error());
    const bool sent = co_await send(stream, std::move(refusal));
    co_return sent && !seen.has_body && parser.get().keep_alive();
  }
  Answer answer;
  if (*resource == Resource::events) {
    if (site->streams < PageServer::kMostStreams) {
      co_await pass_events(site, stream);
      co_return false;
    }
    answer = of_refusal(kTooMany);
  } else if (*resource == Resource::status) {
    answer = co_await of_status(site);
  } else {
    answer = answer_to(*site, *resource, seen.target);
  }
  const bool sent = co_await send(stream, std::move(answer));
  co_return sent&& parser.get().keep_alive();
}

asio::awaitable<void> serve(std::shared_ptr<Site> site, StreamPtr stream) {
  const Counted counted(site->connections);
  beast::flat_buffer buffer(kMaxHeader);
  for (bool going = true; going;) {
    Parser parser;
    parser.header_limit(kMaxHeader);
    stream->expires_after(kHeaderTime);
    error_code error;
    co_await http::async_read_header(*stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      if (error.category() == http::make_error_code(http::error::bad_value).category() &&
          error != http::error::end_of_stream) {
        auto refusal = of_refusal(kMalformed);
        co_await send(stream, std::move(refusal));
      }
      break;
    }
    going = co_await answer_one(site, stream, parser);
  }
  error_code ignored;
  stream->socket().shutdown(tcp::socket::shutdown_both, ignored);
}

asio::awaitable<void> accept(std::shared_ptr<Site> site) {
  for (;;) {
    error_code error;
    auto socket =
        co_await site->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) {
      co_return;
    }
    if (error) {
      asio::steady_timer rest(site->acceptor.get_executor(), kAcceptRest);
      co_await rest.async_wait(asio::use_awaitable);
    } else if (site->connections < PageServer::kMostConnections) {
      asio::co_spawn(site->acceptor.get_executor(),
                     serve(site, std::make_shared<beast::tcp_stream>(std::move(socket))),
                     asio::detached);
    }
  }
}

SecretBytes joined(std::initializer_list<ByteView> parts) {
  std::size_t octets = 0;
  for (const auto part : parts) {
    octets += part.size();
  }
  SecretBytes whole(octets);
  auto at = whole.expose_mutable().begin();
  for (const auto part : parts) {
    at = std::ranges::copy(part, at).out;
  }
  return whole;
}

}  // namespace

Result<std::unique_ptr<PageServer>> PageServer::open(asio::any_io_executor executor,
                                                     std::uint16_t port, std::string control_socket,
                                                     RandomSource& random) {
  auto site = std::make_shared<Site>(std::move(executor), std::move(control_socket), random);
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  error_code error;
  site->acceptor.open(tcp::v4(), error);
  if (!error) {
    site->acceptor.bind(endpoint, error);
  }
  if (!error) {
    site->acceptor.listen(static_cast<int>(kMostConnections), error);
  }
  if (error) {
    return fail(ErrorCode::system_call_failed, "listen", {ForeignKind::system, error.value()},
                "127.0.0.1:" + std::to_string(port) + ": " + error.message());
  }
  site->authority = "127.0.0.1:" + std::to_string(site->acceptor.local_endpoint().port());
  return std::unique_ptr<PageServer>(new PageServer(std::move(site)));
}

PageServer::PageServer(std::shared_ptr<Site> site) : site_(std::move(site)) {}

PageServer::~PageServer() {
  error_code ignored;
  site_->acceptor.close(ignored);
}

SecretBytes PageServer::link() const {
  return joined({as_bytes("http://"), as_bytes(site_->authority), as_bytes(kLinkPath),
                 site_->session.link_token().expose()});
}

std::uint16_t PageServer::port() const {
  return site_->acceptor.local_endpoint().port();
}

void PageServer::start(std::function<void()> opened) {
  site_->opened = std::move(opened);
  asio::co_spawn(site_->acceptor.get_executor(), accept(site_), asio::detached);
}

}  // namespace ut::utctl::web
