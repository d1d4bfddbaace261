// A document that is got, changed and put again, whoever else changes it meanwhile.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/documents/xml_document.h"
#include "tools/utctl/xcap_client.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

struct ChangedDocument {
  std::string text;
  bool changed = false;
  std::vector<std::string> notes{};
};

struct DocumentChange {
  std::string uri;
  std::string address;       // as the user would type it
  std::string_view initial;  // what is changed where there is no document
  std::function<Understood<ChangedDocument>(std::string_view text)> change;
};

// Gets the document, changes it and puts it with If-Match; where there is none, changes `initial`
// and puts that with If-None-Match. When somebody else was faster, everything begins anew, at most
// kMostTries times. What does not change is not put. Nothing is put without an ETag to match.
inline constexpr unsigned kMostTries = 5;
Result<Answer> change_document(Documents& documents, const DocumentChange& wanted);

// The value of If-Match for this ETag; in words why there is none: no ETag, or a weak one, which
// never matches (RFC 9110 clause 13.1.1).
Understood<std::string> if_match(const std::string& etag);

}  // namespace ut::utctl
