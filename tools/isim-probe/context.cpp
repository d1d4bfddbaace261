#include "tools/isim-probe/command.h"
#include "tools/isim-probe/pin_input.h"

namespace ut::probe {

Result<isim::ReaderPicture> Context::look() const {
  return world.watch({settings.reader})->wait({}, {});
}

Result<std::vector<std::string>> Context::readers() const {
  TRY(const auto picture, look());
  return readers_with_card(picture);
}

Result<isim::SessionOptions> Context::session_options(SecretBytes& pin) const {
  isim::SessionOptions session;
  if (!settings.pin_file.empty()) {
    TRY(pin, read_pin_file(settings.pin_file));
    session.pin = &pin;
  } else if (settings.ask_pin) {
    TRY(pin, ask_for_pin());
    session.pin = &pin;
  }
  session.min_pin_tries = settings.min_pin_tries;
  session.logical_channel = !settings.basic_channel;
  return session;
}

Result<void> Context::on_card(
    const std::function<Result<void>(const std::string& reader, isim::CardSession&)>& use) const {
  SecretBytes pin;
  TRY(const auto session, session_options(pin));
  TRY(const auto names, readers());
  return probe::on_card(world.connect, names, session, use);
}

Paint Context::paint() const {
  return Paint(settings.colour == "always" ||
               (settings.colour == "auto" && world.coloured_terminal));
}

}  // namespace ut::probe
