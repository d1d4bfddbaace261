// The client certificates of NAFs from the files or tokens that the configuration names
// [UA-7 UT-3].
#pragma once

#include "agent/ua/config.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <string>

namespace ut::daemon {

// Reads certificate and key of every NAF that has them. config_unreadable with the path, also when
// others than its owner may use the key; tls_client_certificate_unusable with the NAF. Of a key in
// a token only the PEM file beside it is read: the token may come later, so it is first asked when
// a NAF is connected to. `pin_latch` is where refused PINs are remembered.
Result<void> load_client_certificates(ua::UaConfig& config,
                                      const boost::asio::any_io_executor& loop,
                                      const std::filesystem::path& pin_latch);

// The file of the PIN for a NAF's key in a token; "" when there is none.
std::string token_pin_file(const ua::NafSettings& naf);

}  // namespace ut::daemon
