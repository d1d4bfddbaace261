// utctl get, put, delete, caps and template.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/xcap_client.h"

#include <string>

namespace ut::utctl {

struct GetCommand {
  std::string address{};
  std::string output{};     // file; empty: standard output
  std::string etag_file{};  // where the ETag is kept; empty: nowhere
  bool include = false;     // ETag and Content-Type before the body
};

struct PutCommand {
  std::string address{};
  std::string file{"-"};  // "-": standard input
  std::string if_match{};
  std::string etag_file{};  // holds If-Match, and gets the new ETag
  std::string content_type{};
  bool create = false;  // If-None-Match: *
};

struct DeleteCommand {
  std::string address{};
  std::string if_match{};
  std::string etag_file{};
};

// What the NAF refuses is an answer (refusal.h). Bodies are streamed, but with Format::json that of
// a GET, which is a text then, at most kLargestDocument.
// `progress`: whether it is shown on standard error.
Result<Answer> xcap_get(XcapClient& client, const GetCommand& command, Format format,
                        bool progress);
Result<Answer> xcap_put(XcapClient& client, const PutCommand& command, bool progress);
Result<Answer> xcap_delete(XcapClient& client, const DeleteCommand& command);

// What the XCAP server can do: xcap-caps/global/index.
Result<Answer> xcap_capabilities(XcapClient& client);

// A document to begin with. `home` is asked for when the document names the user.
Result<Answer> xcap_template(XcapClient& client, const std::string& auid);

}  // namespace ut::utctl
