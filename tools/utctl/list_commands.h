// utctl rules and lists: presence rules and resource lists changed person by person.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/documents/presence_rules.h"
#include "tools/utctl/xcap_client.h"

#include <optional>
#include <string>

namespace ut::utctl {

struct RulesCommand {
  std::string auid{"pres-rules"};
  std::string document{};  // empty: the usual one of the AUID
  std::string watcher{};
};

// The rules as a table.
Result<Answer> rules_list(XcapClient& client, const RulesCommand& command);
// nullopt: the watcher is in no rule by name.
Result<Answer> rules_set(XcapClient& client, const RulesCommand& command,
                         std::optional<SubHandling> handling);

struct ListsCommand {
  std::string document{"index"};
  std::string list{};
  std::string uri{};
};

Result<Answer> lists_show(XcapClient& client, const ListsCommand& command);
Result<Answer> lists_add(XcapClient& client, const ListsCommand& command);
Result<Answer> lists_remove(XcapClient& client, const ListsCommand& command);

// The canonical form of a person's URI: sip, sips, tel or pres. input_malformed for anything else.
Result<std::string> person_uri(const std::string& text);

}  // namespace ut::utctl
