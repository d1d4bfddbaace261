#include "tools/utctl/ut_request.h"

#include "tools/utctl/agent_problem.h"
#include "tools/utctl/curl_handle.h"

#include <algorithm>
#include <cctype>

namespace ut::utctl {
namespace {

constexpr std::size_t kMostOfRefusal = std::size_t{64} * 1024;
// The agent has times of its own for each part of a request; this is for an agent that hangs.
constexpr long kPatienceSeconds = 180;

struct Exchange {
  CURL* easy;
  const UtRequest& request;
  const UtListener& listener;
  UtAnswer answer{};
  bool began = false;
  bool stopped = false;     // by `listener`
  bool unreadable = false;  // the body
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(
             line.substr(0, name.size()), name,
             [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::size_t take_header(const char* data, std::size_t one, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view line(data, one * count);
  if (line.starts_with("HTTP/")) {
    exchange.answer = {};  // of the last of several: 100 comes before
    curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &exchange.answer.status);
  } else if (is_named(line, "etag")) {
    exchange.answer.etag = trimmed(line.substr(5));
  } else if (is_named(line, "content-type")) {
    exchange.answer.content_type = trimmed(line.substr(13));
  }
  return line.size();
}

void begin(Exchange& exchange) {
  if (!exchange.began && is_success(exchange.answer)) {
    exchange.began = true;
    exchange.listener.header(exchange.answer);
  }
}

std::size_t take_body(const char* data, std::size_t one, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view octets(data, one * count);
  if (!is_success(exchange.answer)) {
    auto& refusal = exchange.answer.refusal;
    refusal.append(octets.substr(0, kMostOfRefusal - refusal.size()));
    return octets.size();
  }
  begin(exchange);
  if (!exchange.listener.body(octets)) {
    exchange.stopped = true;
    return 0;
  }
  return octets.size();
}

std::size_t give_body(char* data, std::size_t one, std::size_t count, void* from) {
  auto& exchange = *static_cast<Exchange*>(from);
  const auto octets = exchange.request.body(data, one * count);
  if (!octets) {
    exchange.unreadable = true;
    return CURL_READFUNC_ABORT;
  }
  return *octets;
}

int tell_progress(void* of, curl_off_t to_receive, curl_off_t received, curl_off_t to_send,
                  curl_off_t sent) {
  const auto& exchange = *static_cast<const Exchange*>(of);
  const auto octets = [](curl_off_t value) {
    return static_cast<std::uint64_t>(std::max<curl_off_t>(value, 0));
  };
  exchange.listener.progress({octets(sent), octets(to_send), octets(received), octets(to_receive)});
  return 0;
}

void append(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  (void)list.release();
  list.reset(longer);
}

// The token does not become text of ours: libcurl gets it from here, and keeps a copy until the
// request is over.
void present_token(CURL* c, const SecretBytes& token, List& proxy_headers) {
  SecretBytes line(token.size() + 64);
  constexpr std::string_view kBefore = "Proxy-Authorization: Bearer ";
  auto out = line.expose_mutable();
  std::ranges::copy(as_bytes(kBefore), out.begin());
  std::ranges::copy(token.expose(), out.begin() + static_cast<std::ptrdiff_t>(kBefore.size()));
  out[kBefore.size() + token.size()] = 0;
  proxy_headers.reset(
      curl_slist_append(nullptr, reinterpret_cast<const char*>(line.expose().data())));
  curl_easy_setopt(c, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(c, CURLOPT_PROXYHEADER, proxy_headers.get());
}

void go_through(CURL* c, const UtDoor& door, List& proxy_headers) {
  if (door.tcp.empty()) {
    curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, door.socket.c_str());
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    return;
  }
  curl_easy_setopt(c, CURLOPT_PROXY, ("http://" + door.tcp).c_str());
  curl_easy_setopt(c, CURLOPT_NOPROXY, "");
  present_token(c, door.token, proxy_headers);
}

void set_method(CURL* c, const UtRequest& request) {
  if (request.body) {
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    if (request.body_octets) {
      curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*request.body_octets));
    }
  }
  curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Error error_of(CURLcode code, const UtDoor& door, const Exchange& exchange) {
  if (exchange.stopped || exchange.unreadable) {
    return {ErrorCode::input_malformed, exchange.stopped ? "write the answer" : "read the body"};
  }
  return {ErrorCode::agent_unreachable,
          "ask the agent",
          {ForeignKind::curl, static_cast<long>(code)},
          (door.tcp.empty() ? door.socket : door.tcp) + ": " + curl_easy_strerror(code)};
}

}  // namespace

Result<UtAnswer> ask_naf(const UtDoor& door, const UtRequest& request, const UtListener& listener) {
  const Easy easy(curl_easy_init());
  if (!easy) {
    return fail(ErrorCode::system_call_failed, "curl_easy_init");
  }
  CURL* const c = easy.get();
  Exchange exchange{c, request, listener};
  List headers;
  List proxy_headers;
  for (const auto& header : request.headers) {
    append(headers, header);
  }
  curl_easy_setopt(c, CURLOPT_URL, request.uri.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, kPatienceSeconds);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  go_through(c, door, proxy_headers);
  set_method(c, request);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
  curl_easy_setopt(c, CURLOPT_READDATA, static_cast<void*>(&exchange));
  if (listener.progress) {
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, tell_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
  }
  // Who answers before a body that cannot be read is not believed.
  const CURLcode code = curl_easy_perform(c);
  if (code != CURLE_OK || exchange.unreadable) {
    return std::unexpected(error_of(code, door, exchange));
  }
  begin(exchange);  // of an answer without a body
  if (!is_success(exchange.answer)) {
    if (auto problem = agent_problem(as_bytes(exchange.answer.refusal), exchange.answer.status)) {
      return std::unexpected(*std::move(problem));
    }
  }
  return std::move(exchange.answer);
}

}  // namespace ut::utctl
