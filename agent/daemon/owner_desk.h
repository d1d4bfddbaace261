// What the owner may do to the running agent beyond status and forget: the parts that the resources
// of the control socket need, and those resources.
#pragma once

#include "agent/control/service.h"
#include "agent/daemon/config.h"
#include "agent/daemon/token_file.h"
#include "agent/local/server.h"
#include "base/clock.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace ut::daemon {

class OwnerDesk {
 public:
  // Reads the token file. Everything must outlive the desk; `server` is looked at when asked, as it
  // is opened last. Errors of TokenFile::open.
  static Result<std::unique_ptr<OwnerDesk>> open(const AgentConfig& config,
                                                 const std::unique_ptr<local::Server>& server,
                                                 const Clock& clock);
  OwnerDesk(const OwnerDesk&) = delete;
  OwnerDesk& operator=(const OwnerDesk&) = delete;

  // Puts the resources up.
  void serve(control::Service& service);

  // The applications of the configuration with the tokens that were made for them.
  std::vector<local::Application> applications() const;

 private:
  OwnerDesk(const AgentConfig& config, TokenFile tokens,
            const std::unique_ptr<local::Server>& server, const Clock& clock);
  Result<std::string> list_tokens() const;
  Result<std::string> make_token(const ports::OwnRequest& request);
  Result<std::string> revoke_token(const ports::OwnRequest& request);
  void obey();

  std::vector<local::Application> applications_;  // without made tokens
  TokenFile tokens_;
  const std::unique_ptr<local::Server>& server_;
  const Clock& clock_;
};

}  // namespace ut::daemon
