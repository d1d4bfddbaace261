#include "isim/soft/card_profile.h"

#include "base/encoding.h"
#include "base/file_descriptor.h"
#include "base/read_secret.h"
#include "isim/service_table.h"
#include "isim/soft/algorithm_settings.h"
#include "isim/soft/security_contexts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::string_view kWhere = "card profile";
// TAG and length take up to 3 octets of a record of at most 255.
constexpr std::size_t kLongestText = 252;

using Errors = std::vector<std::string>;

// One table of the file. Remembers which keys were asked for, so that others are reported.
class Section {
 public:
  Section(toml::table& root, std::string_view name, Errors& errors) : name_(name), errors_(errors) {
    toml::node* node = root.get(name);
    if (node != nullptr) {
      table_ = node->as_table();
      if (table_ == nullptr) {
        wrong("", "must be a table");
      }
    }
  }

  std::optional<std::string_view> text(std::string_view key) {
    toml::node* node = find(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    if (const auto* value = node->as_string()) {
      return std::string_view(value->get());
    }
    wrong(key, "must be a string");
    return std::nullopt;
  }

  std::string_view required_text(std::string_view key) {
    if (find(key) == nullptr) {
      wrong(key, "is missing");
    }
    return text(key).value_or(std::string_view());
  }

  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                      std::uint64_t most) {
    toml::node* node = find(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    const auto* value = node->as_integer();
    const bool fits = value != nullptr && value->get() >= 0 &&
                      static_cast<std::uint64_t>(value->get()) >= least &&
                      static_cast<std::uint64_t>(value->get()) <= most;
    if (!fits) {
      wrong(key,
            "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
      return std::nullopt;
    }
    return static_cast<std::uint64_t>(value->get());
  }

  std::optional<bool> boolean(std::string_view key) {
    toml::node* node = find(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    if (const auto* value = node->as_boolean()) {
      return value->get();
    }
    wrong(key, "must be true or false");
    return std::nullopt;
  }

  std::optional<std::vector<std::string>> texts(std::string_view key) {
    toml::node* node = find(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    std::vector<std::string> values;
    const auto* array = node->as_array();
    const bool all_text = array != nullptr && std::ranges::all_of(*array, [](const auto& element) {
                            return element.is_string();
                          });
    if (!all_text) {
      wrong(key, "must be a list of strings");
      return std::nullopt;
    }
    for (const auto& element : *array) {
      values.push_back(element.as_string()->get());
    }
    return values;
  }

  std::set<std::uint8_t> services(std::string_view key) {
    constexpr std::int64_t kLast = 160;
    toml::node* node = find(key);
    if (node == nullptr) {
      return {};
    }
    std::set<std::uint8_t> values;
    const auto* array = node->as_array();
    if (array == nullptr) {
      wrong(key, "must be a list of service numbers");
      return {};
    }
    for (const auto& element : *array) {
      const auto* value = element.as_integer();
      if (value == nullptr || value->get() < 1 || value->get() > kLast) {
        wrong(key, "must hold service numbers from 1 to " + std::to_string(kLast));
        return {};
      }
      values.insert(static_cast<std::uint8_t>(value->get()));
    }
    return values;
  }

  // Reports what nothing asked for: most likely a misspelt key.
  void report_unknown() {
    if (table_ == nullptr) {
      return;
    }
    for (const auto& entry : *table_) {
      const std::string_view key = entry.first;
      if (std::ranges::find(asked_, key) == asked_.end()) {
        wrong(key, "is not a setting");
      }
    }
  }

  void wrong(std::string_view key, std::string_view what) {
    std::string text(name_);
    if (!key.empty()) {
      text.append(".").append(key);
    }
    errors_.push_back(text.append(" ").append(what));
  }

 private:
  toml::node* find(std::string_view key) {
    if (std::ranges::find(asked_, key) == asked_.end()) {
      asked_.emplace_back(key);
    }
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  std::string_view name_;
  Errors& errors_;
  toml::table* table_ = nullptr;
  std::vector<std::string> asked_;
};

bool is_digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <class Choice, std::size_t N>
Choice choose(Section& section, std::string_view key,
              const std::array<std::pair<std::string_view, Choice>, N>& choices, Choice otherwise) {
  const auto text = section.text(key);
  if (!text) {
    return otherwise;
  }
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (name == *text) {
      return choice;
    }
    names.append(names.empty() ? "" : ", ").append(name);
  }
  section.wrong(key, "must be one of " + names);
  return otherwise;
}

void read_card(Section card, CardProfile& profile) {
  profile.iccid = card.required_text("iccid");
  if (!profile.iccid.empty() && !is_digits(profile.iccid, 18, 20)) {
    card.wrong("iccid", "must be 18 to 20 digits");
  }
  const auto names = card.texts("applications");
  for (const auto& name : names.value_or(std::vector<std::string>{"isim", "usim"})) {
    const auto application = name == "isim"   ? std::optional(Application::isim)
                             : name == "usim" ? std::optional(Application::usim)
                                              : std::nullopt;
    if (!application) {
      card.wrong("applications", "may hold isim and usim only");
    } else if (std::ranges::find(profile.applications, *application) !=
               profile.applications.end()) {
      card.wrong("applications", "names " + name + " twice");
    } else {
      profile.applications.push_back(*application);
    }
  }
  profile.atr = choose(card, "atr",
                       std::array{std::pair{std::string_view("t0"), AtrProtocols::t0},
                                  std::pair{std::string_view("t1"), AtrProtocols::t1},
                                  std::pair{std::string_view("dual"), AtrProtocols::dual}},
                       AtrProtocols::dual);
  profile.answers = choose(card, "answers",
                           std::array{std::pair{std::string_view("direct"), Answers::direct},
                                      std::pair{std::string_view("t0"), Answers::t0}},
                           Answers::direct);
  profile.logical_channels =
      static_cast<std::uint8_t>(card.number("logical_channels", 0, 19).value_or(19));
  card.report_unknown();
}

// ims.mnc001.mcc001.3gppnetwork.org (TS 23.003 clause 13.2).
std::string home_domain(const CardProfile& profile) {
  const std::string mcc = profile.imsi.substr(0, 3);
  const std::string mnc = profile.imsi.substr(3, profile.mnc_length);
  return "ims.mnc" + std::string(3 - mnc.size(), '0') + mnc + ".mcc" + mcc + ".3gppnetwork.org";
}

bool is_impi(std::string_view text) {
  const auto at = text.find('@');
  return at != 0 && at != std::string_view::npos && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

bool is_impu(std::string_view text) {
  return std::ranges::any_of(std::array<std::string_view, 3>{"sip:", "sips:", "tel:"},
                             [text](std::string_view scheme) {
                               return text.starts_with(scheme) && text.size() > scheme.size();
                             });
}

void read_subscriber(Section subscriber, CardProfile& profile) {
  profile.imsi = subscriber.required_text("imsi");
  if (!profile.imsi.empty() && !is_digits(profile.imsi, 6, 15)) {
    subscriber.wrong("imsi", "must be 6 to 15 digits");
  }
  profile.mnc_length = static_cast<std::uint8_t>(subscriber.number("mnc_length", 2, 3).value_or(2));

  const bool derivable = is_digits(profile.imsi, 6, 15);
  const std::string domain = derivable ? home_domain(profile) : std::string();
  profile.domain = subscriber.text("domain").value_or(domain);
  profile.impi = subscriber.text("impi").value_or(derivable ? profile.imsi + "@" + domain : "");
  profile.impus = subscriber.texts("impus").value_or(std::vector<std::string>{});
  if (profile.impus.empty() && derivable) {
    profile.impus.push_back("sip:" + profile.impi);
  }
  profile.p_cscfs = subscriber.texts("p_cscfs").value_or(std::vector<std::string>{});

  const auto too_long = [](std::string_view text) { return text.size() > kLongestText; };
  if (derivable && (!is_impi(profile.impi) || too_long(profile.impi))) {
    subscriber.wrong("impi", "must have the form user@realm");
  }
  if (derivable && (profile.domain.empty() || too_long(profile.domain))) {
    subscriber.wrong("domain", "must not be empty");
  }
  for (const auto& impu : profile.impus) {
    if (!is_impu(impu) || too_long(impu)) {
      subscriber.wrong("impus", "must hold sip:, sips: or tel: URIs");
    }
  }
  if (profile.impus.size() > 254) {
    subscriber.wrong("impus", "must hold at most 254 URIs");
  }
  for (const auto& host : profile.p_cscfs) {
    if (host.empty() || too_long(host)) {
      subscriber.wrong("p_cscfs", "must hold names or addresses");
    }
  }
  subscriber.report_unknown();
}

void read_keys(Section keys, CardProfile& profile) {
  const AlgorithmSettings settings{.algorithm = keys.text("algorithm"),
                                   .k = keys.text("k"),
                                   .op = keys.text("op"),
                                   .opc = keys.text("opc"),
                                   .top = keys.text("top"),
                                   .topc = keys.text("topc"),
                                   .keccak_iterations = keys.number("keccak_iterations", 1, 255),
                                   .res_octets = keys.number("res_octets", 4, 16)};
  profile.algorithm = make_algorithm(
      settings, [&keys](std::string_view key, std::string_view what) { keys.wrong(key, what); });
  keys.report_unknown();
}

void read_sequence(Section sequence, const std::filesystem::path& directory, CardProfile& profile) {
  const std::filesystem::path file(sequence.required_text("file"));
  if (!file.empty() && !file.has_filename()) {
    sequence.wrong("file", "must name a file");
  }
  profile.sqn_file = file.is_absolute() ? file : directory / file;
  profile.sqn_start = *Sqn::from(sequence.number("start", 0, Sqn::kMax).value_or(0));
  profile.sqn_age_limit = sequence.number("age_limit", 1, Sqn::kMaxSeq);
  sequence.report_unknown();
}

void read_pin(Section section, const std::filesystem::path& directory, CardProfile& profile) {
  constexpr std::string_view kPinForm = "must be 4 to 8 digits";
  const auto wanted = [&section](std::string_view key, std::string_view form) {
    auto value = pin_code(section.text(key).value_or(""));
    if (section.text(key) && !value) {
      section.wrong(key, form);
    }
    return value;
  };
  PinSettings& pins = profile.pins;
  pins.enabled = section.boolean("enabled").value_or(false);
  section.required_text("pin");
  if (auto pin = wanted("pin", kPinForm)) {
    pins.pin = std::move(*pin);
  }
  const auto puk = section.required_text("puk");
  if (auto code = pin_code(puk); code && puk.size() == PinCode::size) {
    pins.puk = std::move(*code);
  } else if (section.text("puk")) {
    section.wrong("puk", "must be 8 digits");
  }
  pins.universal_pin = wanted("universal_pin", kPinForm);
  pins.second_pin = wanted("second_pin", kPinForm);
  if (const auto adm = section.text("adm")) {
    auto octets = from_hex(*adm);
    pins.adm = octets ? PinCode::from(*octets) : std::nullopt;
    if (octets) {
      wipe(*octets);
    }
    if (!pins.adm) {
      section.wrong("adm", "must be 16 hexadecimal digits");
    }
  }
  if (const auto file = section.text("file")) {
    const std::filesystem::path path(*file);
    if (!path.has_filename()) {
      section.wrong("file", "must name a file");
    }
    profile.pin_file = path.is_absolute() ? path : directory / path;
  }
  section.report_unknown();
}

void read_services(Section services, CardProfile& profile) {
  profile.isim_services = services.services("isim");
  profile.usim_services = services.services("usim");
  if (!profile.p_cscfs.empty() && !profile.isim_services.contains(1) &&
      !profile.isim_services.contains(5)) {
    services.wrong("isim", "must hold 1 or 5 when there are p_cscfs");
  }
  services.report_unknown();
}

// One [[files]] table without the TOML library's types.
SettingTable setting_table(const toml::table& table, std::string_view where, Errors& errors) {
  SettingTable settings;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (const auto* text = node.as_string()) {
      settings[name] = text->get();
    } else if (const auto* number = node.as_integer()) {
      settings[name] = number->get();
    } else if (const auto* choice = node.as_boolean()) {
      settings[name] = choice->get();
    } else if (const auto* list = node.as_array();
               list != nullptr && (list->empty() || list->is_homogeneous<std::string>())) {
      std::vector<std::string> texts;
      for (const auto& element : *list) {
        texts.push_back(element.as_string()->get());
      }
      settings[name] = std::move(texts);
    } else {
      errors.push_back(std::string(where) + "." + name +
                       " must be a string, a number, true, false or a list of strings");
    }
  }
  return settings;
}

bool has_directory(const CardProfile& profile, Directory directory) {
  const auto has = [&profile](Application application) {
    return std::ranges::find(profile.applications, application) != profile.applications.end();
  };
  switch (directory) {
    case Directory::mf:
      return true;
    case Directory::isim:
      return has(Application::isim);
    case Directory::usim:
      return has(Application::usim);
  }
  return false;
}

// The card itself writes EF_GBABP and EF_GBANL where it has the service GBA.
std::string_view refused_for_gba(const CardProfile& profile, const FileSettings& file) {
  const auto application =
      file.directory == Directory::isim ? Application::isim : Application::usim;
  if (file.directory == Directory::mf || !has_gba(profile, application)) {
    return {};
  }
  const FileSpec* gbabp = find_file(file.directory, "EF_GBABP");
  const FileSpec* gbanl = find_file(file.directory, "EF_GBANL");
  const bool has_rand =
      file.kind == FileKind::transparent && !file.absent &&
      std::max(file.size, file.parts.empty() ? 0 : file.parts.front().size()) > Rand::size;
  if (file.id == gbabp->id && !has_rand) {
    return "must be a transparent file of more than 16 octets: the card writes RAND there";
  }
  if (file.id == gbanl->id && (file.kind != FileKind::linear_fixed || file.absent)) {
    return "must be a linear fixed file: the card writes the names of NAFs there";
  }
  return {};
}

void read_files(const toml::table& root, Errors& errors, CardProfile& profile) {
  const toml::node* node = root.get("files");
  if (node == nullptr) {
    return;
  }
  const auto* tables = node->as_array();
  if (tables == nullptr || !tables->is_homogeneous<toml::table>() || tables->size() > kMostFiles) {
    errors.push_back("files must be at most " + std::to_string(kMostFiles) + " tables [[files]]");
    return;
  }
  for (std::size_t i = 0; i < tables->size(); ++i) {
    const std::string where = "files[" + std::to_string(i + 1) + "]";
    auto file = read_file_settings(setting_table(*tables->get_as<toml::table>(i), where, errors),
                                   where, errors);
    if (!file) {
      continue;
    }
    const bool again = std::ranges::any_of(profile.files, [&file](const FileSettings& other) {
      return other.directory == file->directory && other.id == file->id;
    });
    if (again) {
      errors.push_back(where + " is of a file that another one is of");
    }
    if (const auto refusal = refused_for_gba(profile, *file); !refusal.empty()) {
      errors.push_back(where + " " + std::string(refusal));
    }
    if (!has_directory(profile, file->directory)) {
      errors.push_back(where + ".directory is of an application that card.applications has not");
    }
    profile.files.push_back(*std::move(file));
  }
}

// After the services, which say whether there is an HTTP Digest context.
void read_digest(Section digest, CardProfile& profile) {
  profile.digest_user = digest.text("user").value_or(profile.impi);
  if (digest.text("user") &&
      (profile.digest_user.empty() || profile.digest_user.find(':') != std::string::npos)) {
    digest.wrong("user", "must not be empty and have no ':'");
  }
  const auto password = digest.text("password").value_or("");
  profile.digest_password = SecretBytes::copy_of(as_bytes(password));
  const bool has_service =
      profile.isim_services.contains(std::to_underlying(IsimService::http_digest));
  if (has_service && password.empty()) {
    digest.wrong("password", "is missing for service 3 of services.isim");
  }
  if (!has_service && !password.empty()) {
    digest.wrong("password", "needs service 3 in services.isim");
  }
  digest.report_unknown();
}

void report_unknown_sections(const toml::table& root, Errors& errors) {
  constexpr std::array<std::string_view, 8> kSections = {"card", "subscriber", "keys",   "sequence",
                                                         "pin",  "services",   "digest", "files"};
  for (const auto& entry : root) {
    const std::string_view name = entry.first;
    if (std::ranges::find(kSections, name) == kSections.end()) {
      errors.push_back(std::string(name) + " is not a section");
    }
  }
}

// K and the PIN pass through strings of the TOML library; these are the copies that it keeps.
void wipe_strings(toml::node& node) {
  if (auto* table = node.as_table()) {
    for (auto&& [key, value] : *table) {
      wipe_strings(value);
    }
  } else if (auto* array = node.as_array()) {
    for (auto& value : *array) {
      wipe_strings(value);
    }
  } else if (auto* text = node.as_string()) {
    auto& value = text->get();
    wipe({reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
  }
}

Result<toml::table> parse_toml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::config_syntax, kWhere,
                "line " + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
  }
}

Result<SecretBytes> read_private_file(const std::filesystem::path& file) {
  constexpr off_t kLargest = 64 * 1024;
  const auto unreadable = [&file] {
    return fail(ErrorCode::config_unreadable, kWhere, {ForeignKind::system, errno}, file.string());
  };
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return unreadable();
  }
  if (!S_ISREG(status.st_mode) || status.st_size > kLargest) {
    return fail(ErrorCode::config_unreadable, kWhere, file.string() + " is not a card profile");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 || status.st_uid != ::geteuid()) {
    return fail(ErrorCode::config_invalid, kWhere,
                file.string() + " holds K and must be open to its owner alone: chmod 600");
  }
  auto text = read_secret(fd.get(), static_cast<std::size_t>(status.st_size));
  if (!text) {
    return unreadable();
  }
  return *std::move(text);
}

}  // namespace

Result<CardProfile> parse_card_profile(std::string_view toml,
                                       const std::filesystem::path& directory) {
  TRY(auto root, parse_toml(toml));
  Errors errors;
  CardProfile profile;
  report_unknown_sections(root, errors);
  read_card(Section(root, "card", errors), profile);
  read_subscriber(Section(root, "subscriber", errors), profile);
  read_keys(Section(root, "keys", errors), profile);
  read_sequence(Section(root, "sequence", errors), directory, profile);
  read_pin(Section(root, "pin", errors), directory, profile);
  read_services(Section(root, "services", errors), profile);
  read_files(root, errors, profile);
  read_digest(Section(root, "digest", errors), profile);
  wipe_strings(root);
  if (!errors.empty()) {
    std::string detail;
    for (const auto& error : errors) {
      detail.append(detail.empty() ? "" : "; ").append(error);
    }
    return fail(ErrorCode::config_invalid, kWhere, std::move(detail));
  }
  return profile;
}

Result<CardProfile> load_card_profile(const std::filesystem::path& file) {
  TRY(const auto text, read_private_file(file));
  return parse_card_profile(as_text(text.expose()), file.parent_path());
}

}  // namespace ut::isim::soft
