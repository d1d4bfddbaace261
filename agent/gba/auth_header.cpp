#include "agent/gba/auth_header.h"

#include "base/result.h"

#include <algorithm>
#include <array>

namespace ut::gba {
namespace {

constexpr std::size_t kMaxOctets = 16384;
constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxParameters = 32;
constexpr std::size_t kUsualParameters = 6;

constexpr bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr auto kTokenChars = [] {
  std::array<bool, 256> is{};
  for (std::size_t c = 0; c < 128; ++c) {
    is[c] = is_alnum(static_cast<char>(c));
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    is[static_cast<std::size_t>(c)] = true;
  }
  return is;
}();
bool is_token_char(char c) {
  return kTokenChars[static_cast<unsigned char>(c)];
}
bool is_token68_char(char c) {
  return is_alnum(c) || std::string_view("-._~+/").contains(c);
}
bool is_text_char(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

std::unexpected<std::string_view> malformed(std::string_view why) {
  return std::unexpected(why);
}

// Reads one field from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  std::size_t mark() const { return at_; }
  void back_to(std::size_t mark) { at_ = mark; }

  bool take(char c) {
    if (at_end() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }
  // How many blanks there were.
  std::size_t skip_blanks() {
    return take_while([](char c) { return c == ' ' || c == '\t'; }).size();
  }
  // Blanks and the commas between list elements, of which some may be empty.
  void skip_separators() {
    take_while([](char c) { return c == ' ' || c == '\t' || c == ','; });
  }
  std::string_view token() { return take_while(is_token_char); }

  // A list element ends here.
  bool at_element_end() {
    skip_blanks();
    return at_end() || text_[at_] == ',';
  }

  // token68 that is the whole rest of its element; empty when there is none here.
  std::string_view token68() {
    const auto start = at_;
    if (!take_while(is_token68_char).empty()) {
      take_while([](char c) { return c == '='; });
      const auto found = text_.substr(start, at_ - start);
      if (at_element_end()) {
        return found;
      }
    }
    at_ = start;
    return {};
  }

  Parsed<std::string> quoted_string() {
    std::string value;
    while (true) {
      value += take_while([](char c) { return is_text_char(c) && c != '"' && c != '\\'; });
      if (take('"')) {
        return value;
      }
      take('\\');
      if (at_end()) {
        return malformed("quoted string without end");
      }
      if (!is_text_char(text_[at_])) {
        return malformed("control character in a quoted string");
      }
      value += text_[at_++];
    }
  }

  // What follows the name of a parameter: "=" and its value, then the end of the element.
  Parsed<std::string> parameter_value() {
    skip_blanks();
    if (!take('=')) {
      return malformed("parameter without a value");
    }
    skip_blanks();
    std::string value;
    if (take('"')) {
      TRY(value, quoted_string());
    } else {
      value = token();
      if (value.empty()) {
        return malformed("parameter without a value");
      }
    }
    if (!at_element_end()) {
      return malformed("no comma after a parameter");
    }
    return value;
  }

 private:
  template <class Predicate>
  std::string_view take_while(Predicate wanted) {
    const auto start = at_;
    while (!at_end() && wanted(text_[at_])) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Parsed<void> add_parameter(AuthParameters& to, std::string_view name, Scanner& scanner) {
  if (name.empty()) {
    return malformed("parameter without a name");
  }
  AuthParameter parameter{lower(name), {}};
  TRY(parameter.value, scanner.parameter_value());
  if (find(to, parameter.name) != nullptr) {
    return malformed("parameter given twice");
  }
  if (to.size() == kMaxParameters) {
    return malformed("too many parameters");
  }
  to.push_back(std::move(parameter));
  return {};
}

bool starts_parameter(Scanner& scanner) {
  const auto mark = scanner.mark();
  scanner.skip_blanks();
  const bool found = scanner.take('=');
  scanner.back_to(mark);
  return found;
}

Parsed<void> check_size(std::span<const std::string_view> fields) {
  std::size_t octets = 0;
  for (const auto& field : fields) {
    octets += field.size();
  }
  if (octets > kMaxOctets) {
    return malformed("too long");
  }
  return {};
}

Parsed<void> parse_challenge_field(std::string_view field, std::vector<AuthChallenge>& to) {
  Scanner scanner(field);
  bool open = false;  // a challenge of this field may take parameters
  for (scanner.skip_separators(); !scanner.at_end(); scanner.skip_separators()) {
    const auto word = scanner.token();
    if (word.empty()) {
      return malformed("neither a scheme nor a parameter");
    }
    if (open && starts_parameter(scanner)) {
      TRY_VOID(add_parameter(to.back().parameters, word, scanner));
      continue;
    }
    if (to.size() == kMaxChallenges) {
      return malformed("too many challenges");
    }
    const auto blanks = scanner.skip_blanks();
    if (blanks == 0 && !scanner.at_element_end()) {
      return malformed("no blank after the scheme");
    }
    to.push_back({lower(word), {}, {}});
    open = true;
    if (scanner.at_element_end()) {
      continue;
    }
    to.back().token68 = scanner.token68();
    if (!to.back().token68.empty()) {
      open = false;
      continue;
    }
    const auto name = scanner.token();
    TRY_VOID(add_parameter(to.back().parameters, name, scanner));
  }
  return {};
}

}  // namespace

const std::string* find(const AuthParameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &AuthParameter::name);
  return found == parameters.end() ? nullptr : &found->value;
}

Parsed<std::vector<AuthChallenge>> parse_challenges(std::span<const std::string_view> fields) {
  TRY_VOID(check_size(fields));
  std::vector<AuthChallenge> challenges;
  for (const auto& field : fields) {
    TRY_VOID(parse_challenge_field(field, challenges));
  }
  return challenges;
}

Parsed<AuthParameters> parse_auth_parameters(std::span<const std::string_view> fields) {
  TRY_VOID(check_size(fields));
  AuthParameters parameters;
  parameters.reserve(fields.empty() ? 0 : kUsualParameters);
  for (const auto& field : fields) {
    Scanner scanner(field);
    for (scanner.skip_separators(); !scanner.at_end(); scanner.skip_separators()) {
      const auto name = scanner.token();
      TRY_VOID(add_parameter(parameters, name, scanner));
    }
  }
  return parameters;
}

}  // namespace ut::gba
