// utctl events: what happens in the agent, live.
#pragma once

#include "tools/utctl/answer.h"

#include <optional>
#include <string>
#include <string_view>

namespace ut::utctl {

// One line of the stream (text/event-stream) as it is printed, with its line end; nullopt for lines
// that carry no event. With Format::json the event's JSON on one line.
std::optional<std::string> event_words(std::string_view line, Format format);

}  // namespace ut::utctl
