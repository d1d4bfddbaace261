#include "base/cli/shell_script.h"

namespace ut::cli {
namespace {

// $path is the command that stands before the cursor, with a blank before each word. A value after
// "=" is a word of its own, as bash breaks words there.
constexpr const char* kWalk = R"(() {
  local cur=${COMP_WORDS[COMP_CWORD]} path= word option= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    case "$path $word" in
)";

constexpr const char* kOption = R"(
        option=$word
        [ "${COMP_WORDS[i + 1]}" = = ] && ((++i))
        ((++i < COMP_CWORD)) && option= ;;
)";

constexpr const char* kMiddle = R"(    esac
  done
  [ "$cur" = = ] && cur=
  if [ -n "$option" ]; then
    case "$path $option" in
)";

constexpr const char* kWords = R"(    esac
    return
  fi
  case $path in
)";

std::string words_case(const CommandRow& row) {
  std::vector<std::string> words;
  for (const auto& part : row.parts) {
    words.push_back(part.name);
  }
  words.insert(words.end(), row.choices.begin(), row.choices.end());
  for (const auto& option : row.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  std::string text = "    \"" + row.path + "\") COMPREPLY=($(compgen -W \"" + joined(words, " ") +
                     "\" -- \"$cur\"))";
  if (row.files) {
    text +=
        "; [[ $cur = -* ]] || { COMPREPLY+=($(compgen -f -- \"$cur\")); compopt -o filenames "
        "2>/dev/null; }";
  }
  return text + " ;;\n";
}

}  // namespace

std::string bash_script(const std::string& program, const std::vector<CommandRow>& rows) {
  std::string script = "# bash completion for " + program + ", made by '" + program +
                       " --completion bash'.\n" + function_name(program) + kWalk;
  if (const auto options = options_with_value(rows, "|"); !options.empty()) {
    script += "      " + options + ")" + kOption;
  }
  for (const auto& row : rows) {
    for (const auto& part : row.parts) {
      const std::string next = row.path + " " + part.name;
      script += "      \"" + next + "\") path=\"" + next + "\" ;;\n";
    }
    if (row.wraps) {
      script += "      \"" + row.path + " \"[!-]*) path= ;;\n";
    }
  }
  script += kMiddle;
  for (const auto& one : value_cases(rows, "|")) {
    if (one.value == Value::choice) {
      script += "      " + one.alternatives + ") COMPREPLY=($(compgen -W \"" +
                joined(one.choices, " ") + "\" -- \"$cur\")) ;;\n";
    } else if (one.value == Value::file) {
      script += "      " + one.alternatives +
                ") COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames 2>/dev/null ;;\n";
    }
  }
  script += kWords;
  for (const auto& row : rows) {
    script += words_case(row);
  }
  return script + "  esac\n}\ncomplete -F " + function_name(program) + " " + program;
}

}  // namespace ut::cli
