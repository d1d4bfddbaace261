// What the owner may do to the running agent beyond status and forget: the parts that the resources
// of the control socket need, and those resources.
#pragma once

#include "agent/control/service.h"
#include "agent/daemon/config.h"
#include "agent/daemon/explanation.h"
#include "agent/daemon/token_file.h"
#include "agent/local/server.h"
#include "base/clock.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ut::daemon {

class OwnerDesk {
 public:
  // Everything must outlive the desk.
  struct Surroundings {
    boost::asio::any_io_executor loop;
    AgentConfig& config;  // a reload changes it
    PlainHttpSetting plain_http = PlainHttpSetting::refused;
    control::Service& service;
    const std::unique_ptr<local::Server>& server;  // looked at when asked, as it is opened last
    KnownCards cards;
    const Clock& clock;
  };

  // Reads the token file and puts the resources up. Errors of TokenFile::open.
  static Result<std::unique_ptr<OwnerDesk>> open(Surroundings around);
  OwnerDesk(const OwnerDesk&) = delete;
  OwnerDesk& operator=(const OwnerDesk&) = delete;

  // Has SIGHUP read the configuration again.
  void watch_signal();

  // The applications of the configuration with the tokens that were made for them.
  std::vector<local::Application> applications() const;

 private:
  OwnerDesk(Surroundings around, TokenFile tokens);
  void serve();
  Result<std::string> explain_decision(const ports::OwnRequest& request);
  Result<std::string> set_log_level(const ports::OwnRequest& request);
  Result<std::string> reload_asked(const ports::OwnRequest& request);
  Result<std::string> reload(bool dry_run);
  Result<std::string> read_again(bool dry_run);
  void apply(AgentConfig fresh, TokenFile tokens);
  Result<std::string> list_tokens(const ports::OwnRequest& request);
  Result<std::string> make_token(const ports::OwnRequest& request);
  Result<std::string> revoke_token(const ports::OwnRequest& request);
  void obey();

  Surroundings around_;
  std::vector<local::Application> applications_;  // without made tokens
  TokenFile tokens_;
  std::string started_with_;  // the text of the configuration
  boost::asio::signal_set hang_up_;
};

}  // namespace ut::daemon
