#include "base/cli/shell_script.h"

namespace ut::cli {
namespace {

// $at is the command that stands before the cursor, with a blank before each word.
constexpr const char* kWalk = R"(() {
  local at= word option= i
  local -a parts flags choices
  for ((i = 2; i < CURRENT; ++i)); do
    word=${words[i]}
    case "$at $word" in
)";

constexpr const char* kOption = R"(
        option=$word
        ((++i < CURRENT)) && option= ;;
)";

constexpr const char* kMiddle = R"(    esac
  done
  if [[ -z $option && ${words[CURRENT]} == --*=* ]]; then
    option=${words[CURRENT]%%=*}
    compset -P '*='
  fi
  if [[ -n $option ]]; then
    case "$at $option" in
)";

constexpr const char* kWords = R"(    esac
    return
  fi
  case $at in
)";

constexpr const char* kTail = R"(  esac
  (($#parts)) && _describe -t commands command parts
  (($#choices)) && compadd -a choices
  (($#flags)) && _describe -o -t options option flags
}
)";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

// "NAME:HELP" as _describe takes it.
std::string described(const std::string& name, const std::string& help) {
  std::string escaped;
  for (const char c : name) {
    escaped += c == ':' ? std::string("\\:") : std::string(1, c);
  }
  return quoted(help.empty() ? escaped : escaped + ":" + help);
}

std::string words_case(const CommandRow& row) {
  std::string text = "    \"" + row.path + "\")\n";
  std::string parts;
  for (const auto& part : row.parts) {
    parts += "\n        " + described(part.name, part.help);
  }
  std::string options;
  for (const auto& option : row.options) {
    for (const auto& name : option.names) {
      options += "\n        " + described(name, option.help);
    }
  }
  text += parts.empty() ? "" : "      parts=(" + parts + ")\n";
  text += options.empty() ? "" : "      flags=(" + options + ")\n";
  text += row.choices.empty() ? "" : "      choices=(" + joined(row.choices, " ") + ")\n";
  text += row.files ? "      _files\n" : "";
  return text + "      ;;\n";
}

}  // namespace

std::string zsh_script(const std::string& program, const std::vector<CommandRow>& rows) {
  const std::string name = function_name(program);
  std::string script = "#compdef " + program + "\n# zsh completion for " + program + ", made by '" +
                       program + " --completion zsh'.\n" + name + kWalk;
  if (const auto options = options_with_value(rows, "|"); !options.empty()) {
    script += "      " + options + ")" + kOption;
  }
  for (const auto& row : rows) {
    for (const auto& part : row.parts) {
      const std::string next = row.path + " " + part.name;
      script += "      \"" + next + "\") at=\"" + next + "\" ;;\n";
    }
    if (row.wraps) {
      script += "      \"" + row.path + " \"[^-]*) at= ;;\n";
    }
  }
  script += kMiddle;
  for (const auto& one : value_cases(rows, "|")) {
    if (one.value == Value::choice) {
      script += "      " + one.alternatives + ") compadd " + joined(one.choices, " ") + " ;;\n";
    } else if (one.value == Value::file) {
      script += "      " + one.alternatives + ") _files ;;\n";
    }
  }
  script += kWords;
  for (const auto& row : rows) {
    script += words_case(row);
  }
  // Autoloaded, the file is the function's body the first time; sourced, it is registered.
  return script + kTail + "if [[ $funcstack[1] == " + name + " ]]; then\n  " + name +
         " \"$@\"\nelse\n  compdef " + name + " " + program + "\nfi";
}

}  // namespace ut::cli
