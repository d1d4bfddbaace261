// Where messages of the log go, and as what.
#pragma once

#include "base/log.h"

#include <cstdint>
#include <memory>

namespace ut::log {

struct Message {
  Level level = Level::info;
  std::string_view event;
  FieldView fields;
  bool audit = false;  // a record of audit()
};

class Output {
 public:
  virtual ~Output() = default;
  // From any thread. False when the message is lost.
  virtual bool write(const Message& message) = 0;
};

// To standard error as text, as at the start. One write(2) a message.
std::unique_ptr<Output> text_output();

// Replaces the output; to be called before there is another thread. nullptr: text_output().
void set_output(std::unique_ptr<Output> output);

// Messages that no output took, since the start. Each time one is taken again, a message "log.lost"
// tells how many were lost before it.
std::uint64_t lost();

}  // namespace ut::log
