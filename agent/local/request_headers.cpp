#include "agent/local/request_headers.h"

#include <algorithm>
#include <array>

namespace ut::local {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct Row {
  std::string_view name;  // lower case; a '*' at the end stands for any rest
  FieldUse use;
};

constexpr std::array kTable = {
    Row{"host", FieldUse::host},
    Row{"content-length", FieldUse::content_length},
    Row{"transfer-encoding", FieldUse::transfer_encoding},
    Row{"connection", FieldUse::connection},
    Row{"expect", FieldUse::expect},
    Row{"proxy-authorization", FieldUse::proxy_authorization},
    Row{"x-3gpp-intended-identity", FieldUse::intended_identity},
    Row{"ut-subscriber", FieldUse::subscriber},
    Row{"x-request-id", FieldUse::request_id},
    Row{"user-agent", FieldUse::user_agent},
    // Web browsers.
    Row{"origin", FieldUse::web_page},
    Row{"cookie", FieldUse::web_page},
    Row{"cookie2", FieldUse::web_page},
    Row{"referer", FieldUse::web_page},
    Row{"sec-*", FieldUse::web_page},
    Row{"upgrade-insecure-requests", FieldUse::web_page},
    Row{"access-control-request-*", FieldUse::web_page},
    // Hop-by-hop (RFC 9110 clause 7.6.1 and its forerunners).
    Row{"keep-alive", FieldUse::drop},
    Row{"proxy-connection", FieldUse::drop},
    Row{"proxy-authenticate", FieldUse::drop},
    Row{"te", FieldUse::drop},
    Row{"trailer", FieldUse::drop},
    Row{"upgrade", FieldUse::drop},
    Row{"http2-settings", FieldUse::drop},
    // The agent's own.
    Row{"authorization", FieldUse::drop},
    // Claims about who asks: only the operator's proxy makes them [UA-8].
    Row{"x-3gpp-asserted-identity", FieldUse::drop},
    Row{"x-xcap-asserted-identity", FieldUse::drop},
    Row{"x-xcap-preferred-identity", FieldUse::drop},
    Row{"p-asserted-identity", FieldUse::drop},
    // The way through the terminal is nobody's business.
    Row{"forwarded", FieldUse::drop},
    Row{"x-forwarded-*", FieldUse::drop},
    Row{"x-real-ip", FieldUse::drop},
    Row{"via", FieldUse::drop},
};

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.back() == '*') {
    pattern.remove_suffix(1);
    name = name.substr(0, pattern.size());
  }
  return pattern.size() == name.size() && same_name(pattern, name);
}

FieldUse use_in_table(std::string_view name) {
  if (name.empty()) {
    return FieldUse::forward;
  }
  const char first = lower(name.front());
  for (const auto& row : kTable) {
    if (row.name.front() == first && matches(row.name, name)) {
      return row.use;
    }
  }
  return FieldUse::forward;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

FieldUse field_use(std::string_view name) {
  if (name.find('_') == std::string_view::npos) {
    return use_in_table(name);
  }
  std::string dashed(name);
  std::ranges::replace(dashed, '_', '-');
  const auto use = use_in_table(dashed);
  const bool passes = use == FieldUse::forward || use == FieldUse::web_page;
  return passes ? use : FieldUse::drop;
}

std::string without_gba_tokens(std::string_view user_agent) {
  constexpr std::string_view kToken = "3gpp-gba";
  std::string kept;
  while (!user_agent.empty()) {
    const auto end = std::min(user_agent.find(' '), user_agent.size());
    const auto product = user_agent.substr(0, end);
    user_agent.remove_prefix(std::min(end + 1, user_agent.size()));
    if (!product.empty() && !same_name(product.substr(0, kToken.size()), kToken)) {
      kept += kept.empty() ? "" : " ";
      kept += product;
    }
  }
  return kept;
}

bool is_browser(std::string_view user_agent) {
  constexpr std::string_view kFirst = "mozilla/";
  return same_name(user_agent.substr(0, kFirst.size()), kFirst);
}

}  // namespace ut::local
