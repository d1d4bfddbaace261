// What happened towards NAFs, for metrics. On the loop thread alone.
#pragma once

#include "agent/ua/channel.h"
#include "base/error.h"
#include "base/metrics.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace ut::ua {

// NAFs are told apart by the names of the configuration ("other": any that it does not have), so
// that no application can make another series.
class UaCounters {
 public:
  void opened(std::string_view naf, const ChannelFacts& facts);
  void not_opened(std::string_view naf, ErrorCode problem);
  void exchanged(std::string_view naf, bool well);
  void sent() { ++sent_; }              // one request to a NAF, whatever it was for
  void challenged() { ++challenged_; }  // one 401

  // `subscriber` is his name in the configuration.
  void measure(metrics::Page& page, std::string_view subscriber) const;

 private:
  struct Exchanges {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
  };
  // NAF, version, proof, "full" or "resumed".
  using Handshake = std::tuple<std::string, std::string, std::string_view, std::string_view>;

  std::map<Handshake, std::uint64_t> handshakes_;
  std::map<std::pair<std::string, std::string_view>, std::uint64_t> failures_;
  std::map<std::string, Exchanges, std::less<>> exchanges_;
  std::uint64_t sent_ = 0;
  std::uint64_t challenged_ = 0;
};

}  // namespace ut::ua
