// An application server behind an Authentication Proxy (TS 33.222 clause 6.5): it authenticates
// nobody and goes by the identity that the proxy asserts.
#pragma once

#include "tools/ut-lab/http.h"
#include "tools/ut-lab/stats.h"
#include "tools/ut-lab/xcap_store.h"

#include <string>
#include <string_view>

namespace ut::lab {

inline constexpr std::string_view kAssertedIdentity = "X-3GPP-Asserted-Identity";
inline constexpr std::string_view kIntendedIdentity = "X-3GPP-Intended-Identity";

class ApplicationServer {
 public:
  // `name`: the FQDN by which terminals ask for it; `xcap_root` as XcapStore takes it.
  ApplicationServer(std::string name, std::string xcap_root, Stats& stats);

  // `from_proxy`: the connection is the proxy's; anybody else is refused, whatever is asserted.
  Response answer(const Request& request, bool from_proxy);

  const std::string& name() const { return name_; }
  void forget_documents() { store_.clear(); }

 private:
  std::string name_;
  XcapStore store_;
  Stats& stats_;
};

// What the proxy sends on: `request` without what is for the proxy or for one connection alone,
// and with the identity that the proxy vouches for. `via`: the proxy's name.
Request forwarded(const Request& request, std::string_view asserted_identity, std::string_view via);

// Whether the target is /lab/echo.
bool asks_for_echo(const Request& request);
// The request as JSON, for tests.
Response echo(const Request& request);

}  // namespace ut::lab
