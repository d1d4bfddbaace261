#include "tools/utctl/ask_agent.h"

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

namespace ut::utctl {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} * 1024;
// A bootstrapping with a slow card and a slow BSF.
constexpr long kPatienceSeconds = 60;

struct EasyRelease {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyRelease>;
using List = std::unique_ptr<curl_slist, ListRelease>;

// Room for the answer in locked memory, as it may hold a key.
struct Received {
  SecretBytes octets{kMaxAnswer};
  std::size_t size = 0;
  ByteView view() const { return octets.expose().first(size); }
};

std::size_t take(const char* data, std::size_t one, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  const auto octets = one * count;
  if (octets > kMaxAnswer - received.size) {
    return 0;  // ends the transfer with an error
  }
  std::copy_n(
      data, octets,
      received.octets.expose_mutable().begin() + static_cast<std::ptrdiff_t>(received.size));
  received.size += octets;
  return octets;
}

Error error_of(CURLcode code, const std::string& socket) {
  const ForeignNumber number{ForeignKind::curl, static_cast<long>(code)};
  return {ErrorCode::agent_unreachable, "ask the agent", number,
          socket + ": " + curl_easy_strerror(code)};
}

// The agent's problem document as the error that it was made from.
Error problem_of(ByteView body, long status) {
  constexpr std::string_view kType = "urn:ut-agent:problem:";
  const ForeignNumber number{ForeignKind::http, status};
  const auto json = nlohmann::json::parse(as_text(body), nullptr, false);
  const auto text = [&](const char* member) {
    const auto found = json.is_object() ? json.find(member) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto type = text("type");
  const auto code = type.starts_with(kType)
                        ? code_named(std::string_view(type).substr(kType.size()))
                        : std::nullopt;
  if (!code) {
    return {ErrorCode::agent_unreachable, "ask the agent", number, "this is no ut-agent"};
  }
  // The document's detail ends in the advice, which to_text() adds again.
  auto detail = text("detail");
  if (detail.ends_with(advice(*code))) {
    detail.resize(detail.size() - advice(*code).size());
  }
  if (detail.ends_with("; ")) {
    detail.resize(detail.size() - 2);
  }
  return {*code, "ask the agent", number, std::move(detail)};
}

std::unexpected<Error> no_socket() {
  return fail(
      ErrorCode::config_invalid, "ask the agent",
      "no socket is configured: [control] socket for the owner's commands, [[socket]] for key");
}

// A stream of lines; the body of a problem is kept whole.
struct Followed {
  CURL* easy;
  const std::function<bool(std::string_view line)>& line;
  std::string rest{};
  bool enough = false;

  long status() const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
};

std::size_t follow(const char* data, std::size_t one, std::size_t count, void* to) {
  auto& followed = *static_cast<Followed*>(to);
  const auto octets = one * count;
  if (octets > kMaxAnswer * 16 - followed.rest.size()) {
    return 0;
  }
  followed.rest.append(data, octets);
  if (followed.status() != 200) {
    return octets;
  }
  for (auto end = followed.rest.find('\n'); end != std::string::npos;
       end = followed.rest.find('\n')) {
    const std::string line = followed.rest.substr(0, end);
    followed.rest.erase(0, end + 1);
    if (!followed.line(line)) {
      followed.enough = true;
      return 0;  // ends the transfer
    }
  }
  return octets;
}

Result<SecretBytes> ask(const std::string& socket, std::string_view path, const std::string* body,
                        const char* method) {
  if (socket.empty()) {
    return no_socket();
  }
  const Easy easy(curl_easy_init());
  if (!easy) {
    return fail(ErrorCode::system_call_failed, "curl_easy_init");
  }
  Received received;
  List headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  const std::string url = "http://ut-agent" + std::string(path);
  CURL* const c = easy.get();
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT, kPatienceSeconds);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, static_cast<void*>(&received));
  if (body != nullptr) {
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body->c_str());
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
  }
  if (const CURLcode code = curl_easy_perform(c); code != CURLE_OK) {
    return std::unexpected(error_of(code, socket));
  }
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  const char* type = nullptr;
  curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
  const bool answered = type != nullptr && std::string_view(type) == "application/json";
  if (status != 200 && !answered) {
    return std::unexpected(problem_of(received.view(), status));
  }
  return SecretBytes::copy_of(received.view());
}

}  // namespace

Result<SecretBytes> get_from_agent(const std::string& socket, std::string_view path) {
  return ask(socket, path, nullptr, "GET");
}

Result<SecretBytes> post_to_agent(const std::string& socket, std::string_view path,
                                  const std::string& body) {
  return ask(socket, path, &body, "POST");
}

Result<SecretBytes> put_to_agent(const std::string& socket, std::string_view path,
                                 const std::string& body) {
  return ask(socket, path, &body, "PUT");
}

Result<void> follow_agent(const std::string& socket, std::string_view path,
                          const std::function<bool(std::string_view line)>& line) {
  if (socket.empty()) {
    return no_socket();
  }
  const Easy easy(curl_easy_init());
  if (!easy) {
    return fail(ErrorCode::system_call_failed, "curl_easy_init");
  }
  CURL* const c = easy.get();
  Followed followed{c, line};
  const std::string url = "http://ut-agent" + std::string(path);
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, follow);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, static_cast<void*>(&followed));
  const CURLcode code = curl_easy_perform(c);
  if (followed.enough) {
    return {};
  }
  if (code != CURLE_OK) {
    return std::unexpected(error_of(code, socket));
  }
  if (followed.status() != 200) {
    return std::unexpected(problem_of(as_bytes(followed.rest), followed.status()));
  }
  return {};
}

}  // namespace ut::utctl
