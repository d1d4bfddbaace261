#include "tools/ut-lab/digest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include "base/encoding.h"

namespace ut::lab {
namespace {

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

// Reads a header value from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (skip(' ') || skip('\t')) {
    }
  }
  std::string token() {
    const auto end = std::ranges::find_if_not(text_, is_token_char);
    const auto size = static_cast<std::size_t>(end - text_.begin());
    std::string value(text_.substr(0, size));
    text_.remove_prefix(size);
    return value;
  }
  // After the opening quote; nullopt when the closing one is missing.
  std::optional<std::string> quoted_rest() {
    std::string value;
    while (!text_.empty()) {
      char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') {
        return value;
      }
      if (c == '\\') {
        if (text_.empty()) {
          return std::nullopt;
        }
        c = text_.front();
        text_.remove_prefix(1);
      }
      value += c;
    }
    return std::nullopt;
  }

 private:
  std::string_view text_;
};

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

const ByteView kColon = as_bytes(":");

constexpr std::array kFirstAkaMessage = {
    RequiredParameter{"username", true}, RequiredParameter{"realm", true},
    RequiredParameter{"nonce", true}, RequiredParameter{"uri", true},
    RequiredParameter{"response", true}};

}  // namespace

std::expected<DigestCredentials, std::string> DigestCredentials::parse(std::string_view field) {
  Reader reader(field);
  if (!equal_ignoring_case(reader.token(), "Digest")) {
    return std::unexpected("the scheme is not Digest");
  }
  if (!reader.skip(' ')) {
    return std::unexpected("no space after the scheme");
  }
  DigestCredentials credentials;
  while (true) {
    reader.skip_space();
    AuthParameter parameter;
    parameter.name = reader.token();
    if (parameter.name.empty()) {
      return std::unexpected("a parameter has no name");
    }
    reader.skip_space();
    if (!reader.skip('=')) {
      return std::unexpected("no '=' after " + parameter.name);
    }
    reader.skip_space();
    if (reader.skip('"')) {
      auto value = reader.quoted_rest();
      if (!value) {
        return std::unexpected("the quoted string of " + parameter.name + " does not end");
      }
      parameter.value = std::move(*value);
      parameter.quoted = true;
    } else {
      parameter.value = reader.token();
      if (parameter.value.empty()) {
        return std::unexpected(parameter.name + " has no value");
      }
    }
    if (credentials.find(parameter.name) != nullptr) {
      return std::unexpected(parameter.name + " is there twice");
    }
    credentials.parameters_.push_back(std::move(parameter));
    reader.skip_space();
    if (reader.at_end()) {
      return credentials;
    }
    if (!reader.skip(',')) {
      return std::unexpected("no ',' after " + credentials.parameters_.back().name);
    }
  }
}

const AuthParameter* DigestCredentials::find(std::string_view name) const {
  const auto found = std::ranges::find_if(parameters_, [&](const AuthParameter& parameter) {
    return equal_ignoring_case(parameter.name, name);
  });
  return found == parameters_.end() ? nullptr : &*found;
}

std::string_view DigestCredentials::value(std::string_view name) const {
  const auto* parameter = find(name);
  return parameter == nullptr ? std::string_view() : parameter->value;
}

std::vector<std::string> grammar_findings(const DigestCredentials& credentials) {
  struct Rule {
    std::string_view name;
    bool quoted;
  };
  constexpr std::array kRules = {
      Rule{"username", true},   Rule{"realm", true},  Rule{"nonce", true},  Rule{"uri", true},
      Rule{"response", true},   Rule{"cnonce", true}, Rule{"opaque", true}, Rule{"auts", true},
      Rule{"algorithm", false}, Rule{"qop", false},   Rule{"nc", false},    Rule{"userhash", false},
  };
  std::vector<std::string> findings;
  for (const auto& parameter : credentials.parameters()) {
    const auto rule = std::ranges::find_if(
        kRules, [&](const Rule& each) { return equal_ignoring_case(each.name, parameter.name); });
    if (rule == kRules.end()) {
      findings.push_back("unknown parameter " + parameter.name);
    } else if (rule->quoted != parameter.quoted) {
      findings.push_back(parameter.name +
                         (rule->quoted ? " must be a quoted string" : " must be a token"));
    }
  }
  if (const auto* nc = credentials.find("nc");
      nc != nullptr && (nc->value.size() != 8 || !is_lower_hex(nc->value))) {
    findings.push_back("nc is not 8 lower-case hexadecimal digits");
  }
  if (!is_lower_hex(credentials.value("response"))) {
    findings.push_back("response is not lower-case hexadecimal digits");
  }
  return findings;
}

std::span<const RequiredParameter> required_in_first_aka_message() {
  return kFirstAkaMessage;
}

std::string missing_parameter(const DigestCredentials& credentials,
                              std::span<const RequiredParameter> required) {
  for (const auto& each : required) {
    const auto* parameter = credentials.find(each.name);
    if (parameter == nullptr) {
      return "no parameter " + std::string(each.name);
    }
    if (parameter->quoted != each.quoted) {
      return std::string(each.name) + (each.quoted ? " is not quoted" : " is quoted");
    }
  }
  return {};
}

std::string broken_rule(const Request& request, const DigestCredentials& credentials,
                        const std::vector<std::string>& qops, std::string_view opaque) {
  for (const auto* required :
       {"username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce"}) {
    if (credentials.value(required).empty()) {
      return std::string("no ") + required + " in Authorization";
    }
  }
  if (credentials.value("uri") != request.target) {
    return "uri is not the request-target";
  }
  if (std::ranges::find(qops, credentials.value("qop")) == qops.end()) {
    return "qop was not offered";
  }
  if (!nonce_count(credentials)) {
    return "nc is not 8 hexadecimal digits";
  }
  if (credentials.value("opaque") != opaque) {
    return "opaque is not that of the challenge";
  }
  return {};
}

std::optional<std::uint32_t> nonce_count(const DigestCredentials& credentials) {
  const auto text = credentials.value("nc");
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.size() != 8) {
    return std::nullopt;
  }
  return value;
}

std::string_view name(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
      return "MD5";
    case DigestAlgorithm::md5_sess:
      return "MD5-sess";
    case DigestAlgorithm::sha256:
      return "SHA-256";
  }
  return {};
}

std::optional<DigestAlgorithm> digest_algorithm(std::string_view text) {
  for (const auto each :
       {DigestAlgorithm::md5, DigestAlgorithm::md5_sess, DigestAlgorithm::sha256}) {
    if (equal_ignoring_case(name(each), text)) {
      return each;
    }
  }
  return std::nullopt;
}

SecretBytes ha1(Hash kind, std::string_view username, std::string_view realm, ByteView password) {
  return to_hex_secret(
      hash(kind, {as_bytes(username), kColon, as_bytes(realm), kColon, password}).expose());
}

SecretBytes session_ha1(Hash kind, const SecretBytes& ha1, std::string_view nonce,
                        std::string_view cnonce) {
  return to_hex_secret(
      hash(kind, {ha1.expose(), kColon, as_bytes(nonce), kColon, as_bytes(cnonce)}).expose());
}

std::string digest_response(Hash kind, const SecretBytes& ha1, const DigestExchange& exchange) {
  const ByteView method = as_bytes(exchange.method);
  const ByteView uri = as_bytes(exchange.uri);
  std::string ha2;
  if (exchange.qop == "auth-int") {
    const std::string body = hash_hex(kind, {exchange.body});
    ha2 = hash_hex(kind, {method, kColon, uri, kColon, as_bytes(body)});
  } else {
    ha2 = hash_hex(kind, {method, kColon, uri});
  }
  return hash_hex(
      kind, {ha1.expose(), kColon, as_bytes(exchange.nonce), kColon, as_bytes(exchange.nc), kColon,
             as_bytes(exchange.cnonce), kColon, as_bytes(exchange.qop), kColon, as_bytes(ha2)});
}

DigestExchange exchange_of(const Request& request, const DigestCredentials& credentials) {
  return {.nonce = credentials.value("nonce"),
          .nc = credentials.value("nc"),
          .cnonce = credentials.value("cnonce"),
          .qop = credentials.value("qop"),
          .method = request.method,
          .uri = credentials.value("uri"),
          .body = as_bytes(request.body)};
}

HeaderField challenge_field(const DigestChallenge& challenge) {
  std::string field = "Digest realm=" + quoted_string(challenge.realm) +
                      ", nonce=" + quoted_string(challenge.nonce) +
                      ", algorithm=" + std::string(challenge.algorithm) +
                      ", qop=" + quoted_string(joined(challenge.qops, ",")) +
                      ", opaque=" + quoted_string(challenge.opaque);
  if (challenge.stale) {
    field += ", stale=true";
  }
  return {"WWW-Authenticate", std::move(field)};
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? std::string_view() : separator);
    text += part;
  }
  return text;
}

std::string quoted_string(std::string_view text) {
  std::string value = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      value += '\\';
    }
    value += c;
  }
  value += '"';
  return value;
}

}  // namespace ut::lab
