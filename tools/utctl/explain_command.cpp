#include "tools/utctl/explain_command.h"

#include "agent/daemon/explanation.h"
#include "agent/daemon/token_file.h"
#include "tools/utctl/answer_from.h"

#include <grp.h>
#include <pwd.h>

#include <charconv>
#include <memory>
#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

// All groups of the user as the system knows them.
std::vector<gid_t> groups_of(const passwd& user) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    (void)::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

// "uid" and "gids" of a name or number; a number need not be a user of the system.
Result<void> add_user(const std::string& text, Json& body) {
  uid_t uid = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, uid);
  const bool number = error == std::errc() && at == end;
  const auto* const user = number ? ::getpwuid(uid) : ::getpwnam(text.c_str());
  if (user == nullptr && !number) {
    return fail(ErrorCode::input_malformed, "--uid", "there is no user \"" + text + "\"");
  }
  body["uid"] = user != nullptr ? user->pw_uid : uid;
  body["gids"] = user != nullptr ? groups_of(*user) : std::vector<gid_t>();
  return {};
}

std::string line(std::string_view what, const Json& value) {
  return value.is_null() ? std::string() : std::string(what) + value.get<std::string>() + "\n";
}

std::string words_of(const Json& json) {
  std::string text = json.at("allowed").get<bool>() ? "allowed" : "denied";
  text += json.at("depends_on").is_null() ? "\n" : ", as far as is known\n";
  for (const auto& caller : json.at("callers")) {
    text += "application " + caller.at("application").get<std::string>() + ": " +
            caller.at("why").get<std::string>() + "\n";
  }
  text += line("decided by: application ", json.at("application"));
  text += line("for subscriber: ", json.at("subscriber"));
  if (const auto rate = json.find("rate"); rate != json.end()) {
    text += "up to " + std::to_string(rate->at("per_second").get<unsigned>()) +
            " requests a second, " + std::to_string(rate->at("burst").get<unsigned>()) +
            " at once\n";
  }
  text += line("problem: ", json.at("problem")) + line("rule: ", json.at("rule"));
  text += line("why: ", json.at("detail")) + line("to allow it: ", json.at("change"));
  return text + line("it depends on ", json.at("depends_on"));
}

}  // namespace

Result<std::string> explain_request(const ExplainCommand& command) {
  Json body = {{"method", command.method}, {"url", command.url}};
  for (const auto& [name, value] :
       {std::pair{"application", &command.application}, std::pair{"socket", &command.socket},
        std::pair{"executable", &command.executable}, std::pair{"unit", &command.unit},
        std::pair{"token_of", &command.token_of}, std::pair{"identity", &command.identity},
        std::pair{"subscriber", &command.subscriber}}) {
    if (!value->empty()) {
      body[name] = *value;
    }
  }
  if (!command.user.empty()) {
    TRY_VOID(add_user(command.user, body));
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Answer> explain_answer(ByteView said) {
  TRY(auto answer, answer_from(said, words_of));
  if (!answer.json.at("allowed").get<bool>()) {
    answer.exit = Exit::denied;
  }
  return answer;
}

Result<Answer> explain_dry_run(const ExplainCommand& command, const daemon::AgentConfig& config) {
  TRY(const auto request, explain_request(command));
  const auto identities =
      command.own_identities.empty()
          ? nullptr
          : std::make_shared<const std::vector<std::string>>(command.own_identities);
  TRY(const auto said,
      daemon::explain_by(config, request, [&](std::string_view) { return identities; }));
  return explain_answer(as_bytes(said));
}

}  // namespace ut::utctl
