#include "tools/utctl/pin_commands.h"

#include "agent/card/pin_latch.h"
#include "agent/daemon/client_certificates.h"
#include "agent/daemon/pin_settings.h"
#include "isim/uicc_files.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

// Of the latch, not of the configuration that names it.
Error about_latch(Error error) {
  if (error.code == ErrorCode::config_unreadable) {
    error.code = ErrorCode::system_call_failed;
  }
  return error;
}

std::string words_of(const card::LatchedPin& entry, bool closed) {
  if (const auto serial = card::token_serial_of(entry)) {
    return "the token with the serial number " + *serial + ": not accepted; " +
           (closed ? "it is not sent again to this token\n"
                   : "the PIN has been changed since, so the new one is sent once\n");
  }
  std::string text = entry.iccid.empty() ? "a card whose ICCID is not known" : entry.iccid;
  text += ": not accepted when " + std::to_string(entry.tries_left) + " tries were left; ";
  text += closed ? "it is not sent again to this card\n"
                 : "the PIN has been changed since, so the new one is sent once\n";
  return text;
}

}  // namespace

Result<Answer> pin_status(std::span<const daemon::SubscriberSettings> subscribers,
                          const ua::UaConfig& ua) {
  const auto& latch = subscribers.front().card.pin_latch_file;
  Answer answer;
  answer.json = {{"pins", Json::array()}, {"token_pins", Json::array()}, {"latch", latch},
                 {"understood", true},    {"cards", Json::array()},      {"tokens", Json::array()}};
  std::vector<std::string> sources;
  for (const auto& subscriber : subscribers) {
    const auto& settings = subscriber.card;
    const std::string place = daemon::pin_place(settings);
    sources.push_back(daemon::pin_source(settings));
    answer.text +=
        subscribers.size() > 1 ? "PIN of " + subscriber.name + ": " : std::string("PIN: ");
    answer.text += (place.empty() ? "none is configured" : place) + "\n";
    answer.json["pins"].push_back({{"subscriber", subscriber.name},
                                   {"pin", place.empty() ? Json(nullptr) : Json(place)},
                                   {"min_pin_tries", settings.min_pin_tries}});
    if (!settings.pin_file.empty() && sources.back().empty()) {
      answer.text += "the PIN file is not there, or may not be looked at\n";
    }
  }
  for (const auto& [fqdn, naf] : ua.nafs) {
    if (const std::string file = daemon::token_pin_file(naf); !file.empty()) {
      sources.push_back(card::pin_source_of(file));
      answer.text += "PIN of the token of " + fqdn + ": file " + file + "\n";
      answer.json["token_pins"].push_back({{"naf", fqdn}, {"pin", "file " + file}});
    }
  }
  answer.text += "latch: " + latch + "\n";
  auto entries = card::read_pin_latch(latch);
  if (!entries && entries.error().code == ErrorCode::input_malformed) {
    answer.exit = Exit::pin_closed;
    answer.json["understood"] = false;
    answer.text +=
        "the latch cannot be understood, so no PIN is sent to any card\n"
        "To send it once more: utctl pin clear\n";
    return answer;
  }
  if (!entries) {
    return std::unexpected(about_latch(std::move(entries).error()));
  }
  for (const card::LatchedPin& entry : *entries) {
    const bool closed = std::ranges::find(sources, entry.pin_source) != sources.end();
    answer.exit = closed ? Exit::pin_closed : answer.exit;
    answer.text += words_of(entry, closed);
    if (const auto serial = card::token_serial_of(entry)) {
      answer.json["tokens"].push_back({{"serial", *serial}, {"closed", closed}});
      continue;
    }
    answer.json["cards"].push_back(
        {{"iccid", entry.iccid.empty() ? Json(nullptr) : Json(entry.iccid)},
         {"tries_left_before", entry.tries_left},
         {"closed", closed}});
  }
  answer.json["closed"] = answer.exit == Exit::pin_closed;
  if (answer.exit == Exit::pin_closed) {
    answer.text += "Correct the PIN and restart the agent, or send it once more: utctl pin clear\n";
  } else if (entries->empty()) {
    answer.text += "no PIN was refused\n";
  }
  return answer;
}

Result<Answer> pin_clear(std::span<const daemon::SubscriberSettings> subscribers,
                         const std::optional<std::string>& iccid) {
  if (iccid && !isim::is_iccid(*iccid)) {
    return fail(ErrorCode::input_malformed, "--iccid", "an ICCID has 10 to 20 decimal digits");
  }
  const auto& settings = subscribers.front().card;
  auto count = card::clear_pin_latch(settings.pin_latch_file, iccid);
  if (!count) {
    return std::unexpected(about_latch(std::move(count).error()));
  }
  Answer answer;
  answer.json = {{"latch", settings.pin_latch_file}, {"cleared", *count}};
  answer.text = *count == 0 ? "nothing was remembered, so nothing is cleared\n"
                            : "cleared: the agent sends the PIN once more, if the card has " +
                                  std::to_string(settings.min_pin_tries) + " tries left at least\n";
  return answer;
}

}  // namespace ut::utctl
