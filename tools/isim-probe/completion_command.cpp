// completion: for bash, made from the command line itself.
#include "tools/isim-probe/commands.h"

#include <string>

namespace ut::probe {
namespace {

constexpr const char* kHead = R"(# bash completion for isim-probe, made by 'isim-probe completion'.
_isim_probe() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path= word
  # The command is the words that are no options; 'record FILE' and 'replay FILE' come before one.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
)";

constexpr const char* kMiddle = R"(    esac
  done
  case $prev in
    --color|--colour) COMPREPLY=($(compgen -W "auto always never" -- "$cur")); return ;;
    --*-file|--pcap|record|replay) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $path in
)";

constexpr const char* kTail = R"(  esac
}
complete -F _isim_probe isim-probe
)";

struct Words {
  std::string paths{};    // rows of the first case
  std::string choices{};  // rows of the second
};

void add_words(const CLI::App& app, const std::string& path, const std::string& common,
               Words& words) {
  std::string own;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      own += (own.empty() ? "--" : " --") + name;
    }
  }
  std::string list = own + (common.empty() ? "" : " " + common);
  for (const auto* part : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string& name = part->get_name();
    const bool wraps = name == "record" || name == "replay";
    const std::string next = path + " " + name;
    list += " " + name;
    // The command after FILE is completed as if it stood alone.
    words.paths += "      \"" + path + " " + name +
                   "\") path=" + (wraps ? std::string("\"\"") : "\"" + next + "\"") + " ;;\n";
    add_words(*part, next, path.empty() ? own : common, words);
  }
  words.choices +=
      "    \"" + path + "\") COMPREPLY=($(compgen -W \"" + list + "\" -- \"$cur\")) ;;\n";
}

}  // namespace

Run add_completion(CLI::App& app, Settings&) {
  return [&app](const Context& context) -> Result<Exit> {
    Words words;
    add_words(*app.get_parent(), "", "", words);
    context.print(kHead + words.paths + kMiddle + words.choices + kTail);
    return Exit::done;
  };
}

}  // namespace ut::probe
