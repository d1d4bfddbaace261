// Where the owner's live events come from: what this folder asks of the daemon.
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <memory>
#include <string>

namespace ut::local {

// The resource of the control socket that is a stream (text/event-stream of the HTML standard).
inline constexpr std::string_view kEventsPath = "/events";

class EventReader {
 public:
  virtual ~EventReader() = default;
  // What is to be sent next; waits for it. Empty: the stream is over.
  virtual ports::Task<std::string> next() = 0;
  // Has next() give an empty text from now on.
  virtual void end() = 0;
};

class EventSource {
 public:
  virtual ~EventSource() = default;
  // limit_connections when there are too many readers.
  virtual Result<std::unique_ptr<EventReader>> subscribe() = 0;
};

}  // namespace ut::local
