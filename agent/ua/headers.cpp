#include "agent/ua/headers.h"

#include <algorithm>
#include <array>

namespace ut::ua {
namespace {

constexpr std::string_view kHopByHop = "hop-by-hop (RFC 9110 7.6.1)";
constexpr std::string_view kProxy = "for the hop to the agent";
constexpr std::string_view kOurs = "the agent sets it";
constexpr std::string_view kFraming = "the agent frames each message anew";
constexpr std::string_view kTrace = "tells the NAF about the terminal's inside";
constexpr std::string_view kIdentity = "an identity is asserted by the network alone";
constexpr std::string_view kState = "the agent has no cookies and no state of web pages";
constexpr std::string_view kRoute = "would lead the application round the agent";

constexpr std::array kTable = {
    // name, in_request, in_response, reason
    HeaderRule{"accept-encoding", true, false, "a coded body has another ETag and another hash"},
    HeaderRule{"alt-svc", true, true, kRoute},
    HeaderRule{"alt-used", true, false, kRoute},
    HeaderRule{"authentication-info", true, true, "ends in the agent"},
    HeaderRule{"authorization", true, true, kOurs},
    HeaderRule{"connection", true, true, kHopByHop},
    HeaderRule{"content-length", true, true, kFraming},
    HeaderRule{"cookie", true, true, kState},
    HeaderRule{"cookie2", true, true, kState},
    HeaderRule{"expect", true, false, "the body is held before the request leaves"},
    HeaderRule{"forwarded", true, false, kTrace},
    HeaderRule{"host", true, true, kOurs},
    HeaderRule{"http2-settings", true, true, kHopByHop},
    HeaderRule{"keep-alive", true, true, kHopByHop},
    HeaderRule{"p-asserted-identity", true, false, kIdentity},
    HeaderRule{"p-preferred-identity", true, false, kIdentity},
    HeaderRule{"proxy-*", true, true, kProxy},
    HeaderRule{"set-cookie", true, true, kState},
    HeaderRule{"set-cookie2", true, true, kState},
    HeaderRule{"strict-transport-security", true, true, kRoute},
    HeaderRule{"te", true, true, kHopByHop},
    HeaderRule{"trailer", true, true, kHopByHop},
    HeaderRule{"transfer-encoding", true, true, kHopByHop},
    HeaderRule{"upgrade", true, true, kHopByHop},
    HeaderRule{"via", true, false, kTrace},
    HeaderRule{"www-authenticate", true, true, "ends in the agent"},
    HeaderRule{"x-3gpp-*", true, false, kIdentity},
    HeaderRule{"x-forwarded-*", true, false, kTrace},
    HeaderRule{"x-real-ip", true, false, kTrace},
    HeaderRule{"x-xcap-asserted-identity", true, false, kIdentity},
    HeaderRule{"x-xcap-preferred-identity", true, false, kIdentity},
};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char folded(char c) {
  return c == '_' ? '-' : lower(c);
}

// The rows whose name begins with a given letter: where they begin in the sorted table; those of
// 'a' + n end where those of 'a' + n + 1 begin.
constexpr auto kFirstRow = [] {
  std::array<std::uint8_t, 27> first{};
  for (std::size_t letter = 0; letter < first.size(); ++letter) {
    while (first[letter] < kTable.size() &&
           kTable[first[letter]].name[0] < static_cast<char>('a' + letter)) {
      ++first[letter];
    }
  }
  return first;
}();
static_assert(std::ranges::is_sorted(kTable, {}, &HeaderRule::name));

// The rows that may be about `name`.
std::span<const HeaderRule> rows_of(std::string_view name) {
  const char letter = name.empty() ? '\0' : lower(name.front());
  if (letter < 'a' || letter > 'z') {
    return {};
  }
  const auto at = static_cast<std::size_t>(letter - 'a');
  return std::span(kTable).subspan(kFirstRow[at], kFirstRow[at + 1U] - kFirstRow[at]);
}

bool matches(const HeaderRule& rule, std::string_view name) {
  std::string_view pattern = rule.name;
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    name = name.substr(0, pattern.size());
  }
  return name.size() == pattern.size() &&
         std::equal(name.begin(), name.end(), pattern.begin(),
                    [](char of_name, char of_rule) { return folded(of_name) == of_rule; });
}

constexpr auto kIsTchar = [] {
  std::array<bool, 256> is{};
  for (int c = '0'; c <= '9'; ++c) {
    is[static_cast<std::size_t>(c)] = true;
  }
  for (int c = 'a'; c <= 'z'; ++c) {
    is[static_cast<std::size_t>(c)] = true;
    is[static_cast<std::size_t>(c - 'a' + 'A')] = true;
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    is[static_cast<std::size_t>(c)] = true;
  }
  return is;
}();

bool is_tchar(char c) {
  return kIsTchar[static_cast<unsigned char>(c)];
}

using CharacterSet = std::array<bool, 256>;

// Visible characters of ASCII but for `without`.
constexpr CharacterSet visible(std::string_view without) {
  CharacterSet is{};
  for (std::size_t c = 0x21; c < 0x7f; ++c) {
    is[c] = !without.contains(static_cast<char>(c));
  }
  return is;
}
constexpr CharacterSet kIsTargetChar = visible("#");
constexpr CharacterSet kIsIdentityChar = visible("\"\\");

bool is_all_of(const CharacterSet& set, std::string_view text) {
  return std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// The end of the product that holds position `at`: its token, and its version if there is one.
std::size_t product_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_tchar(text[at])) {
    ++at;
  }
  if (at < text.size() && text[at] == '/') {
    ++at;
    while (at < text.size() && is_tchar(text[at])) {
      ++at;
    }
  }
  return at;
}

// A NAF may look for "3gpp-gba" anywhere in User-Agent, comments included, so whatever contains
// such a token goes, not only a product of exactly that name.
std::string without_3gpp_products(std::string_view text) {
  constexpr std::string_view kMark = "3gpp-";
  std::string kept;
  while (!text.empty()) {
    const auto found = std::search(text.begin(), text.end(), kMark.begin(), kMark.end(),
                                   [](char a, char b) { return lower(a) == b; });
    auto from = static_cast<std::size_t>(found - text.begin());
    const std::size_t to = product_end(text, from);
    while (found != text.end() && from > 0 && is_tchar(text[from - 1])) {
      --from;
    }
    kept += text.substr(0, from);
    text.remove_prefix(found == text.end() ? text.size() : to);
  }
  return kept;
}

}  // namespace

std::span<const HeaderRule> header_table() {
  return kTable;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), token)) {
      return true;
    }
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

bool is_dropped(Direction direction, std::string_view name,
                std::span<const std::string_view> connection) {
  for (const auto& rule : rows_of(name)) {
    const bool applies = direction == Direction::request ? rule.in_request : rule.in_response;
    if (applies && matches(rule, name)) {
      return true;
    }
  }
  return std::ranges::any_of(connection,
                             [&](std::string_view value) { return has_token(value, name); });
}

bool is_valid_field(std::string_view name, std::string_view value) {
  return !name.empty() && std::ranges::all_of(name, is_tchar) &&
         std::ranges::none_of(value, [](char c) { return is_control(c) && c != '\t'; });
}

bool is_valid_target(std::string_view target) {
  return target.starts_with('/') && is_all_of(kIsTargetChar, target);
}

std::string user_agent(std::string_view of_application, std::string_view fallback, bool gba) {
  const std::string cleaned = without_3gpp_products(of_application);
  std::string agent(trimmed(cleaned));
  if (agent.empty()) {
    agent = fallback;
  }
  if (gba) {
    agent += agent.empty() ? "3gpp-gba" : " 3gpp-gba";
  }
  return agent;
}

namespace {

std::vector<std::string_view> connection_values(const ports::HeaderFields& fields) {
  std::vector<std::string_view> values;
  for (const auto& field : fields) {
    if (equals_ignoring_case(field.name, "connection")) {
      values.push_back(field.value);
    }
  }
  return values;
}

}  // namespace

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

Result<void> append_identity_line(std::string& out, std::string_view name,
                                  std::string_view identity) {
  if (identity.empty() || !is_all_of(kIsIdentityChar, identity)) {
    return fail(ErrorCode::request_malformed, "quote the intended identity");
  }
  out.append(name).append(": \"").append(identity).append("\"\r\n");
  return {};
}

Result<RequestFields> request_fields(const ports::HeaderFields& fields,
                                     std::string_view fallback_user_agent, bool gba) {
  const auto connection = connection_values(fields);
  std::string_view agent;
  RequestFields passed;
  for (const auto& field : fields) {
    if (!is_valid_field(field.name, field.value)) {
      return fail(ErrorCode::request_malformed, "check the header fields");
    }
    if (is_dropped(Direction::request, field.name, connection)) {
      continue;
    }
    if (equals_ignoring_case(field.name, "user-agent")) {
      agent = field.value;
      continue;
    }
    append_line(passed.lines, field.name, field.value);
  }
  passed.user_agent = user_agent(agent, fallback_user_agent, gba);
  return passed;
}

ports::HeaderFields response_fields(ports::HeaderFields fields) {
  const auto connection = connection_values(fields);
  fields.erase_if(
      [&](const auto& field) { return is_dropped(Direction::response, field.name, connection); });
  return fields;
}

}  // namespace ut::ua
