#include "tools/isim-probe/key_file.h"

#include "base/encoding.h"
#include "base/random.h"
#include "isim/soft/algorithm_settings.h"
#include "tools/isim-probe/private_file.h"

#include <charconv>

namespace ut::probe {
namespace {

using isim::soft::AlgorithmSettings;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"'
             ? text.substr(1, text.size() - 2)
             : text;
}

class Reader {
 public:
  AlgorithmSettings settings{};
  std::optional<std::string_view> sqn{};
  std::optional<std::string_view> amf{};
  std::string problems{};

  void read(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      line(trimmed(text.substr(0, text.find_first_of("#\n"))));
      text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
  }
  void wrong(std::string_view setting, std::string_view what) {
    problems.append(problems.empty() ? "" : "; ").append(setting).append(" ").append(what);
  }

 private:
  void line(std::string_view text) {
    if (text.starts_with('[')) {
      in_keys_ = text == "[keys]";
      return;
    }
    if (text.empty() || !in_keys_) {
      return;
    }
    const auto equals = text.find('=');
    if (equals == text.npos) {
      // Not shown: it may be a key.
      return wrong("a line", "is not of the form name = value");
    }
    set(trimmed(text.substr(0, equals)), unquoted(trimmed(text.substr(equals + 1))));
  }
  void set(std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::optional<std::string_view>*> texts[] = {
        {"algorithm", &settings.algorithm},
        {"k", &settings.k},
        {"op", &settings.op},
        {"opc", &settings.opc},
        {"top", &settings.top},
        {"topc", &settings.topc},
        {"sqn", &sqn},
        {"amf", &amf}};
    for (const auto& [known, to] : texts) {
      if (name == known) {
        *to = value;
        return;
      }
    }
    if (name == "keccak_iterations") {
      settings.keccak_iterations = number(name, value);
    } else if (name == "res_octets") {
      settings.res_octets = number(name, value);
    } else {
      wrong(printable_name(name), "is not a setting");
    }
  }
  std::optional<std::uint64_t> number(std::string_view name, std::string_view value) {
    std::uint64_t read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc() || end != value.data() + value.size()) {
      wrong(name, "must be a number");
      return std::nullopt;
    }
    return read;
  }
  // A key in the place of a name is not shown.
  static std::string_view printable_name(std::string_view name) {
    const bool word =
        name.size() <= 20 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos;
    return word ? name : "a name";
  }
  bool in_keys_ = true;
};

}  // namespace

Result<SubscriberKeys> parse_keys(std::string_view text) {
  Reader reader;
  reader.read(text);
  SubscriberKeys keys;
  keys.algorithm = isim::soft::make_algorithm(
      reader.settings,
      [&](std::string_view setting, std::string_view what) { reader.wrong(setting, what); });
  if (reader.sqn) {
    const auto octets = from_hex(*reader.sqn);
    if (octets && octets->size() == 6) {
      keys.sequence = isim::soft::SqnGenerator(
          isim::soft::Sqn::read(std::span<const std::uint8_t, 6>(octets->data(), 6)));
    } else {
      reader.wrong("sqn", "must be 12 hexadecimal digits");
    }
  }
  if (reader.amf) {
    const auto octets = from_hex(*reader.amf);
    const auto amf = octets ? isim::soft::Amf::from(*octets) : std::nullopt;
    if (!amf) {
      reader.wrong("amf", "must be 4 hexadecimal digits");
    }
    keys.amf = amf.value_or(isim::soft::Amf());
  }
  if (!reader.problems.empty()) {
    return fail(ErrorCode::config_invalid, "key file", std::move(reader.problems));
  }
  return keys;
}

Result<SubscriberKeys> read_key_file(const std::string& path) {
  TRY(const SecretBytes text, read_private_file(path));
  return parse_keys(as_text(text.expose()));
}

isim::Rand fresh_rand() {
  isim::Rand rand;
  SystemRandom().fill(rand.mutable_view());
  return rand;
}

}  // namespace ut::probe
