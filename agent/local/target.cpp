#include "agent/local/target.h"

#include "agent/local/public_identity.h"

#include <array>
#include <charconv>

namespace ut::local {
namespace {

constexpr std::uint16_t kTlsPort = 443;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::string_view kNodeSelectorSeparator = "~~";

auto bad_target(std::string_view why) {
  return fail(ErrorCode::request_target_invalid, "local.target", std::string(why));
}
auto bad_host(std::string_view why) {
  return fail(ErrorCode::request_host_invalid, "local.target", std::string(why));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_no_case(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) {
    return false;
  }
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (lower(text[i]) != prefix[i]) {
      return false;
    }
  }
  return true;
}

struct Authority {
  std::string naf;
  std::uint16_t port = kTlsPort;
  bool operator==(const Authority&) const = default;
};

Result<Authority> parse_authority(std::string_view text, bool https) {
  if (text.find('@') != std::string_view::npos) {
    return bad_target("userinfo is not allowed");
  }
  if (!text.empty() && text.front() == '[') {
    return bad_host("an IP address cannot be a NAF");
  }
  const auto colon = text.find(':');
  auto naf = canonical_naf(text.substr(0, colon));
  if (!naf) {
    return bad_host("not a fully qualified domain name of letters, digits and hyphens");
  }
  if (colon == std::string_view::npos) {
    return Authority{std::move(*naf), kTlsPort};
  }
  const auto digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0 || port > 65535) {
    return bad_host("the port is not a number from 1 to 65535");
  }
  const auto given = static_cast<std::uint16_t>(port);
  return Authority{std::move(*naf), !https && given == kHttpPort ? kTlsPort : given};
}

// What may stand raw in a path or query: RFC 3986 pchar, '/', '?', and the brackets that XCAP
// clients send in node selectors without encoding them. The rest is refused because readers differ
// on it; '"' too, which would end the quoted uri of an Authorization field.
constexpr auto kRawAllowed = [] {
  std::array<bool, 256> allowed{};
  for (const char c :
       std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "-._~!$&'()*+,;=:@/?[]%")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

int hex_digit(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// What a text that begins with '%' stands for when it is decoded until no encoding is left, and how
// long that is: %2e, %252e and %25252e are one octet. -1 for what is no encoding.
struct EncodedOctet {
  int octet = -1;
  std::size_t size = 0;
};

EncodedOctet encoded_octet(std::string_view text) {
  if (text.empty() || text.front() != '%') {
    return {};
  }
  std::size_t at = 1;
  while (text.substr(at).starts_with("25") && at + 4 <= text.size() &&
         hex_digit(text[at + 2]) >= 0 && hex_digit(text[at + 3]) >= 0) {
    at += 2;
  }
  const auto digits = text.substr(at, 2);
  const int high = digits.size() == 2 ? hex_digit(digits[0]) : -1;
  const int low = digits.size() == 2 ? hex_digit(digits[1]) : -1;
  return high < 0 || low < 0 ? EncodedOctet{} : EncodedOctet{high * 16 + low, at + 2};
}

Result<void> check_octets(std::string_view path_and_query) {
  const auto query_at = path_and_query.find('?');
  for (std::size_t i = 0; i < path_and_query.size(); ++i) {
    const char c = path_and_query[i];
    if (!kRawAllowed[static_cast<unsigned char>(c)]) {
      return bad_target(c == '#' ? "a fragment is not allowed"
                                 : "a character must be percent-encoded");
    }
    if (c != '%') {
      continue;
    }
    const auto [octet, size] = encoded_octet(path_and_query.substr(i));
    if (octet < 0) {
      return bad_target("'%' is not followed by two hexadecimal digits");
    }
    if (octet < 0x20 || octet == 0x7f) {
      return bad_target("an encoded control character is not allowed");
    }
    if (i < query_at && (octet == '/' || octet == '\\')) {
      return bad_target("an encoded '/' or '\\' is not allowed in the path");
    }
    i += size - 1;
  }
  return {};
}

// "." and "..", also with dots written as %2e, encoded any number of times, or with parameters
// behind them, which some servers take away before they look.
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const auto encoded = encoded_octet(segment);
    if (segment.front() == ';' || encoded.octet == ';') {
      break;
    }
    if (segment.front() != '.' && encoded.octet != '.') {
      return false;
    }
    segment.remove_prefix(segment.front() == '.' ? 1 : encoded.size);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

// Whether the segment decodes to `word` in whatever case and encoding.
bool reads_as(std::string_view segment, std::string_view word) {
  if (!segment.contains('%')) {
    return segment.size() == word.size() && starts_with_no_case(segment, word);
  }
  const auto decoded = percent_decoded(segment);
  return decoded && decoded->size() == word.size() && starts_with_no_case(*decoded, word);
}

class Segments {
 public:
  explicit Segments(std::string_view path) : rest_(path.substr(1)) {}

  // nullopt after the last segment.
  std::optional<std::string_view> next() {
    if (done_) {
      return std::nullopt;
    }
    const auto slash = rest_.find('/');
    const auto segment = rest_.substr(0, slash);
    done_ = slash == std::string_view::npos;
    rest_ = done_ ? std::string_view{} : rest_.substr(slash + 1);
    return segment;
  }
  bool last() const { return done_; }

 private:
  std::string_view rest_;
  bool done_ = false;
};

// Reads root, AUID, tree and XUI from the segments before the node selector.
class XcapReader {
 public:
  XcapReader(Target& target, std::string_view path) : target_(target), path_(path) {}

  Result<void> take(std::string_view segment, bool last) {
    switch (awaited_) {
      case Awaited::tree:
        return take_before_tree(segment);
      case Awaited::xui:
        awaited_ = Awaited::document;
        if (segment.empty()) {
          return bad_target("the XUI is empty");
        }
        target_.xui = canonical_identity(segment);
        document_at_ = end_of(segment) + (last ? 0 : 1);
        return {};
      case Awaited::document:
        return {};
    }
    return {};
  }

  // `end`: where the path or its part before the node selector ends.
  void finish(std::size_t end) {
    if (target_.tree != XcapTree::none && document_at_ < end) {
      target_.document = path_.substr(document_at_, end - document_at_);
    }
  }

  Result<void> check_complete() const {
    if (awaited_ == Awaited::xui) {
      return bad_target("the XUI is missing");
    }
    return {};
  }

 private:
  enum class Awaited : std::uint8_t { tree, xui, document };

  // Unreserved characters and marks (RFC 4825 clause 6.2 [M]). No ':' and no '@': a public identity
  // that strayed here would reach logs as a root or AUID [KEY-6].
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()";

  std::size_t end_of(std::string_view segment) const {
    return static_cast<std::size_t>(segment.data() + segment.size() - path_.data());
  }

  Result<void> take_before_tree(std::string_view segment) {
    const bool users = reads_as(segment, "users");
    const bool global = !users && reads_as(segment, "global");
    if (!users && !global) {
      plain_ = plain_ && segment.find_first_not_of(kPlain) == std::string_view::npos;
      before_ = before_last_;
      before_last_ = end_of(segment);
      auid_ = segment;
      return {};
    }
    if (segment != (users ? "users" : "global")) {
      return bad_target("'users' and 'global' are written as they are, in lower case");
    }
    if (auid_.empty()) {
      return bad_target("no AUID stands before 'users' or 'global'");
    }
    if (!plain_) {
      return bad_target("a character that no root or AUID holds stands before the tree");
    }
    target_.tree = users ? XcapTree::users : XcapTree::global;
    target_.auid = auid_;
    target_.root = before_ == 0 ? std::string_view("/") : path_.substr(0, before_);
    document_at_ = end_of(segment) + 1;
    awaited_ = users ? Awaited::xui : Awaited::document;
    return {};
  }

  Target& target_;
  std::string_view path_;
  Awaited awaited_ = Awaited::tree;
  std::string_view auid_;
  bool plain_ = true;
  std::size_t before_ = 0;       // where the segment before the AUID ends
  std::size_t before_last_ = 0;  // where the AUID ends
  std::size_t document_at_ = 0;
};

Result<void> read_path(Target& target, std::string_view path) {
  Segments segments(path);
  XcapReader xcap(target, path);
  while (const auto segment = segments.next()) {
    if (is_dot_segment(*segment)) {
      return bad_target("dot segments are not allowed");
    }
    if (target.has_node_selector) {
      continue;
    }
    if (*segment == kNodeSelectorSeparator) {
      target.has_node_selector = true;
      const auto at = static_cast<std::size_t>(segment->data() - path.data());
      xcap.finish(at == 0 ? 0 : at - 1);
      continue;
    }
    // One empty segment at the very end is the trailing slash of a directory.
    if (segment->empty() && !segments.last()) {
      return bad_target("empty segments are not allowed");
    }
    TRY_VOID(xcap.take(*segment, segments.last()));
  }
  if (!target.has_node_selector) {
    xcap.finish(path.size());
  }
  return xcap.check_complete();
}

}  // namespace

std::optional<std::string> canonical_naf(std::string_view name) {
  if (!name.empty() && name.back() == '.') {
    name.remove_suffix(1);
  }
  if (name.empty() || name.size() > kLongestName) {
    return std::nullopt;
  }
  std::string naf(name);
  std::size_t label_at = 0;
  std::size_t labels = 0;
  bool numeric = false;
  for (std::size_t i = 0; i <= naf.size(); ++i) {
    if (i < naf.size() && naf[i] != '.') {
      naf[i] = lower(naf[i]);
      if (!is_letter(naf[i]) && !is_digit(naf[i]) && naf[i] != '-') {
        return std::nullopt;
      }
      continue;
    }
    const auto label = std::string_view(naf).substr(label_at, i - label_at);
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' ||
        label.back() == '-') {
      return std::nullopt;
    }
    numeric = label.find_first_not_of("0123456789") == std::string_view::npos || label == "0x" ||
              (label.starts_with("0x") &&
               label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos);
    label_at = i + 1;
    ++labels;
  }
  // A last label that is a number makes an IPv4 address to some readers (WHATWG URL clause 3.5).
  if (labels < 2 || numeric) {
    return std::nullopt;
  }
  return naf;
}

Result<Target> parse_target(std::string_view request_target, std::optional<std::string_view> host) {
  if (request_target.empty()) {
    return bad_target("the target is empty");
  }
  Target target;
  Authority authority;
  if (request_target.front() == '/') {
    if (!host) {
      return bad_host("Host is missing");
    }
    TRY(authority, parse_authority(*host, false));
    target.origin_form = request_target;
  } else {
    const bool http = starts_with_no_case(request_target, "http://");
    const bool https = !http && starts_with_no_case(request_target, "https://");
    if (!http && !https) {
      return bad_target("neither a path nor an http:// or https:// URI");
    }
    const auto rest = request_target.substr(http ? 7 : 8);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    TRY(authority, parse_authority(rest.substr(0, end), https));
    if (host) {
      TRY(const auto named, parse_authority(*host, https));
      if (named != authority) {
        return bad_host("Host and the target name different authorities");
      }
    }
    const auto path = rest.substr(end);
    if (path.empty() || path.front() != '/') {
      target.origin_form = '/';
    }
    target.origin_form += path;
  }
  target.naf = std::move(authority.naf);
  target.port = authority.port;
  TRY_VOID(check_octets(target.origin_form));
  const std::string_view whole(target.origin_form);
  const auto query_at = whole.find('?');
  if (query_at != std::string_view::npos) {
    target.query = whole.substr(query_at + 1);
  }
  TRY_VOID(read_path(target, whole.substr(0, query_at)));
  return target;
}

}  // namespace ut::local
