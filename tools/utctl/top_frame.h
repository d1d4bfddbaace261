// What utctl top shows, as lines. Pure.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace ut::utctl {

// The part of the answer of GET /status that is told again and again.
struct Standing {
  std::string words{};  // lines
  std::uint64_t requests = 0;
  std::uint64_t denied = 0;
  std::uint64_t failed = 0;
};

// agent_unreachable when it is no such answer.
Result<Standing> standing_from(ByteView status);

struct TopContent {
  Standing now{};
  Standing before{};                 // of the frame before; the same for the first
  std::deque<std::string> events{};  // the oldest first
  std::string trouble{};             // why nothing is known; empty: none
};

// Exactly `rows` lines of at most `columns` characters: how things stand, what has changed since
// the frame before, and as many of the last events as there is room for. What is too long is cut.
std::vector<std::string> top_frame(const TopContent& content, std::size_t rows,
                                   std::size_t columns);

}  // namespace ut::utctl
