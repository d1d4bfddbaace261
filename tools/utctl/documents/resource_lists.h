// Resource lists (RFC 4826 clause 3) read and changed entry by entry. Pure.
#pragma once

#include "tools/utctl/documents/xml_document.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

struct ResourceList {
  std::string name{};  // empty: it has none
  std::string display_name{};
  std::vector<std::string> entries{};    // URIs of <entry>
  std::vector<std::string> elsewhere{};  // anchors of <external> and refs of <entry-ref>
};

// The lists of the document, those inside of others after them, as "family/children". In words why
// it holds no resource lists.
Understood<std::vector<ResourceList>> resource_lists(std::string_view text);

struct ListsChange {
  std::string text;  // of the whole document
  bool changed = false;
};

// With the URI in the list of this name, which is made where there is none. `uri` is
// canonical_identity(); everything else stays as it is.
Understood<ListsChange> with_entry(std::string_view text, std::string_view list,
                                   std::string_view uri);

// Without it; the list stays, empty or not. In words that there is no such list.
Understood<ListsChange> without_entry(std::string_view text, std::string_view list,
                                      std::string_view uri);

}  // namespace ut::utctl
