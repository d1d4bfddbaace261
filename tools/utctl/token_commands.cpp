#include "tools/utctl/token_commands.h"

#include "agent/daemon/token_file.h"
#include "base/encoding.h"
#include "base/random.h"
#include "tools/utctl/answer_from.h"

#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTokenOctets = 32;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string words_of(const Json& token) {
  return token.at("id").get<std::string>() + " of " + token.at("application").get<std::string>() +
         ", made " + token.at("made").get<std::string>();
}

}  // namespace

FreshToken fresh_token() {
  SecretBytes octets(kTokenOctets);
  SystemRandom().fill(octets.expose_mutable());
  FreshToken fresh;
  fresh.token = to_hex_secret(octets.expose());
  fresh.sha256 = daemon::token_digest(fresh.token.expose());
  return fresh;
}

std::string token_make_request(const std::string& application, const FreshToken& token) {
  return dump({{"application", application}, {"sha256", token.sha256}});
}

std::string token_revoke_request(const std::string& id) {
  return dump({{"id", id}});
}

Answer token_for_configuration(const std::string& application, FreshToken token) {
  Answer answer;
  answer.secret = std::move(token.token);
  answer.json = {{"application", application}, {"token_sha256", token.sha256}, {"stored", false}};
  answer.text = "# in the [[application]] \"" + application +
                "\"; then: utctl reload\ntoken_sha256 = \"" + token.sha256 + "\"\n";
  return answer;
}

Result<Answer> token_made(ByteView said, FreshToken token) {
  TRY(auto answer, answer_from(said, [](const Json& json) {
        return "# stored by the agent and good at once: token " + words_of(json) + "\n";
      }));
  answer.secret = std::move(token.token);
  answer.text += "token_sha256 = \"" + token.sha256 + "\"\n";
  answer.json["token_sha256"] = token.sha256;
  answer.json["stored"] = true;
  return answer;
}

Result<Answer> token_list_answer(ByteView said) {
  return answer_from(said, [](const Json& json) {
    std::string text;
    for (const auto& token : json.at("tokens")) {
      text += words_of(token) + "\n";
    }
    return text.empty() ? std::string("no token was made\n") : text;
  });
}

Result<Answer> token_revoked_answer(ByteView said) {
  return answer_from(said,
                     [](const Json& json) { return "revoked: token " + words_of(json) + "\n"; });
}

}  // namespace ut::utctl
