#include "tools/utctl/xcap_client.h"

#include "agent/daemon/secret_file.h"
#include "tools/utctl/ask_agent.h"
#include "tools/utctl/documents/xml_document.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ut::utctl {
namespace {

constexpr const char* kUsualSocket = "/run/ut-agent/ut.sock";

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

}  // namespace

Result<XcapClient> XcapClient::open(XcapSettings settings, const daemon::AgentConfig& config) {
  XcapClient client;
  if (!is_field_value(settings.identity) || !is_field_value(settings.subscriber)) {
    return fail(ErrorCode::input_malformed, "--identity, --subscriber",
                "quotes, backslashes and control characters cannot be in them");
  }
  if (settings.tcp.empty() != settings.token_file.empty()) {
    return fail(ErrorCode::input_malformed, "--tcp", "--tcp and --token-file belong together");
  }
  if (!settings.tcp.empty()) {
    TRY_VOID(forbid_core_dumps());
    TRY(client.door_.token, daemon::read_secret_file(settings.token_file));
    client.door_.tcp = settings.tcp;
  } else if (!settings.socket.empty()) {
    client.door_.socket = settings.socket;
  } else {
    const auto& sockets = config.local.unix_sockets;
    client.door_.socket = sockets.empty() ? kUsualSocket : sockets.front().path;
  }
  client.settings_ = std::move(settings);
  return client;
}

Result<XcapHome> XcapClient::home() {
  if (!home_) {
    XcapHome home{settings_.root, settings_.xui.empty() ? settings_.identity : settings_.xui};
    if (!home.root.empty() && !home.root.ends_with('/')) {
      home.root += '/';
    }
    if (home.root.empty() || home.xui.empty()) {
      if (!door_.tcp.empty()) {
        return fail(ErrorCode::policy_tcp_denied, "find the XCAP root",
                    "over TCP --root and --xui are needed, or a whole URI");
      }
      TRY(const auto said, get_from_agent(door_.socket, "/xcap"));
      TRY(XcapHome told, home_from(said.expose(), settings_.subscriber));
      home.root = home.root.empty() ? told.root : home.root;
      home.xui = home.xui.empty() ? told.xui : home.xui;
    }
    home_ = std::move(home);
  }
  return *home_;
}

Result<std::string> XcapClient::uri(std::string_view address) {
  if (is_whole_uri(address)) {
    return uri_of(address, {});
  }
  TRY(const XcapHome at, home());
  return uri_of(address, at);
}

Result<UtAnswer> XcapClient::ask(UtRequest request, const UtListener& listener) {
  if (!settings_.subscriber.empty()) {
    request.headers.push_back("Ut-Subscriber: " + settings_.subscriber);
  }
  if (!settings_.identity.empty()) {
    request.headers.push_back("X-3GPP-Intended-Identity: \"" + settings_.identity + "\"");
  }
  return ask_naf(door_, request, listener);
}

Result<UtAnswer> XcapClient::fetch(const std::string& uri, std::string& text) {
  text.clear();
  bool too_large = false;
  UtListener listener;
  listener.body = [&](std::string_view octets) {
    too_large = octets.size() > kLargestDocument - text.size();
    if (!too_large) {
      text.append(octets);
    }
    return !too_large;
  };
  auto answer = ask({.method = "GET", .uri = uri}, listener);
  if (too_large) {
    return fail(ErrorCode::limit_body, "read the document",
                "it is larger than " + std::to_string(kLargestDocument) + " octets");
  }
  return answer;
}

Result<UtAnswer> XcapClient::store(const std::string& uri, std::string_view text,
                                   const std::string& condition) {
  UtRequest request{.method = "PUT", .uri = uri};
  request.headers = {"Content-Type: " + media_type_of(uri).value_or("application/xml"), condition};
  request.body_octets = text.size();
  request.body = [text](char* to, std::size_t room) mutable -> std::optional<std::size_t> {
    const auto octets = std::min(room, text.size());
    std::memcpy(to, text.data(), octets);
    text.remove_prefix(octets);
    return octets;
  };
  return ask(std::move(request), {});
}

}  // namespace ut::utctl
