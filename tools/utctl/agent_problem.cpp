#include "tools/utctl/agent_problem.h"

#include "agent/problem_type.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace ut::utctl {

std::optional<Error> agent_problem(ByteView body, long status) {
  const auto json = nlohmann::json::parse(as_text(body), nullptr, false);
  const auto text = [&](const char* member) {
    const auto found = json.is_object() ? json.find(member) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto type = text("type");
  const auto code = type.starts_with(ports::kProblemTypes)
                        ? code_named(std::string_view(type).substr(ports::kProblemTypes.size()))
                        : std::nullopt;
  if (!code) {
    return std::nullopt;
  }
  // The document's detail ends in the advice, which to_text() adds again.
  auto detail = text("detail");
  if (detail.ends_with(advice(*code))) {
    detail.resize(detail.size() - advice(*code).size());
  }
  if (detail.ends_with("; ")) {
    detail.resize(detail.size() - 2);
  }
  return Error{*code, "ask the agent", {ForeignKind::http, status}, std::move(detail)};
}

}  // namespace ut::utctl
