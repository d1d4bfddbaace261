#include "tools/utctl/ask_agent.h"

#include "tools/utctl/agent_problem.h"
#include "tools/utctl/curl_handle.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace ut::utctl {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} * 1024;
constexpr std::chrono::seconds kPatience{60};

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

// What was answered instead of a 200.
Error problem_of(ByteView body, long status) {
  const ForeignNumber number{ForeignKind::http, status};
  return agent_problem(body, status)
      .value_or(Error{ErrorCode::agent_unreachable, "ask the agent", number,
                      "this is no ut-agent of this version"});
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
                        const char* method, std::chrono::seconds patience = kPatience) {
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
  curl_easy_setopt(c, CURLOPT_TIMEOUT, static_cast<long>(patience.count()));
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

struct MultiRelease {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// curl_easy_perform() that ends when `stop` is requested, with CURLE_OK.
CURLcode perform_until(CURL* easy, const std::stop_token& stop) {
  constexpr int kLongestPoll = 60'000;
  const std::unique_ptr<CURLM, MultiRelease> multi(curl_multi_init());
  if (!multi) {
    return CURLE_OUT_OF_MEMORY;
  }
  curl_multi_add_handle(multi.get(), easy);
  const std::stop_callback wake(stop, [&multi] { curl_multi_wakeup(multi.get()); });
  CURLcode code = CURLE_OK;
  int running = 1;
  while (running != 0 && !stop.stop_requested()) {
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    if (running != 0) {
      curl_multi_poll(multi.get(), nullptr, 0, kLongestPoll, nullptr);
    }
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    code = message->msg == CURLMSG_DONE ? message->data.result : code;
  }
  curl_multi_remove_handle(multi.get(), easy);
  return code;
}

}  // namespace

Result<SecretBytes> get_from_agent(const std::string& socket, std::string_view path,
                                   std::chrono::seconds patience) {
  return ask(socket, path, nullptr, "GET", patience);
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
                          const std::function<bool(std::string_view line)>& line,
                          const std::stop_token& stop) {
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
  const CURLcode code = perform_until(c, stop);
  if (followed.enough || stop.stop_requested()) {
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
