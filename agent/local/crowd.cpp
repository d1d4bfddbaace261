#include "agent/local/crowd.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>

namespace ut::local {
namespace {

// How many at once make a crowd, and what part of it is left when it has gone.
constexpr std::size_t kCrowd = 1024;
constexpr std::size_t kRest = 16;

// The last of them go within this time of the first; else their memory goes with the next crowd's.
constexpr std::chrono::milliseconds kPause{500};

}  // namespace

void Crowd::came(std::size_t connections) {
  most_ = std::max(most_, connections);
}

void Crowd::left(std::size_t connections) {
  if (most_ < kCrowd || connections >= most_ / kRest) {
    return;
  }
  most_ = connections;
  timer_.expires_after(kPause);
  timer_.async_wait([](const boost::system::error_code& error) {
    if (!error) {
      ::malloc_trim(0);
    }
  });
}

}  // namespace ut::local
