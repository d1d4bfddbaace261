// Whether a program can speak plain http to NAFs at all. It is given as a value, from the command
// line's main down, so that a program without it has nothing of it linked [UA-10].
#pragma once

#include "agent/ua/channel.h"
#include "agent/ua/config.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace ut::daemon {

// Makes the connector that reaches NAFs with `plain_http` without TLS and all others by `tls`;
// nullptr in a program that speaks TLS only. `config` and `tls` must outlive what it makes.
using PlainHttp = std::unique_ptr<ua::Connector> (*)(boost::asio::any_io_executor executor,
                                                     const ua::UaConfig& config,
                                                     ua::Connector& tls);

// The one of builds for conformance tests (library daemon_plain).
std::unique_ptr<ua::Connector> with_plain_http(boost::asio::any_io_executor executor,
                                               const ua::UaConfig& config, ua::Connector& tls);

}  // namespace ut::daemon
