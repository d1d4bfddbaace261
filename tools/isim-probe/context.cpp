#include "tools/isim-probe/command.h"
#include "tools/isim-probe/pin_input.h"

namespace ut::probe {
namespace {

// A PIN and a PUK in its form; a recording has none.
SecretBytes made_up() {
  return SecretBytes::copy_of(as_bytes("00000000"));
}

}  // namespace

Result<isim::ReaderPicture> Context::look() const {
  return world.watch({settings.reader})->wait({}, {});
}

Result<std::vector<std::string>> Context::readers() const {
  TRY(const auto picture, look());
  return readers_with_card(picture);
}

Result<isim::SessionOptions> Context::session_options(SecretBytes& pin) const {
  isim::SessionOptions session;
  if (world.replayed) {
    pin = made_up();
    session.pin = world.replayed_pin ? &pin : nullptr;
  } else if (!settings.pin_file.empty()) {
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

Result<SecretBytes> Context::code(const std::string& file, std::string_view what,
                                  std::string_view option) const {
  return world.replayed ? made_up() : pin_from(file, what, option);
}

Result<SecretBytes> Context::new_pin(const std::string& file) const {
  return world.replayed ? made_up() : new_pin_from(file);
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
