#include "tools/isim-probe/reader_events.h"

#include <algorithm>

namespace ut::probe {
namespace {

using isim::ReaderState;

const ReaderState* find(const isim::ReaderPicture& picture, const std::string& name) {
  const auto found = std::ranges::find(picture.readers, name, &ReaderState::name);
  return found == picture.readers.end() ? nullptr : &*found;
}

void compare(const ReaderState& before, const ReaderState& after,
             std::vector<ReaderEvent>& events) {
  const bool same = after.same_card(before);
  if (before.card && !same) {
    events.push_back({"card-removed", after.name});
  }
  if (after.card && !same) {
    events.push_back({"card-inserted", after.name, after.atr});
  }
  if (after.mute && !before.mute) {
    events.push_back({"card-mute", after.name});
  }
  if (after.exclusive != before.exclusive) {
    events.push_back({after.exclusive ? "held" : "released", after.name});
  }
}

}  // namespace

std::vector<ReaderEvent> events_between(const isim::ReaderPicture& before,
                                        const isim::ReaderPicture& after) {
  std::vector<ReaderEvent> events;
  if (before.service != after.service) {
    events.push_back({after.service ? "service-up" : "service-down"});
  }
  for (const auto& reader : before.readers) {
    if (find(after, reader.name) == nullptr) {
      events.push_back({"reader-removed", reader.name});
    }
  }
  for (const auto& reader : after.readers) {
    const ReaderState* known = find(before, reader.name);
    ReaderState empty;
    empty.name = reader.name;
    if (known == nullptr) {
      events.push_back({"reader-added", reader.name});
      known = &empty;
    }
    compare(*known, reader, events);
  }
  return events;
}

}  // namespace ut::probe
