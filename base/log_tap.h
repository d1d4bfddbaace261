// One listener beside the log: it gets messages whatever the level is.
#pragma once

#include "base/log.h"

namespace ut::log {

class Tap {
 public:
  virtual ~Tap() = default;
  // On the thread that writes; must not write to the log itself.
  virtual void message(std::string_view event, FieldView fields) = 0;
  // Whether anybody reads what message() is told of single requests. On any thread.
  virtual bool is_read() const = 0;
};

// nullptr: none. When it returns no message is under way to the tap before.
void set_tap(Tap* tap);

// There is a tap, and it is read: messages of single requests need not be made otherwise.
bool tap_is_read();

// To the tap and not to the log.
void tell_tap(std::string_view event, FieldView fields);
inline void tell_tap(std::string_view event, Fields fields) {
  tell_tap(event, FieldView(fields.begin(), fields.size()));
}

}  // namespace ut::log
