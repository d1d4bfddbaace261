// The XCAP documents of the user, through an application's socket of the agent.
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "tools/utctl/ut_request.h"
#include "tools/utctl/xcap_target.h"

#include <optional>
#include <string>
#include <string_view>

namespace ut::utctl {

// As the command line gives it; empty: the usual.
struct XcapSettings {
  std::string socket{};      // default: the first [[socket]], else /run/ut-agent/ut.sock
  std::string tcp{};         // "127.0.0.1:8055"
  std::string token_file{};  // with `tcp`
  std::string subscriber{};  // Ut-Subscriber
  std::string identity{};    // X-3GPP-Intended-Identity
  std::string root{};        // instead of what the agent tells
  std::string xui{};
};

// What is read and written as a whole, bounded by kLargestDocument.
class Documents {
 public:
  virtual ~Documents() = default;
  // `text` gets the body of a 2xx. limit_body when it is larger than that.
  virtual Result<UtAnswer> fetch(const std::string& uri, std::string& text) = 0;
  // PUT with this header field beside Content-Type, "If-Match: ...".
  virtual Result<UtAnswer> store(const std::string& uri, std::string_view text,
                                 const std::string& condition) = 0;
};

class XcapClient final : public Documents {
 public:
  // config_unreadable for a token file that others may read; input_malformed for a door that cannot
  // be.
  static Result<XcapClient> open(XcapSettings settings, const daemon::AgentConfig& config);

  // Where the user's documents are; asks the agent once, unless the settings tell.
  Result<XcapHome> home();
  // As uri_of(); asks the agent for the home when it is needed.
  Result<std::string> uri(std::string_view address);

  // As ask_naf(), for the subscriber and under the identity of the settings.
  Result<UtAnswer> ask(UtRequest request, const UtListener& listener);

  Result<UtAnswer> fetch(const std::string& uri, std::string& text) override;
  Result<UtAnswer> store(const std::string& uri, std::string_view text,
                         const std::string& condition) override;

 private:
  XcapSettings settings_;
  UtDoor door_{};
  std::optional<XcapHome> home_{};
};

}  // namespace ut::utctl
