// How far a long body is, on one line of a terminal.
#pragma once

#include "tools/utctl/ut_request.h"

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

namespace ut::utctl {

// "sent 1.5 of 3.0 MB (50 %)", "received 12 kB".
std::string progress_words(const Transfer& transfer);

// Writes the line anew at most ten times a second, and nothing for short bodies.
class ProgressLine {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  explicit ProgressLine(std::ostream& to, Now now = std::chrono::steady_clock::now);
  ~ProgressLine();  // ends the line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void tell(const Transfer& transfer);

 private:
  std::ostream& to_;
  Now now_;
  std::chrono::steady_clock::time_point last_{};
  std::string words_{};
  bool begun_ = false;
};

}  // namespace ut::utctl
