// What happened between two pictures of the readers.
#pragma once

#include "isim/reader_watch.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::probe {

struct ReaderEvent {
  std::string_view kind;  // "service-up", "reader-added", "card-inserted", ... see events_between()
  std::string reader{};   // empty for the service
  Bytes atr{};            // of a card that came
};

// In the order in which they are told:
//   service-up, service-down
//   reader-removed, reader-added
//   card-removed, card-inserted    a card swapped between two looks is both
//   card-mute                      a card that gives no answer to reset
//   held, released                 a program keeps the reader for itself, or no longer
std::vector<ReaderEvent> events_between(const isim::ReaderPicture& before,
                                        const isim::ReaderPicture& after);

}  // namespace ut::probe
