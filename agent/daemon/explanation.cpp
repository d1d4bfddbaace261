#include "agent/daemon/explanation.h"

#include "agent/control/json_object.h"
#include "agent/local/own_path.h"
#include "agent/local/public_identity.h"
#include "agent/local/target.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace ut::daemon {
namespace {

using Json = nlohmann::ordered_json;
using local::Application;
using local::Mismatch;

struct Question {
  std::string method;
  std::string url;
  std::string application;
  local::Caller caller;
  std::string token_of;
  std::string identity;
  std::string subscriber;
};

auto malformed(std::string why) {
  return fail(ErrorCode::request_body_malformed, "control.explain", std::move(why));
}

template <class Id>
std::optional<Id> id_from(const nlohmann::json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<Id>::max()) {
    return std::nullopt;
  }
  return static_cast<Id>(value.get<std::uint64_t>());
}

Result<local::PeerCredentials> read_peer(const nlohmann::json& body) {
  local::PeerCredentials peer;
  if (const auto uid = body.find("uid"); uid != body.end()) {
    const auto id = id_from<uid_t>(*uid);
    if (!id) {
      return malformed("uid must be a number");
    }
    peer.uid = *id;
  }
  if (const auto gids = body.find("gids"); gids != body.end()) {
    if (!gids->is_array()) {
      return malformed("gids must be a list of numbers");
    }
    for (const auto& gid : *gids) {
      const auto id = id_from<gid_t>(gid);
      if (!id) {
        return malformed("gids must be a list of numbers");
      }
      peer.groups.push_back(*id);
    }
  }
  TRY(peer.executable, control::text_member(body, "executable", ""));
  TRY(peer.unit, control::text_member(body, "unit", ""));
  return peer;
}

Result<Question> read_question(std::string_view text, std::string_view socket) {
  TRY(const auto body,
      control::parse_object(text, {"method", "url", "application", "socket", "uid", "gids",
                                   "executable", "unit", "token_of", "identity", "subscriber"}));
  Question question;
  TRY(question.method, control::text_member(body, "method"));
  TRY(question.url, control::text_member(body, "url"));
  TRY(question.application, control::text_member(body, "application", ""));
  TRY(question.caller.socket, control::text_member(body, "socket", std::string(socket)));
  TRY(question.token_of, control::text_member(body, "token_of", ""));
  TRY(question.identity, control::text_member(body, "identity", ""));
  TRY(question.subscriber, control::text_member(body, "subscriber", ""));
  if (question.application.empty() && question.caller.socket != local::kTcpSocketName) {
    if (!body.contains("uid")) {
      return malformed("application or uid must be given");
    }
    TRY(question.caller.peer, read_peer(body));
  }
  return question;
}

std::string words_of(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::none:
      return "it is the caller";
    case Mismatch::no_ground:
      return "nothing tells who it is at this socket: users, groups, sockets or a token";
    case Mismatch::socket:
      return "the socket is not among its sockets";
    case Mismatch::user:
      return "the caller is none of its users and in none of its groups";
    case Mismatch::executable:
      return "the caller's program is not among its executables";
    case Mismatch::unit:
      return "the caller's unit is not among its units";
    case Mismatch::tcp_untokened:
      return "over TCP it needs token_sha256 or made_tokens";
    case Mismatch::foreign_token:
      return "a token is presented, and it takes none";
    case Mismatch::token_missing:
      return "no token is presented";
    case Mismatch::token_wrong:
      return "the token that is presented is not one of its tokens";
  }
  return {};
}

const Application* named(std::span<const Application> applications, std::string_view name) {
  const auto found = std::ranges::find(applications, name, &Application::name);
  return found == applications.end() ? nullptr : &*found;
}

// One of the tokens of `application`, as if it were presented; of one without any a wrong one.
local::TokenClaim token_of(const Application& application) {
  local::TokenClaim claim{application.name, {}};
  if (application.token) {
    claim.hash = *application.token;
  } else if (!application.made_tokens.empty()) {
    claim.hash = application.made_tokens.front();
  }
  return claim;
}

Json blank() {
  return {{"allowed", false},         {"application", nullptr}, {"subscriber", nullptr},
          {"callers", Json::array()}, {"problem", nullptr},     {"rule", nullptr},
          {"detail", nullptr},        {"change", nullptr},      {"depends_on", nullptr}};
}

void deny(Json& answer, const Error& error, std::string_view rule, std::string change) {
  answer["problem"] = name(error.code);
  answer["rule"] = rule.empty() ? Json(nullptr) : Json(rule);
  answer["detail"] = error.detail;
  answer["change"] = change.empty() ? Json(advice(error.code)) : Json(std::move(change));
}

// The application that the caller is; nullptr after a denial was told.
Result<const Application*> who(const Question& question, std::span<const Application> applications,
                               Json& answer) {
  if (!question.application.empty()) {
    const auto* const found = named(applications, question.application);
    if (found == nullptr) {
      return malformed("there is no [[application]] \"" + question.application + "\"");
    }
    return found;
  }
  std::optional<local::TokenClaim> claim;
  if (!question.token_of.empty()) {
    const auto* const owner = named(applications, question.token_of);
    if (owner == nullptr) {
      return malformed("there is no [[application]] \"" + question.token_of + "\"");
    }
    claim = token_of(*owner);
  }
  for (const auto& application : applications) {
    const auto mismatch = local::mismatch_of(application, question.caller, claim);
    answer["callers"].push_back({{"application", application.name}, {"why", words_of(mismatch)}});
    if (mismatch == Mismatch::none) {
      break;
    }
  }
  const auto found = local::identify(applications, question.caller, claim);
  if (!found) {
    deny(answer, found.error(), "",
         "add an [[application]] for this caller, or correct one of those that it is not");
    return nullptr;
  }
  return *found;
}

// The identities of every card that is known, canonical, as the policy compares them.
class Cards {
 public:
  explicit Cards(const KnownCards& known) : known_(known) {}
  const std::vector<std::string>* of(std::string_view subscriber) {
    const auto found = lists_.find(subscriber);
    if (found != lists_.end()) {
      return &found->second;
    }
    const auto identities = known_(subscriber);
    if (!identities) {
      return nullptr;
    }
    auto& list = lists_[std::string(subscriber)];
    for (const auto& identity : *identities) {
      list.push_back(local::canonical_identity(identity));
    }
    return &list;
  }

 private:
  const KnownCards& known_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

// For whom the request would be, as agent/local/connection finds it.
Result<std::string_view> subscriber_of(const Question& question, const Application& application,
                                       const local::Access& access, Cards& cards, Json& answer) {
  TRY(std::string_view chosen, local::chosen_subscriber(application, question.subscriber));
  if (!question.subscriber.empty() || application.subscribers.size() < 2) {
    return chosen;
  }
  const auto identity = local::telling_identity(access);
  if (identity.empty()) {
    return chosen;
  }
  const auto owner =
      local::owner_of(application, identity, [&](std::string_view name) { return cards.of(name); });
  if (owner.subscriber.empty() && !owner.unknown.empty()) {
    answer["depends_on"] = "whose card has the identity that the request names: not all are known";
  }
  return owner.subscriber.empty() ? chosen : owner.subscriber;
}

void judge(const Question& question, const Application& application, const KnownCards& known,
           Json& answer) {
  answer["application"] = application.name;
  const auto target = local::parse_target(question.url, std::nullopt);
  if (!target) {
    deny(answer, target.error(), "", "");
    return;
  }
  const local::Access access{question.method, *target, question.identity};
  Cards cards(known);
  const auto subscriber = subscriber_of(question, application, access, cards, answer);
  if (!subscriber) {
    deny(answer, subscriber.error(), "subscribers", "");
    return;
  }
  answer["subscriber"] = subscriber->empty() ? Json(nullptr) : Json(*subscriber);
  std::vector<std::string> own;
  if (local::needs_own_identities(application, *target)) {
    if (const auto* const identities = cards.of(*subscriber)) {
      own = *identities;
    } else {
      // Nothing else is to hide behind it.
      own = {target->xui};
      answer["depends_on"] = "whether the XUI is a public identity of the card, which is not known";
    }
  }
  if (auto denial = local::first_denial(application, access, own)) {
    deny(answer, {denial->code, "control.explain", {}, std::move(denial->detail)}, denial->rule,
         std::move(denial->change));
    return;
  }
  answer["allowed"] = true;
  if (const auto& rate = application.rate; rate.per_second > 0) {
    answer["rate"] = {{"per_second", rate.per_second}, {"burst", rate.burst}};
  }
}

}  // namespace

Result<std::string> explain(std::string_view text, std::span<const Application> applications,
                            std::string_view socket, const KnownCards& cards) {
  TRY(const Question question, read_question(text, socket));
  TRY(const auto own, local::own_path(question.url, std::nullopt));
  if (own) {
    return malformed("the agent's own resources are no matter of this policy: [[keys]]");
  }
  auto answer = blank();
  TRY(const auto* const application, who(question, applications, answer));
  if (application != nullptr) {
    judge(question, *application, cards, answer);
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::string> explain_by(const AgentConfig& config, std::string_view question,
                               const KnownCards& cards) {
  const auto tokens = TokenFile::open(config.token_file);
  return explain(
      question,
      tokens ? with_tokens(config.local.applications, *tokens) : config.local.applications,
      first_socket(config), cards);
}

std::vector<Application> with_tokens(std::vector<Application> applications,
                                     const TokenFile& tokens) {
  for (auto& application : applications) {
    for (const auto& token : tokens.tokens()) {
      if (application.takes_made_tokens && token.application == application.name) {
        application.made_tokens.push_back(token.hash);
      }
    }
  }
  return applications;
}

std::string_view first_socket(const AgentConfig& config) {
  const auto& sockets = config.local.unix_sockets;
  return sockets.empty() ? local::kTcpSocketName : std::string_view(sockets.front().name);
}

}  // namespace ut::daemon
