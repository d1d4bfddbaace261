// `soft-isim control`: the command line of the socket's other end.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>

namespace ut::isim::soft {

// What the user asked, from the command line.
class ControlCommands {
 public:
  // Adds `control` and its commands to the program.
  explicit ControlCommands(CLI::App& app);
  ~ControlCommands();
  ControlCommands(const ControlCommands&) = delete;
  ControlCommands& operator=(const ControlCommands&) = delete;

  // Whether `control` was given.
  bool chosen() const;

  // Asks and prints; the program's exit status: 0 done, 1 refused, 3 nobody listens on the socket.
  int run() const;

 private:
  struct Values;
  std::unique_ptr<Values> values_;
  CLI::App* control_;
};

}  // namespace ut::isim::soft
