#include "base/cli/shell_script.h"

#include <algorithm>

namespace ut::cli {
namespace {

void add(std::string& alternatives, const std::string& separator, const std::string& path,
         const std::string& name) {
  alternatives += (alternatives.empty() ? "\"" : separator + "\"") + path + " " + name + "\"";
}

}  // namespace

std::string function_name(const std::string& program) {
  std::string name = "_" + program;
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string options_with_value(const std::vector<CommandRow>& rows, const std::string& separator) {
  std::string alternatives;
  for (const auto& row : rows) {
    for (const auto& option : row.options) {
      for (const auto& name : option.names) {
        if (option.value != Value::none) {
          add(alternatives, separator, row.path, name);
        }
      }
    }
  }
  return alternatives;
}

std::vector<ValueCase> value_cases(const std::vector<CommandRow>& rows,
                                   const std::string& separator) {
  std::vector<ValueCase> cases;
  for (const auto& row : rows) {
    for (const auto& option : row.options) {
      if (option.value == Value::none) {
        continue;
      }
      auto found = std::ranges::find_if(cases, [&](const ValueCase& one) {
        return one.value == option.value && one.choices == option.choices;
      });
      if (found == cases.end()) {
        found = cases.insert(found, ValueCase{{}, option.value, option.choices});
      }
      for (const auto& name : option.names) {
        add(found->alternatives, separator, row.path, name);
      }
    }
  }
  return cases;
}

}  // namespace ut::cli
