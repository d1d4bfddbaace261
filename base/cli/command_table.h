// A command line as rows, which scripts for shells are made of.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace ut::cli {

// What may stand in a place of the command line.
enum class Value { none, choice, file, other };

struct OptionRow {
  std::vector<std::string> names;  // with their dashes
  std::string help;                // one line
  Value value = Value::none;       // what comes after it
  std::vector<std::string> choices;
};

struct PartRow {
  std::string name;
  std::string help;
};

// A command, or the program itself.
struct CommandRow {
  std::string path;  // "": the program; " token make": a command with the blank before
  std::vector<OptionRow> options;    // its own and those of the commands above that it takes too
  std::vector<PartRow> parts;        // the commands below it
  std::vector<std::string> choices;  // of its positionals
  bool files = false;                // whether a positional is a path
  bool wraps = false;  // after its first positional another command of the program stands
};

// All commands of `app`, the program first. What --help hides is left out.
std::vector<CommandRow> command_table(const CLI::App& app);

}  // namespace ut::cli
