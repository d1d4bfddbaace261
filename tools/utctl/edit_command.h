// utctl edit: a document in the user's editor and back, of which nothing is lost.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/xcap_client.h"

#include <functional>
#include <string>

namespace ut::utctl {

// What the user does meanwhile.
struct EditorRound {
  // Has him edit the file; false when the editor fails.
  std::function<bool(const std::string& file)> edit;
  // Tells why what he made cannot be sent, and asks whether he wants to edit it again.
  std::function<bool(const std::string& why)> again;
  // Shows what somebody else changed, from the one file to the other.
  std::function<void(const std::string& before, const std::string& now)> show_changes;
};

// The editor of the environment (VISUAL, EDITOR, vi), questions on the terminal, diff.
EditorRound usual_round();

// Gets the document into a file that only the user can read, has it edited, and puts it with
// If-Match; where there is no document, begins with a template and If-None-Match. Without a change
// nothing is sent. What cannot be sent, or is not taken, stays in the file, and the answer names
// it; else the file goes. `folder` is where it is made; empty: the usual.
Result<Answer> edit_document(Documents& documents, const std::string& uri, std::string_view initial,
                             const EditorRound& round, const std::string& folder = {});

}  // namespace ut::utctl
