// The client certificates of NAFs from the files that the configuration names [UA-7 UT-3].
#pragma once

#include "agent/ua/config.h"
#include "base/result.h"

namespace ut::daemon {

// Reads certificate and key of every NAF that has them. config_unreadable with the path, also when
// others than its owner may use the key; tls_client_certificate_unusable with the NAF.
Result<void> load_client_certificates(ua::UaConfig& config);

}  // namespace ut::daemon
