#include "tools/isim-probe/file_report.h"

#include "base/encoding.h"
#include "tools/isim-probe/secret_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ut::probe {
namespace {

using isim::Directory;
using isim::Value;
using nlohmann::json;

std::string hex_of(isim::FileId id) {
  const std::array<std::uint8_t, 2> octets = {static_cast<std::uint8_t>(id >> 8),
                                              static_cast<std::uint8_t>(id & 0xff)};
  return to_hex(octets);
}

std::optional<isim::FileId> file_id(std::string_view text) {
  const auto octets = from_hex(text);
  if (!octets || octets->size() != 2) {
    return std::nullopt;
  }
  return static_cast<isim::FileId>((*octets)[0] << 8 | (*octets)[1]);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::optional<Directory> directory_of(std::string_view text) {
  const std::string name = lower_case(text);
  if (name == "mf" || name == "3f00") {
    return Directory::mf;
  }
  if (name == "isim" || name == "adf_isim") {
    return Directory::isim;
  }
  if (name == "usim" || name == "adf_usim") {
    return Directory::usim;
  }
  return std::nullopt;
}

// Another application than the subscriber's is selected by its AID.
Result<void> select(isim::CardSession& session, Directory directory) {
  if (directory == Directory::mf) {
    TRY_VOID(session.select_file(isim::kMf));
    return {};
  }
  const Bytes& prefix = directory == Directory::isim ? isim::kIsimAidPrefix : isim::kUsimAidPrefix;
  TRY(const auto applications, session.applications());
  for (const auto& application : applications) {
    if (isim::has_prefix(application.aid, prefix)) {
      TRY_VOID(session.select_application(application.aid));
      return {};
    }
  }
  return fail(ErrorCode::card_file_missing, "EF_DIR",
              "the card has no " + std::string(isim::name(directory)));
}

// After these nothing else can be read.
bool ends_session(const Error& error) {
  return family(error.code) == ErrorFamily::pin || error.code == ErrorCode::card_removed ||
         error.code == ErrorCode::card_reset || error.code == ErrorCode::card_transport ||
         error.code == ErrorCode::card_service_unavailable || error.code == ErrorCode::card_absent;
}

Result<FileShown> read(isim::CardSession& session, Directory directory, isim::FileId id,
                       const isim::FileSpec* spec) {
  FileShown shown{directory, id, spec != nullptr ? std::string(spec->name) : std::string(),
                  {},        {}, {}};
  auto content = spec != nullptr ? isim::read_file(session, *spec) : isim::read_file(session, id);
  if (!content) {
    return std::unexpected(std::move(content).error());
  }
  shown.value = isim::decode_file(spec, *content);
  shown.content = *std::move(content);
  return shown;
}

Result<void> read_directory(isim::CardSession& session, Directory directory,
                            std::vector<FileShown>& all) {
  for (const isim::FileSpec& spec : isim::files_of(directory)) {
    auto shown = read(session, directory, spec.id, &spec);
    if (shown) {
      all.push_back(*std::move(shown));
    } else if (ends_session(shown.error()) && shown.error().code != ErrorCode::pin_required) {
      return std::unexpected(std::move(shown).error());
    } else if (shown.error().code != ErrorCode::card_file_missing) {
      all.push_back({directory, spec.id, std::string(spec.name), {}, {}, std::move(shown).error()});
    }
  }
  return {};
}

std::string json_text(std::string_view text) {
  return json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

void show_octets(SecretText& out, ByteView octets, bool json_form) {
  out += json_form ? "\"" : "";
  out.append_hex(octets);
  out += json_form ? "\"" : "";
}

struct ShowJsonValue {
  SecretText& out;
  bool secrets;

  void show(const Value& value) const { std::visit(*this, value.content); }
  void operator()(const isim::Group& group) const {
    out += "{";
    for (const Value& member : group.members) {
      out += (&member == &group.members.front() ? "" : ",") + json_text(member.name) + ":";
      show(member);
    }
    out += "}";
  }
  void operator()(const isim::List& list) const {
    out += "[";
    for (const Value& element : list.elements) {
      out += &element == &list.elements.front() ? "" : ",";
      show(element);
    }
    out += "]";
  }
  void operator()(const std::string& text) const { out += json_text(text); }
  void operator()(std::uint64_t number) const { out += std::to_string(number); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(const Bytes& octets) const { show_octets(out, octets, true); }
  void operator()(const SecretBytes& secret) const {
    if (secrets) {
      show_octets(out, secret.expose(), true);
    } else {
      out += R"({"hidden_octets":)" + std::to_string(secret.size()) + "}";
    }
  }
};

struct ShowTextValue {
  SecretText& out;
  bool secrets;
  std::size_t indent;

  void show(const Value& value) const {
    const bool nested = std::holds_alternative<isim::Group>(value.content) ||
                        std::holds_alternative<isim::List>(value.content);
    out += std::string(indent, ' ') + (value.name.empty() ? "-" : value.name + ":");
    out += nested ? "\n" : " ";
    std::visit(ShowTextValue{out, secrets, indent + 2}, value.content);
    out += nested ? "" : "\n";
  }
  void operator()(const isim::Group& group) const {
    for (const Value& member : group.members) {
      show(member);
    }
  }
  void operator()(const isim::List& list) const {
    for (const Value& element : list.elements) {
      show(element);
    }
  }
  void operator()(const std::string& text) const { out += text; }
  void operator()(std::uint64_t number) const { out += std::to_string(number); }
  void operator()(bool flag) const { out += flag ? "yes" : "no"; }
  void operator()(const Bytes& octets) const { show_octets(out, octets, false); }
  void operator()(const SecretBytes& secret) const {
    if (secrets) {
      show_octets(out, secret.expose(), false);
    } else {
      out += std::to_string(secret.size()) + " octets (--show-secrets)";
    }
  }
};

bool is_secret(const FileShown& file) {
  const auto* spec = isim::find_file(file.directory, file.id);
  return spec != nullptr && spec->secret;
}

// Octets of the parts as values, so that one way of showing serves both.
Value raw_value(const FileShown& file) {
  Value list = isim::list_value();
  for (const auto& part : file.content->parts) {
    add(list, is_secret(file) ? isim::secret_value({}, part.octets.expose())
                              : isim::octets_value({}, part.octets.expose()));
  }
  return list;
}

void show_json(SecretText& out, const FileShown& file, ShowFiles how) {
  out += "{\"directory\":" + json_text(isim::name(file.directory)) + ",\"id\":\"" +
         hex_of(file.id) + "\"";
  if (!file.name.empty()) {
    out += ",\"name\":" + json_text(file.name);
  }
  if (file.failure) {
    out += R"(,"error":{"code":)" + json_text(name(file.failure->code)) +
           ",\"text\":" + json_text(to_text(*file.failure)) + "}";
  } else {
    out += how.raw ? ",\"octets\":" : ",\"content\":";
    const Value raw = how.raw ? raw_value(file) : Value{};
    ShowJsonValue{out, how.secrets}.show(how.raw ? raw : file.value);
  }
  out += "}";
}

void show_text(SecretText& out, const FileShown& file, ShowFiles how) {
  out += std::string(isim::name(file.directory)) + "/" + hex_of(file.id) +
         (file.name.empty() ? "" : " " + file.name) + "\n";
  if (file.failure) {
    out += "  not read: " + to_text(*file.failure) + "\n";
    return;
  }
  const Value raw = how.raw ? raw_value(file) : Value{};
  const Value& value = how.raw ? raw : file.value;
  const ShowTextValue show{out, how.secrets, 2};
  const bool nested = std::holds_alternative<isim::Group>(value.content) ||
                      std::holds_alternative<isim::List>(value.content);
  out += nested ? "" : "  ";
  std::visit(show, value.content);
  out += nested ? "" : "\n";
}

}  // namespace

Result<std::vector<FileShown>> read_all(isim::CardSession& session,
                                        const isim::ApplicationPolicy& policy) {
  std::vector<FileShown> all;
  TRY_VOID(session.select_file(isim::kMf));
  TRY_VOID(read_directory(session, Directory::mf, all));
  TRY(const isim::Application application, isim::select_subscriber_application(session, policy));
  TRY_VOID(read_directory(
      session, application == isim::Application::isim ? Directory::isim : Directory::usim, all));
  return all;
}

Result<FileShown> read_one(isim::CardSession& session, const isim::ApplicationPolicy& policy,
                           std::string_view path) {
  const auto slash = path.find('/');
  const std::string_view file = slash == path.npos ? path : path.substr(slash + 1);
  const auto id = file_id(file);
  std::vector<Directory> where;
  if (slash != path.npos) {
    const auto directory = directory_of(path.substr(0, slash));
    if (!directory) {
      return fail(ErrorCode::input_malformed, "FILE",
                  "the directory is MF, ISIM or USIM, as in ISIM/EF_IMPI");
    }
    where = {*directory};
  } else {
    where = {policy.allow_usim ? Directory::usim : Directory::isim, Directory::mf};
    if (policy.allow_usim) {
      where.insert(where.begin(), Directory::isim);
    }
  }
  bool known = id.has_value();
  std::optional<Error> missing;
  for (const Directory directory : where) {
    const auto* spec = id ? isim::find_file(directory, *id) : isim::find_file(directory, file);
    known = known || spec != nullptr;
    if (spec == nullptr && !id) {
      continue;
    }
    auto selected = select(session, directory);
    auto shown = selected ? read(session, directory, id ? *id : spec->id, spec)
                          : Result<FileShown>(std::unexpected(std::move(selected).error()));
    if (shown || shown.error().code != ErrorCode::card_file_missing) {
      return shown;
    }
    missing = std::move(shown).error();
  }
  if (!known || !missing) {
    return fail(ErrorCode::input_malformed, "FILE",
                "no file has this name: use EF_IMPI, 6F02, MF/EF_DIR or USIM/6F07");
  }
  return std::unexpected(*std::move(missing));
}

SecretBytes show(const std::vector<FileShown>& files, ShowFiles how) {
  SecretText out;
  if (how.format == Format::json) {
    out += "{\"files\":[";
    for (const FileShown& file : files) {
      out += &file == &files.front() ? "" : ",\n";
      show_json(out, file, how);
    }
    out += "]}\n";
  } else {
    for (const FileShown& file : files) {
      show_text(out, file, how);
    }
  }
  return out.take();
}

}  // namespace ut::probe
