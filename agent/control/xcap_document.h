// GET /xcap: what an application needs to address a subscriber's XCAP documents [XC-1].
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace ut::control {

struct XcapHome {
  std::string name;             // of the subscriber
  std::string configured_root;  // empty: none
  Result<ports::Subscriber> subscriber;
};

// {"subscribers": [...]} in JSON: of each XCAP root, where it is from, and public identities, the
// default one first; or why they are not known. The identities stand there as they are, since the
// documents of the application's user are addressed by them.
std::string xcap_document(const std::vector<XcapHome>& homes);

}  // namespace ut::control
