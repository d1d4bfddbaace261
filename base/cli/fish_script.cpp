#include "base/cli/shell_script.h"

#include <utility>

namespace ut::cli {
namespace {

// $at is the command that stands before the cursor, with a blank before each word.
constexpr const char* kWalk = R"(
    set -l tokens (commandline -opc)
    set -l at ""
    set -l i 2
    while test $i -le (count $tokens)
        set -l word $tokens[$i]
        switch "$at $word"
)";

constexpr const char* kOption = R"(
                set i (math $i + 1)
)";

constexpr const char* kTail = R"(        end
        set i (math $i + 1)
    end
    contains -- "$at" $argv
end
)";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "'";
}

class Lines {
 public:
  Lines(std::string program, std::string at) : program_(std::move(program)), at_(std::move(at)) {}
  // One `complete`, for the cursor after what `where` says.
  void add(const std::string& where, const std::string& rest) {
    text_ += "complete -c " + program_ + " -n " + quoted(at_ + " " + where) + " " + rest + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string program_;
  std::string at_;
  std::string text_{};
};

std::string help_of(const std::string& help) {
  return help.empty() ? "" : " -d " + quoted(help);
}

// fish knows what comes after an option itself, also in the form --option=value.
void add_option(const CommandRow& row, const OptionRow& option, Lines& lines) {
  std::string rest;
  for (const auto& name : option.names) {
    rest += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.value == Value::choice) {
    rest += " -x -a " + quoted(joined(option.choices, " "));
  } else if (option.value == Value::file) {
    rest += " -r -F";
  } else if (option.value == Value::other) {
    rest += " -x";
  }
  lines.add("\"" + row.path + "\"", rest.substr(1) + help_of(option.help));
}

}  // namespace

std::string fish_script(const std::string& program, const std::vector<CommandRow>& rows) {
  const std::string at = function_name(program) + "_at";
  std::string script =
      "# fish completion for " + program + ", made by '" + program +
      " --completion fish'.\n# Whether the cursor is after one of these commands.\n"
      "function " +
      at + kWalk;
  if (const auto options = options_with_value(rows, " "); !options.empty()) {
    script += "            case " + options + kOption;
  }
  for (const auto& row : rows) {
    for (const auto& part : row.parts) {
      const std::string next = row.path + " " + part.name;
      script += "            case \"" + next + "\"\n                set at \"" + next + "\"\n";
    }
    if (row.wraps) {
      script += "            case \"" + row.path + " -*\"\n            case \"" + row.path +
                " *\"\n                set at \"\"\n";
    }
  }
  script += kTail;
  script += "complete -c " + program + " -f\n";
  Lines lines(program, at);
  for (const auto& row : rows) {
    const std::string here = "\"" + row.path + "\"";
    for (const auto& part : row.parts) {
      lines.add(here, "-a " + part.name + help_of(part.help));
    }
    if (!row.choices.empty()) {
      lines.add(here, "-a " + quoted(joined(row.choices, " ")));
    }
    if (row.files) {
      lines.add(here, "-F");
    }
    for (const auto& option : row.options) {
      add_option(row, option, lines);
    }
  }
  return script + lines.text();
}

}  // namespace ut::cli
