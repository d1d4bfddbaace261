// What is wrong between this program and the subscriber on the card, and what to do about it.
#pragma once

#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/reader_watch.h"
#include "tools/isim-probe/paint.h"
#include "tools/isim-probe/probe.h"
#include "tools/isim-probe/report.h"

#include <chrono>
#include <string>
#include <vector>

namespace ut::probe {

struct Finding {
  std::string reader{};  // empty: about all of them
  bool good = false;
  std::string what{};
  std::string advice{};          // empty when good
  std::string_view code = "ok";  // of the error it is
  Exit exit = Exit::done;
};

// Looks from the service up to the files that the PIN guards. Sends the PIN only under the rules of
// CardSession. The last finding of the chain is the cause when something is wrong; a card that
// takes longer than `patience` for one exchange is mute.
std::vector<Finding> diagnose(const isim::ReaderPicture& picture, const Connect& connect,
                              const isim::SessionOptions& options,
                              const isim::ApplicationPolicy& policy,
                              std::chrono::milliseconds patience = std::chrono::milliseconds(5000));

std::string show(const std::vector<Finding>& findings, Format format, Paint paint = Paint());

// done when one reader has a card that works; else the status of the first finding that is not
// good.
Exit exit_of(const std::vector<Finding>& findings);

}  // namespace ut::probe
