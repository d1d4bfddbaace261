// One connection of an application: reads requests, asks the policy, hands them to the gateway and
// sends the answers, one after the other.
#pragma once

#include "agent/local/caller.h"
#include "agent/local/read_buffer.h"
#include "agent/local/request_parser.h"
#include "agent/local/response_writer.h"
#include "agent/local/server_state.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::local {

class Connection final : public Deadlines::Entry, private Outlet {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  Connection(std::shared_ptr<ServerState> state, Socket socket, Caller caller);
  ~Connection() override;

  // Serves until either side ends it.
  static ports::Task<void> run(std::shared_ptr<Connection> self);

  // Ends it now when no request is being read or answered, else after the answer.
  void drain();
  // Ends it now. A request at the gateway runs on there; its answer is dropped.
  void cut();

 private:
  using Time = Deadlines::Time;

  // What the deadline watches.
  enum class Phase : std::uint8_t { idle, reading, answering, writing, streaming, lingering };
  struct Exchange;
  // What becomes of the connection: another request, an end after what was sent has been read, or
  // an end at once.
  enum class Next : std::uint8_t { request, linger, close };

  ports::Task<Next> serve_one();
  ports::Task<Result<std::size_t>> read_header();
  ports::Task<Result<void>> read_body(Exchange& exchange);
  ports::Task<Result<void>> read_more();
  ports::Task<std::size_t> read_some(std::span<char> to, boost::system::error_code& error);
  Result<std::span<char>> room();
  Result<void> filled(const boost::system::error_code& error, std::size_t octets);
  Result<bool> admit(Exchange& exchange);
  ports::Task<Result<void>> admit_by_cards(Exchange& exchange);
  Result<void> admit_own(Exchange& exchange);
  Result<void> admit_monitor(Exchange& exchange);
  void announce(const Exchange& exchange);
  ports::Task<Result<void>> wait_turn(Exchange& exchange);
  ports::Task<Result<void>> find_subscriber(Exchange& exchange, std::string identity,
                                            bool must_be_owned);
  const std::vector<std::string>* known_identities(std::string_view subscriber);
  ports::Task<Result<const std::vector<std::string>*>> own_identities(std::string_view subscriber);
  const std::vector<std::string>& canonical(std::string_view subscriber,
                                            PublicIdentities identities);
  ports::Task<Next> answer(Exchange& exchange);
  ports::Task<Next> answer_own(Exchange& exchange);
  ports::Task<Next> stream_events(Exchange& exchange);
  ports::Task<Next> refuse(Exchange& exchange, Error error);
  ports::Task<Next> send_problem(Exchange& exchange, const Error& error);
  ports::Task<void> linger();
  bool try_write(Pieces& pieces);
  Result<bool> write_now(Pieces& pieces) override;
  ports::Task<Result<void>> write_rest(Pieces pieces) override;
  ports::Task<Result<void>> write(Pieces pieces);

  void on_deadline() override;
  void enter(Phase phase, std::chrono::milliseconds time);
  ResponseManner manner_of(const Exchange& exchange) const;
  ports::Cause cause_of(const Exchange& exchange);
  bool at_control_socket() const { return caller_.socket == kControlSocketName; }
  bool at_metrics_socket() const { return caller_.socket == kMetricsSocketName; }
  ports::Door door() const;
  void log_exchange(const Exchange& exchange, unsigned status, const ports::UtReport& report);
  void log_own(const Exchange& exchange, std::string_view outcome);
  void count_request(const Exchange& exchange, unsigned status,
                     std::optional<ErrorFamily> problem = {});
  void count(const Exchange& exchange, const Error& error, bool cut = false);
  void count_and_log(const Exchange& exchange, const Error& error, bool cut = false);

  std::shared_ptr<ServerState> state_;
  Socket socket_;
  Caller caller_;
  ReadBuffer buffer_;
  Time deadline_before_write_{};
  const ResponseWriter* writer_ = nullptr;       // of the answer under way
  ports::RequestId answered_{};                  // the request of that answer
  std::shared_ptr<const ports::Asker> asker_{};  // the caller as the application he was last
  EventReader* events_ = nullptr;                // of the stream under way
  Phase phase_ = Phase::idle;
  bool timed_out_ = false;
  bool gone_ = false;       // nothing can be written any more
  bool announced_ = false;  // the caller was logged
};

// The key under which connections of `caller` are counted; all of TCP are one.
uid_t counted_uid(const Caller& caller);

}  // namespace ut::local
