#include "tools/utctl/agent_commands.h"

#include "tools/utctl/answer_from.h"

#include <algorithm>
#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

std::string count_of(const Json& json) {
  return std::to_string(json.get<std::uint64_t>());
}

std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

std::string card_words(const Json& card) {
  std::string text = "card: " + text_of(card.at("state"));
  if (!card.at("reader").is_null()) {
    text += " in " + text_of(card.at("reader"));
  }
  text += '\n';
  if (const auto& subscriber = card.at("subscriber"); !subscriber.is_null()) {
    text += "subscriber: " + text_of(subscriber.at("application")) + ", IMPI " +
            text_of(subscriber.at("impi")) + ", ICCID " + text_of(subscriber.at("iccid")) +
            ", home domain " + text_of(subscriber.at("home_domain")) + '\n';
  }
  if (const auto& error = card.at("last_error"); !error.is_null()) {
    text += "last failure of the card: " + text_of(error.at("text")) + '\n';
  }
  return text;
}

std::string association_words(const Json& association) {
  if (association.is_null()) {
    return "association: none\n";
  }
  return "association: " + text_of(association.at("mode")) + ", B-TID " +
         text_of(association.at("b_tid")) + ", " + count_of(association.at("seconds_left")) +
         " s left, until " + text_of(association.at("expires")) + '\n';
}

std::string bootstrapping_words(const Json& bootstrapping) {
  std::string text = "bootstrapping: " + count_of(bootstrapping.at("runs")) + " runs, " +
                     count_of(bootstrapping.at("failures")) + " failed";
  text += bootstrapping.at("running").get<bool>() ? ", one under way\n" : "\n";
  if (const auto& error = bootstrapping.at("last_failure"); !error.is_null()) {
    text += "last failure of bootstrapping: " + text_of(error.at("text")) + "; next try in " +
            count_of(bootstrapping.at("retry_in")) + " s\n";
  }
  return text;
}

std::string naf_words(const Json& nafs) {
  std::string text;
  for (const auto& naf : nafs) {
    text += "NAF " + text_of(naf.at("name")) + ": " + text_of(naf.at("way"));
    std::string_view before = " (tried before: ";
    for (const auto& way : naf.at("passed_over")) {
      text.append(before).append(text_of(way));
      before = ", ";
    }
    text += naf.at("passed_over").empty() ? "\n" : ")\n";
  }
  return text;
}

std::string channel_words(const Json& channels) {
  return "channels to NAFs: " + count_of(channels.at("in_use")) + " in use, " +
         count_of(channels.at("idle")) + " idle, " + count_of(channels.at("waiting")) +
         " requests waiting\n";
}

// Of every subscriber, under his name when there are several.
std::string subscriber_words(const Json& subscribers) {
  std::string text;
  for (const auto& subscriber : subscribers) {
    if (subscribers.size() > 1) {
      text += "[" + text_of(subscriber.at("name")) + "]\n";
    }
    text += card_words(subscriber.at("card")) + association_words(subscriber.at("association")) +
            bootstrapping_words(subscriber.at("bootstrapping")) + naf_words(subscriber.at("nafs")) +
            channel_words(subscriber.at("channels")) +
            "TLS sessions that may be resumed: " + count_of(subscriber.at("tls_sessions")) + "\n";
    text += subscribers.size() > 1 ? "\n" : "";
  }
  return text;
}

std::string counter_words(const Json& status) {
  const auto& sockets = status.at("sockets");
  const auto& keys = status.at("keys");
  return "applications: " + count_of(sockets.at("connections")) + " connections, " +
         count_of(sockets.at("requests")) + " requests, " + count_of(sockets.at("denied")) +
         " denied, " + count_of(sockets.at("failed")) + " failed, " +
         count_of(sockets.at("turned_away")) + " connections turned away\n" +
         "keys given to applications: " + count_of(keys.at("given")) + ", refused " +
         count_of(keys.at("refused")) + '\n';
}

// Where the value of "key" stands, which is the last member and base64; empty when it is not there.
ByteView key_in(ByteView said) {
  constexpr std::string_view kBefore = R"(,"key":")";
  const auto text = as_text(said);
  const auto at = text.rfind(kBefore);
  if (at == std::string_view::npos) {
    return {};
  }
  const auto begin = at + kBefore.size();
  const auto end = text.find('"', begin);
  return end == std::string_view::npos ? ByteView() : said.subspan(begin, end - begin);
}

}  // namespace

Result<Answer> status_answer(ByteView said) {
  return answer_from(said, [](const Json& status) {
    return subscriber_words(status.at("subscribers")) + counter_words(status);
  });
}

Result<Answer> bootstrap_answer(ByteView said) {
  return answer_from(said, association_words);
}

Result<Answer> forget_answer(ByteView said) {
  return answer_from(said, [](const Json& json) {
    return std::string(json.at("association").get<bool>()
                           ? "forgotten: the security association and all keys made from it\n"
                           : "there was no security association; TLS sessions are forgotten\n");
  });
}

std::string forget_request(const std::string& subscriber) {
  return subscriber.empty() ? std::string()
                            : Json{{"subscriber", subscriber}}.dump(-1, ' ', false,
                                                                    Json::error_handler_t::replace);
}

std::string key_request(const KeyCommand& command) {
  Json json = {{"naf", command.naf},
               {"ua_protocol_id", command.ua_protocol_id},
               {"with_key", command.show_key},
               {"force_bootstrapping", command.force_bootstrapping}};
  if (!command.subscriber.empty()) {
    json["subscriber"] = command.subscriber;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Answer> key_answer(SecretBytes said, const KeyCommand& command) {
  const auto key = key_in(said.expose());
  if (command.show_key != !key.empty()) {
    return not_understood();
  }
  if (command.show_key) {
    Answer answer;
    answer.secret = SecretBytes::copy_of(key);
    return answer;
  }
  return answer_from(said.expose(), [](const Json& json) {
    return "NAF: " + text_of(json.at("naf")) +
           "\nUa protocol: " + text_of(json.at("ua_protocol_id")) +
           "\nkey: " + text_of(json.at("key_kind")) + " (not shown: --show-key)" +
           "\nB-TID: " + text_of(json.at("b_tid")) + "\nuntil: " + text_of(json.at("expires")) +
           ", " + count_of(json.at("expires_in")) + " s left\n";
  });
}

}  // namespace ut::utctl
