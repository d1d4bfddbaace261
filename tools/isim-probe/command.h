// One command of isim-probe: a row of the table in commands.cpp.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/reader_watch.h"
#include "tools/isim-probe/paint.h"
#include "tools/isim-probe/probe.h"
#include "tools/isim-probe/settings.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::probe {

// All that a command reaches outside itself: PC/SC and the standard streams, or a test's.
struct World {
  std::function<std::unique_ptr<isim::ReaderWatch>(const std::vector<std::string>& patterns)> watch;
  Connect connect;
  std::function<void(ByteView)> out;  // unbuffered, so that no stream keeps a copy of a secret
  std::function<void(std::string_view)> err;
  int in = 0;                      // file descriptor of standard input
  bool replayed = false;           // there is a recording in place of cards
  bool replayed_pin = false;       // in which a PIN was sent
  bool coloured_terminal = false;  // standard output is a terminal, and NO_COLOR is not set
};

// What a command runs with.
struct Context {
  const Settings& settings;
  World& world;

  // The readers that match --reader, at this moment.
  Result<isim::ReaderPicture> look() const;
  // The names of those with a card; the error that it is when there is none.
  Result<std::vector<std::string>> readers() const;
  // How to use the card; `pin` is filled from --pin-file or --ask-pin and outlives the use.
  Result<isim::SessionOptions> session_options(SecretBytes& pin) const;
  isim::ApplicationPolicy policy() const { return {.allow_usim = settings.usim}; }
  // A PIN or PUK from the file, or asked for; made up where a recording is played.
  Result<SecretBytes> code(const std::string& file, std::string_view what,
                           std::string_view option) const;
  Result<SecretBytes> new_pin(const std::string& file) const;
  // Uses the first card with the application wanted, in one session.
  Result<void> on_card(
      const std::function<Result<void>(const std::string& reader, isim::CardSession&)>& use) const;

  Paint paint() const;
  void print(std::string_view text) const { world.out(as_bytes(text)); }
  void print(const SecretBytes& text) const { world.out(text.expose()); }
};

using Run = std::function<Result<Exit>(const Context&)>;

struct Command {
  std::string_view name;
  std::string_view help;      // one line
  std::string_view examples;  // one a line, without "isim-probe "
  // Adds the options to the command's part of the command line; what comes back runs it.
  Run (*add)(CLI::App& app, Settings& settings);
};

}  // namespace ut::probe
