#include "agent/local/connection.h"

#include "agent/local/own_path.h"
#include "agent/local/policy.h"
#include "agent/local/problem.h"
#include "agent/local/public_identity.h"
#include "agent/local/target.h"
#include "base/log.h"
#include "base/log_tap.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <limits>
#include <utility>

namespace ut::local {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

// How long and how much of an unwanted body is read away, so that the application gets to read the
// refusal before its connection breaks.
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::size_t kLingerOctets = 256 * 1024;

// Of a request to the agent itself.
constexpr std::size_t kOwnBodyOctets = 4096;

// Room for reading a body faster than the first block of a connection allows.
constexpr std::size_t kBodyBlock = 16 * 1024;

// Of a body in chunks, what is parsed in one turn: small chunks cost far more than their octets do.
constexpr std::size_t kChunkedPiece = 2048;

// A stream of events has no end of its own.
constexpr std::chrono::hours kForever{24 * 365};
constexpr std::string_view kEventStreamHeader =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "Connection: close\r\n\r\n";

bool is_known_method(std::string_view method) {
  constexpr std::array<std::string_view, 5> kKnown = {"GET", "PUT", "DELETE", "HEAD", "POST"};
  return std::ranges::find(kKnown, method) != kKnown.end();
}

// Whether `method` is in a list as it stands in Allow.
bool is_allowed(std::string_view methods, std::string_view method) {
  while (!methods.empty()) {
    const auto end = std::min(methods.find(", "), methods.size());
    if (methods.substr(0, end) == method) {
      return true;
    }
    methods.remove_prefix(std::min(end + 2, methods.size()));
  }
  return false;
}

auto abandoned(std::string_view where) {
  return fail(ErrorCode::request_abandoned, where);
}

}  // namespace

// The body of one request, among those that are held in memory.
class HeldBody {
 public:
  explicit HeldBody(ServerState& state) : state_(state) {}
  ~HeldBody() { grown_to(0); }
  HeldBody(const HeldBody&) = delete;
  HeldBody& operator=(const HeldBody&) = delete;

  void grown_to(std::size_t octets) {
    state_.held_bodies +=
        static_cast<std::size_t>(octets > 0) - static_cast<std::size_t>(octets_ > 0);
    state_.held_octets += octets - octets_;
    octets_ = octets;
  }

 private:
  ServerState& state_;
  std::size_t octets_ = 0;
};

// One request and what became of it.
struct Connection::Exchange {
  explicit Exchange(ServerState& state)
      : parser(state.config.limits.header_fields, state.config.limits.body_octets, state.claims),
        held_body(state) {}

  ports::RequestId id = ports::RequestId::next();
  RequestParser parser;
  HeldBody held_body;
  SteadyClock::time_point begin = SteadyClock::now();
  std::shared_ptr<const std::vector<Application>> applications;
  const Application* application = nullptr;  // one of them
  std::string_view subscriber;               // one of the application's
  Target target;
  std::optional<std::string> own_path;  // for the agent itself, instead of a target
  std::string_view own_methods;         // that its resource has

  std::chrono::microseconds age() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
  }
  // He has several and names none: his identities tell for which one the request is.
  bool has_open_subscriber() const {
    return parser.request().subscriber.empty() && application->subscribers.size() > 1;
  }
  Access access() const {
    const auto& request = parser.request();
    return {request.method, target, request.intended_identity};
  }
  std::size_t body_limit(const LocalLimits& limits) const {
    return own_path ? std::min(kOwnBodyOctets, limits.body_octets) : limits.body_octets;
  }
};

uid_t counted_uid(const Caller& caller) {
  return caller.peer ? caller.peer->uid : std::numeric_limits<uid_t>::max();
}

Connection::Connection(std::shared_ptr<ServerState> state, Socket socket, Caller caller)
    : Entry(state->deadlines),
      state_(std::move(state)),
      socket_(std::move(socket)),
      caller_(std::move(caller)) {
  state_->connections.insert(this);
  state_->crowd.came(state_->connections.size());
  state_->counts.add(caller_.socket, counted_uid(caller_));
}

Connection::~Connection() {
  state_->connections.erase(this);
  state_->counts.remove(caller_.socket, counted_uid(caller_));
  state_->crowd.left(state_->connections.size());
  if (state_->drain_waits && state_->connections.empty()) {
    state_->last_connection_gone.cancel();
  }
}

ports::Task<void> Connection::run(std::shared_ptr<Connection> self) {
  try {
    auto next = Next::request;
    while (next == Next::request && !self->gone_) {
      next = co_await self->serve_one();
      if (self->buffer_.size() > 0) {
        co_await self->state_->turns->next({self->caller_.socket, counted_uid(self->caller_)});
      }
    }
    if (next == Next::linger && !self->gone_) {
      co_await self->linger();
    }
  } catch (const std::exception& exception) {
    log::error("local.exception", {{"what", exception.what()}});
  }
  self->clear_deadline();
  error_code ignored;
  self->socket_.close(ignored);
}

void Connection::drain() {
  if (phase_ == Phase::idle && buffer_.size() == 0) {
    timed_out_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  }
  if (events_ != nullptr) {
    events_->end();
  }
}

void Connection::cut() {
  gone_ = true;
  if (events_ != nullptr) {
    events_->end();
  }
  clear_deadline();
  error_code ignored;
  socket_.close(ignored);
}

void Connection::enter(Phase phase, std::chrono::milliseconds time) {
  phase_ = phase;
  const auto deadline = SteadyClock::now() + time;
  deadline_before_write_ = deadline;
  set_deadline(deadline);
}

void Connection::on_deadline() {
  switch (phase_) {
    case Phase::idle:
    case Phase::reading: {
      timed_out_ = true;
      error_code ignored;
      socket_.cancel(ignored);
      return;
    }
    case Phase::answering:
      // The gateway is not interrupted: what it sent cannot be taken back. It finds the application
      // gone when it comes with the answer.
      if (writer_ == nullptr || !writer_->started()) {
        const auto text = problem_response(
            Error{ErrorCode::network_timeout, "local.answer", {}, "no answer within the time set"},
            ResponseManner{.request_id = answered_.view()});
        Pieces pieces;
        pieces[0] = asio::buffer(text);
        (void)try_write(pieces);
      }
      cut();
      return;
    case Phase::writing:
    case Phase::streaming:
    case Phase::lingering:
      cut();
      return;
  }
}

// --- reading ---

// Where the next octets go.
Result<std::span<char>> Connection::room() {
  const auto space = buffer_.prepare(std::max(state_->config.limits.header_octets, kBodyBlock));
  if (space.empty()) {
    return fail(ErrorCode::limit_header, "local.read");
  }
  return space;
}

// What came of a read into room(): request_abandoned at the end of the stream, limit_time when the
// deadline passed.
Result<void> Connection::filled(const error_code& error, std::size_t octets) {
  if (timed_out_) {
    return fail(ErrorCode::limit_time, "local.read");
  }
  if (error || octets == 0) {
    return abandoned("local.read");
  }
  buffer_.commit(octets);
  return {};
}

// No coroutine of its own: `error` has to live until the read is over.
ports::Task<std::size_t> Connection::read_some(std::span<char> to, error_code& error) {
  return socket_.async_read_some(asio::buffer(to.data(), to.size()),
                                 asio::redirect_error(asio::use_awaitable, error));
}

ports::Task<Result<void>> Connection::read_more() {
  CO_TRY(const auto to, room());
  error_code error;
  const std::size_t octets = co_await read_some(to, error);
  co_return filled(error, octets);
}

// The length of the next header, which then stands whole in the buffer.
ports::Task<Result<std::size_t>> Connection::read_header() {
  const auto& config = state_->config;
  HeaderScanner scanner;
  bool blank_line_allowed = true;  // RFC 9112 clause 2.2
  for (;;) {
    if (blank_line_allowed && buffer_.view().starts_with("\r\n")) {
      buffer_.consume(2);
      blank_line_allowed = false;
      scanner = {};
    }
    if (buffer_.size() > 0 && buffer_.view() != "\r") {
      auto octets = scanner.scan(buffer_.view().substr(0, config.limits.header_octets));
      if (!octets || *octets > 0) {
        co_return octets;
      }
      if (buffer_.size() >= config.limits.header_octets) {
        co_return fail(ErrorCode::limit_header, "local.read");
      }
    }
    if (buffer_.size() > 0 && phase_ == Phase::idle) {
      enter(Phase::reading, config.timeouts.header);
    }
    // read_more(), without its coroutine: every request waits here.
    CO_TRY(const auto to, room());
    error_code error;
    const std::size_t octets = co_await read_some(to, error);
    CO_TRY_VOID(filled(error, octets));
  }
}

ports::Task<Result<void>> Connection::read_body(Exchange& exchange) {
  auto& parser = exchange.parser;
  enter(Phase::reading, state_->config.timeouts.body);
  if (parser.request().expects_continue && buffer_.size() == 0) {
    Pieces pieces;
    pieces[0] = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
    auto written = co_await write(pieces);
    if (!written) {
      co_return written;
    }
  }
  buffer_.reserve(kBodyBlock);
  while (!parser.done()) {
    if (buffer_.size() > 0) {
      const bool in_pieces = parser.request().chunked && buffer_.size() > kChunkedPiece;
      auto taken =
          parser.read_body(buffer_.view().substr(0, in_pieces ? kChunkedPiece : buffer_.size()));
      if (taken && *taken == 0 && in_pieces) {
        taken = parser.read_body(buffer_.view());  // a line that is longer than a piece
      }
      if (!taken) {
        co_return std::unexpected(std::move(taken).error());
      }
      buffer_.consume(*taken);
      exchange.held_body.grown_to(parser.request().body.size());
      if (parser.request().body.size() > exchange.body_limit(state_->config.limits)) {
        co_return fail(ErrorCode::limit_body, "local.read");
      }
      if (parser.done()) {
        break;
      }
      if (in_pieces && *taken > 0) {
        co_await state_->turns->next({caller_.socket, counted_uid(caller_)});
        if (timed_out_) {
          co_return fail(ErrorCode::limit_time, "local.read");
        }
        if (gone_) {
          co_return abandoned("local.read");
        }
        continue;
      }
    }
    auto more = co_await read_more();
    if (!more) {
      co_return more;
    }
  }
  co_return Result<void>{};
}

// --- deciding ---

// The subscriber whose card owns `identity`, among several for whom the application may act. Cards
// that are known come first, so that one that does not answer delays nobody else's requests. When
// nobody owns it, policy and NAF say what that means for the first subscriber, unless it may be of
// one whose card cannot be asked and `must_be_owned`.
ports::Task<Result<void>> Connection::find_subscriber(Exchange& exchange, std::string identity,
                                                      bool must_be_owned) {
  const auto owns = [&](const std::vector<std::string>& identities) {
    return std::ranges::find(identities, identity) != identities.end();
  };
  const Owner owner =
      owner_of(*exchange.application, identity,
               [this](std::string_view subscriber) { return known_identities(subscriber); });
  if (!owner.subscriber.empty()) {
    exchange.subscriber = owner.subscriber;
    co_return Result<void>{};
  }
  std::optional<Error> obstacle;
  for (const std::string_view subscriber : owner.unknown) {
    auto identities = co_await own_identities(subscriber);
    if (identities && owns(**identities)) {
      exchange.subscriber = subscriber;
      co_return Result<void>{};
    }
    if (!identities && !obstacle) {
      obstacle = std::move(identities).error();
    }
  }
  if (obstacle && must_be_owned) {
    co_return std::unexpected(*std::move(obstacle));
  }
  co_return Result<void>{};
}

const std::vector<std::string>* Connection::known_identities(std::string_view subscriber) {
  auto known = state_->identities.known_identities(subscriber);
  return known ? &canonical(subscriber, std::move(known)) : nullptr;
}

ports::Task<Result<const std::vector<std::string>*>> Connection::own_identities(
    std::string_view subscriber) {
  enter(Phase::answering, state_->config.timeouts.answer);
  CO_TRY(auto identities, co_await state_->identities.public_identities(subscriber));
  co_return &canonical(subscriber, std::move(identities));
}

const std::vector<std::string>& Connection::canonical(std::string_view subscriber,
                                                      PublicIdentities identities) {
  auto found = state_->canonical_identities.find(subscriber);
  if (found == state_->canonical_identities.end()) {
    found = state_->canonical_identities.emplace(subscriber, ServerState::Canonical{}).first;
  }
  auto& list = found->second;
  if (identities != list.seen) {
    list.identities.clear();
    for (const auto& identity : *identities) {
      list.identities.push_back(canonical_identity(identity));
    }
    list.seen = std::move(identities);
  }
  return list.identities;
}

ports::Door Connection::door() const {
  return at_control_socket()   ? ports::Door::control
         : at_metrics_socket() ? ports::Door::monitor
                               : ports::Door::application;
}

// Whether the caller may make this request; false when cards have to be asked for that.
Result<bool> Connection::admit(Exchange& exchange) {
  const auto& request = exchange.parser.request();
  if (request.from_web_page) {
    return fail(ErrorCode::policy_web_page, "local.admit");
  }
  if (at_control_socket()) {
    announce(exchange);
    TRY_VOID(admit_own(exchange));
    return true;
  }
  if (at_metrics_socket()) {
    TRY_VOID(admit_monitor(exchange));
    return true;
  }
  if (request.has_proxy_authorization && !request.claim) {
    return fail(ErrorCode::policy_token_wrong, "local.admit",
                "Proxy-Authorization is neither Basic with application and token nor Bearer with a "
                "token");
  }
  exchange.applications = state_->applications;
  TRY(exchange.application, identify(*exchange.applications, caller_, request.claim));
  announce(exchange);
  if (request.method == "CONNECT") {
    return fail(ErrorCode::request_connect_refused, "local.admit");
  }
  if (!is_known_method(request.method)) {
    return fail(ErrorCode::request_method_refused, "local.admit");
  }
  std::optional<std::string_view> host;
  if (request.host) {
    host = *request.host;
  }
  TRY(exchange.own_path, own_path(request.target, host));
  if (exchange.own_path) {
    TRY_VOID(admit_own(exchange));
    return true;
  }
  TRY(exchange.target, parse_target(request.target, host));
  const auto& application = *exchange.application;
  TRY(exchange.subscriber, chosen_subscriber(application, request.subscriber));
  if (exchange.has_open_subscriber()) {
    return false;
  }
  std::span<const std::string> own;
  if (needs_own_identities(application, exchange.target)) {
    const auto* known = known_identities(exchange.subscriber);
    if (known == nullptr) {
      return false;
    }
    own = *known;
  }
  TRY_VOID(authorise(application, exchange.access(), own));
  return true;
}

// The rest of admit(): whose identities count, and whether they allow the request.
ports::Task<Result<void>> Connection::admit_by_cards(Exchange& exchange) {
  const auto& application = *exchange.application;
  const Access access = exchange.access();
  const bool own_alone = needs_own_identities(application, exchange.target);
  if (exchange.has_open_subscriber()) {
    if (auto identity = telling_identity(access); !identity.empty()) {
      const bool must_be_owned = own_alone || !access.intended_identity.empty();
      CO_TRY_VOID(co_await find_subscriber(exchange, std::move(identity), must_be_owned));
    }
  }
  std::span<const std::string> own;
  if (own_alone) {
    const auto* identities = known_identities(exchange.subscriber);
    if (identities == nullptr) {
      CO_TRY(identities, co_await own_identities(exchange.subscriber));
    }
    own = *identities;
  }
  co_return authorise(application, access, own);
}

// Nothing more is read of an application that is over its rate: it has to wait too.
ports::Task<Result<void>> Connection::wait_turn(Exchange& exchange) {
  const auto& application = *exchange.application;
  const unsigned rate = application.rate.per_second;
  const auto turn = state_->rates[application.name].take(application.rate, SteadyClock::now(),
                                                         state_->config.longest_turn);
  if (turn.refused) {
    Error error{ErrorCode::limit_queue,
                "local.admit",
                {},
                "application \"" + application.name + "\" may make " + std::to_string(rate) +
                    (rate == 1 ? " request" : " requests") + " a second, and too many wait"};
    error.retry_after = std::chrono::ceil<std::chrono::seconds>(turn.wait);
    co_return std::unexpected(std::move(error));
  }
  if (turn.wait > turn.wait.zero()) {
    enter(Phase::answering, state_->config.timeouts.answer);
    asio::steady_timer timer(state_->executor, turn.wait);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (gone_) {
      co_return abandoned("local.admit");
    }
  }
  co_return Result<void>{};
}

// A request for numbers or health over TCP. A page of the web that has its name resolved to the
// loopback address shows by Host that it did [API-5].
Result<void> Connection::admit_monitor(Exchange& exchange) {
  const auto& request = exchange.parser.request();
  if (!request.host || !is_loopback_authority(*request.host) || !request.target.starts_with('/')) {
    return fail(ErrorCode::request_host_invalid, "local.admit",
                "here Host is a loopback address or localhost, and the target a path");
  }
  exchange.own_path = request.target;
  return admit_own(exchange);
}

// A request to the agent itself: who may ask for what is decided by its resource.
Result<void> Connection::admit_own(Exchange& exchange) {
  const auto& request = exchange.parser.request();
  if (!exchange.own_path) {
    const auto& host = request.host;
    TRY(exchange.own_path,
        own_path(request.target, host ? std::optional<std::string_view>(*host) : std::nullopt));
  }
  if (!exchange.own_path) {
    return fail(ErrorCode::request_host_invalid, "local.admit",
                "on the control socket there is http://" + std::string(kOwnHost) + "/ alone");
  }
  // Over TCP the kernel does not tell who calls, nor the caller who listens [KEY-5].
  if (caller_.socket == kTcpSocketName) {
    return fail(ErrorCode::policy_tcp_denied, "local.admit");
  }
  if (*exchange.own_path == kXcapPath && exchange.application != nullptr &&
      exchange.application->auids.empty()) {
    return fail(ErrorCode::policy_path_denied, "local.admit",
                "application \"" + exchange.application->name + "\" has no auids");
  }
  exchange.own_methods = state_->own.methods_of(door(), *exchange.own_path);
  if (exchange.own_methods.empty()) {
    return fail(ErrorCode::request_resource_unknown, "local.admit");
  }
  if (!is_allowed(exchange.own_methods, request.method)) {
    return fail(ErrorCode::request_method_refused, "local.admit",
                "this resource has " + std::string(exchange.own_methods));
  }
  return {};
}

// --- answering ---

ResponseManner Connection::manner_of(const Exchange& exchange) const {
  const auto& request = exchange.parser.request();
  return {.head = request.method == "HEAD",
          .http_1_0 = request.http_1_0,
          .keep_alive = request.keep_alive && !state_->draining,
          .request_id = exchange.id.view()};
}

// The asker is made once a connection, as long as it is the same application's.
ports::Cause Connection::cause_of(const Exchange& exchange) {
  const std::string_view application =
      exchange.application ? std::string_view(exchange.application->name) : "-";
  if (!asker_ || asker_->application != application) {
    ports::Asker asker{.application = std::string(application)};
    if (caller_.peer) {
      asker.uid = caller_.peer->uid;
      asker.pid = caller_.peer->pid;
      asker.executable = caller_.peer->executable;
      asker.unit = caller_.peer->unit;
    }
    asker_ = std::make_shared<const ports::Asker>(std::move(asker));
  }
  return {.id = exchange.id, .asker = asker_};
}

ports::Task<Connection::Next> Connection::serve_one() {
  const auto& config = state_->config;
  buffer_.shrink();
  enter(Phase::idle, config.timeouts.idle);
  auto header = co_await read_header();
  const bool nothing_came = phase_ == Phase::idle && buffer_.size() == 0;
  if (!header && (nothing_came || header.error().code == ErrorCode::request_abandoned)) {
    co_return Next::close;
  }
  state_->counters.requests += door() == ports::Door::application ? 1 : 0;
  Exchange exchange(*state_);
  Result<void> admitted;
  if (header) {
    admitted = exchange.parser.read_header(buffer_.front(*header));
    buffer_.consume(*header);
    if (const auto& given = exchange.parser.request().id; !given.empty()) {
      exchange.id = given;
    }
  } else {
    admitted = std::unexpected(std::move(header).error());
  }
  if (admitted) {
    if (const auto decided = admit(exchange); !decided) {
      admitted = std::unexpected(decided.error());
    } else if (!*decided) {
      admitted = co_await admit_by_cards(exchange);
    }
  }
  if (admitted && exchange.application != nullptr && exchange.application->rate.per_second > 0) {
    admitted = co_await wait_turn(exchange);
  }
  if (admitted && !exchange.parser.done()) {
    admitted = co_await read_body(exchange);
  }
  if (!admitted) {
    Error error = std::move(admitted).error();
    co_return co_await refuse(exchange, std::move(error));
  }
  if (exchange.own_path && at_control_socket() && *exchange.own_path == kEventsPath &&
      state_->events != nullptr) {
    co_return co_await stream_events(exchange);
  }
  if (exchange.own_path) {
    co_return co_await answer_own(exchange);
  }
  co_return co_await answer(exchange);
}

ports::Task<Connection::Next> Connection::answer_own(Exchange& exchange) {
  auto& parsed = exchange.parser.request();
  ports::OwnRequest request;
  request.door = door();
  request.path = *exchange.own_path;
  request.body = std::move(parsed.body);
  if (exchange.application != nullptr) {
    request.application = exchange.application->name;
    request.subscribers = exchange.application->subscribers;
  }
  request.uid = counted_uid(caller_);
  request.cause = cause_of(exchange);
  enter(Phase::answering, state_->config.timeouts.answer);
  const Result<ports::OwnAnswer> answer = co_await state_->own.answer(std::move(request));
  if (!answer) {
    count(exchange, answer.error());
    co_return co_await send_problem(exchange, answer.error());
  }
  const auto manner = manner_of(exchange);
  const SecretBytes& body = answer->body;
  const auto header = own_header(answer->status, answer->type, body.size(), manner);
  Pieces pieces;
  pieces[0] = asio::buffer(header);
  if (!manner.head) {
    // From the locked memory that it is in, which is wiped with `answer`.
    pieces[1] = asio::buffer(body.expose().data(), body.size());
  }
  auto written = co_await write(pieces);
  log_own(exchange, written ? "answered" : "abandoned");
  count_request(exchange, answer->status);
  if (!written) {
    co_return Next::close;
  }
  co_return manner.keep_alive ? Next::request : Next::linger;
}

// Until the reader leaves, is too slow, or the agent ends.
ports::Task<Connection::Next> Connection::stream_events(Exchange& exchange) {
  auto reader = state_->events->subscribe();
  if (!reader) {
    Error error = std::move(reader).error();
    co_return co_await refuse(exchange, std::move(error));
  }
  log_own(exchange, "streaming");
  enter(Phase::streaming, kForever);
  events_ = reader->get();
  std::string piece(kEventStreamHeader);
  bool sent = true;
  while (sent && !piece.empty()) {
    Pieces pieces;
    pieces[0] = asio::buffer(piece);
    auto written = co_await write(pieces);
    sent = written.has_value() && !gone_;
    if (sent) {
      piece = co_await (*reader)->next();
    }
  }
  events_ = nullptr;
  co_return sent && !gone_ ? Next::linger : Next::close;
}

ports::Task<Connection::Next> Connection::answer(Exchange& exchange) {
  auto& parsed = exchange.parser.request();
  ports::UtRequest request;
  request.method = parsed.method;
  request.naf = exchange.target.naf;
  request.port = exchange.target.port;
  request.target = std::move(exchange.target.origin_form);
  request.headers = std::move(parsed.headers);
  request.body = std::move(parsed.body);
  request.application = exchange.application->name;
  request.subscriber = exchange.subscriber;
  request.intended_identity = std::move(parsed.intended_identity);
  request.cause = cause_of(exchange);

  enter(Phase::answering, state_->config.timeouts.answer);
  ResponseWriter writer(*this, manner_of(exchange));
  writer_ = &writer;
  answered_ = exchange.id;
  Result<ports::UtReport> report = co_await state_->gateway.exchange(std::move(request), writer);
  Result<void> sent;
  if (report) {
    const auto finished = writer.finish_now();
    if (!finished) {
      sent = std::unexpected(finished.error());
    } else if (!*finished) {
      sent = co_await writer.finish();
    }
  } else {
    sent = std::unexpected(std::move(report).error());
  }
  writer_ = nullptr;
  if (sent) {
    log_exchange(exchange, writer.status(), *report);
    count_request(exchange, writer.status());
    co_return writer.keep_alive() && !state_->draining ? Next::request : Next::linger;
  }
  if (writer.started() || gone_) {
    count_and_log(exchange, sent.error(), true);
    cut();
    co_return Next::close;
  }
  Error error = std::move(sent).error();
  co_return co_await refuse(exchange, std::move(error));
}

// Sends the problem document.
ports::Task<Connection::Next> Connection::refuse(Exchange& exchange, Error error) {
  count_and_log(exchange, error);
  co_return co_await send_problem(exchange, error);
}

// `error` lives until the end.
ports::Task<Connection::Next> Connection::send_problem(Exchange& exchange, const Error& error) {
  if (gone_ || error.code == ErrorCode::request_abandoned) {
    co_return Next::close;
  }
  timed_out_ = false;
  auto manner = manner_of(exchange);
  if (!exchange.own_methods.empty()) {
    manner.allow = exchange.own_methods;
  }
  // Without the whole message nobody knows where the next one begins.
  manner.keep_alive = manner.keep_alive && exchange.parser.done();
  const auto text = problem_response(error, manner);
  Pieces pieces;
  pieces[0] = asio::buffer(text);
  auto written = co_await write(pieces);
  if (!written) {
    co_return Next::close;
  }
  co_return manner.keep_alive ? Next::request : Next::linger;
}

ports::Task<void> Connection::linger() {
  enter(Phase::lingering, kLingerTime);
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  std::size_t octets = buffer_.size();
  buffer_.consume(octets);
  const auto room = buffer_.prepare(ReadBuffer::kSmall);
  while (!error && octets < kLingerOctets) {
    octets += co_await read_some(room, error);
  }
}

// Writes what the socket takes at once and shortens `pieces` by it; false when the connection is
// broken.
bool Connection::try_write(Pieces& pieces) {
  std::array<iovec, std::tuple_size_v<Pieces>> parts{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    parts[i] = {const_cast<void*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  }
  auto left = static_cast<std::size_t>(sent);
  for (auto& piece : pieces) {
    const auto taken = std::min(left, piece.size());
    piece += taken;
    left -= taken;
  }
  return true;
}

Result<bool> Connection::write_now(Pieces& pieces) {
  if (gone_ || !try_write(pieces)) {
    gone_ = true;
    return abandoned("local.write");
  }
  return asio::buffer_size(pieces) == 0;
}

ports::Task<Result<void>> Connection::write(Pieces pieces) {
  CO_TRY(const bool all, write_now(pieces));
  if (!all) {
    CO_TRY_VOID(co_await write_rest(pieces));
  }
  co_return Result<void>{};
}

ports::Task<Result<void>> Connection::write_rest(Pieces pieces) {
  const auto phase = std::exchange(phase_, Phase::writing);
  set_deadline(SteadyClock::now() + state_->config.timeouts.write);
  error_code error;
  co_await asio::async_write(socket_, pieces, asio::redirect_error(asio::use_awaitable, error));
  if (error || gone_) {
    gone_ = true;
    co_return abandoned("local.write");
  }
  phase_ = phase;
  set_deadline(deadline_before_write_);
  co_return Result<void>{};
}

// --- telling ---

void Connection::log_exchange(const Exchange& exchange, unsigned status,
                              const ports::UtReport& report) {
  const bool logged = state_->config.access_log && log::enabled(log::Level::info);
  if (!logged && !log::tap_is_read()) {
    return;
  }
  const auto took = exchange.age();
  const auto& target = exchange.target;
  const auto tell = [logged](std::string_view event, log::Fields fields) {
    logged ? log::info(event, fields) : log::tell_tap(event, fields);
  };
  tell("local.request",
       {{"request_id", exchange.id.view()},
        {"application", exchange.application->name},
        {"method", exchange.parser.request().method},
        {"naf", target.naf},
        {"auid", target.auid},
        {"xui", target.xui.empty() ? std::string{} : log::personal("xui", target.xui)},
        {"status", status},
        {"round_trips", report.round_trips},
        {"bootstrapped", report.bootstrapped},
        {"us", took.count()}});
}

// One line a connection.
void Connection::announce(const Exchange& exchange) {
  if (announced_) {
    return;
  }
  announced_ = true;
  const auto peer = caller_.peer.value_or(PeerCredentials{});
  const auto* application = exchange.application;
  log::info("local.caller", {{"request_id", exchange.id.view()},
                             {"application", application ? application->name : "-"},
                             {"socket", caller_.socket},
                             {"uid", caller_.peer ? std::to_string(peer.uid) : "-"},
                             {"pid", peer.pid},
                             {"executable", peer.executable},
                             {"unit", peer.unit}});
}

void Connection::log_own(const Exchange& exchange, std::string_view outcome) {
  if (state_->config.access_log) {
    // Who looks every few seconds at numbers would fill the log.
    log::write(at_metrics_socket() ? log::Level::debug : log::Level::info, "local.own",
               {{"request_id", exchange.id.view()},
                {"application", exchange.application ? exchange.application->name : "-"},
                {"socket", caller_.socket},
                {"uid", counted_uid(caller_)},
                {"method", exchange.parser.request().method},
                {"path", *exchange.own_path},
                {"outcome", outcome}});
  }
}

void Connection::count_request(const Exchange& exchange, unsigned status,
                               std::optional<ErrorFamily> problem) {
  if (door() == ports::Door::application) {
    state_->requests.count(
        {.application = exchange.application ? exchange.application->name : std::string_view(),
         .method = exchange.parser.request().method,
         .status = status,
         .problem = problem,
         .duration = exchange.age()});
  }
}

// `cut`: the answer had begun, or there is nobody to answer.
void Connection::count(const Exchange& exchange, const Error& error, bool cut) {
  const bool denied = family(error.code) == ErrorFamily::policy;
  ++(denied ? state_->counters.denied : state_->counters.failed);
  const bool told = !cut && !gone_ && error.code != ErrorCode::request_abandoned;
  count_request(exchange, told ? problem_status(error.code) : 0, family(error.code));
}

void Connection::count_and_log(const Exchange& exchange, const Error& error, bool cut) {
  const bool denied = family(error.code) == ErrorFamily::policy;
  count(exchange, error, cut);
  const auto& target = exchange.target;
  const auto uid = caller_.peer ? std::to_string(caller_.peer->uid) : std::string("-");
  const auto pid = caller_.peer ? caller_.peer->pid : 0;
  log::warning(denied ? "local.denied" : "local.failed",
               {{"request_id", exchange.id.view()},
                {"problem", name(error.code)},
                {"application", exchange.application ? exchange.application->name : "-"},
                {"socket", caller_.socket},
                {"uid", uid},
                {"pid", pid},
                {"naf", target.naf},
                {"auid", target.auid},
                {"xui", target.xui.empty() ? std::string{} : log::personal("xui", target.xui)},
                {"why", to_text(error)}});
}

}  // namespace ut::local
