#include "isim/soft/file_settings.h"

#include "base/encoding.h"
#include "isim/soft/card_access.h"
#include "isim/tlv.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::size_t kLargestBody = 0x7fff;  // what an offset in P1 P2 can reach
constexpr std::size_t kLargestRecord = 0xff;  // what Lc can say
constexpr std::size_t kLargestCapacity = 0xffff;
constexpr std::size_t kMostRecords = 254;

// Takes settings out of one table and remembers what was asked for.
class Table {
 public:
  Table(const SettingTable& table, std::string_view where, std::vector<std::string>& errors)
      : table_(table), where_(where), errors_(errors), problems_before_(errors.size()) {}

  template <class T>
  std::optional<T> get(std::string_view key, std::string_view form) {
    asked_.push_back(key);
    const auto found = table_.find(key);
    if (found == table_.end()) {
      return std::nullopt;
    }
    if (const auto* value = std::get_if<T>(&found->second)) {
      return *value;
    }
    wrong(key, form);
    return std::nullopt;
  }

  std::optional<std::string> text(std::string_view key) {
    return get<std::string>(key, "must be a string");
  }

  std::optional<std::size_t> number(std::string_view key, std::size_t most) {
    const auto value = get<std::int64_t>(key, "must be a whole number");
    if (value && (*value < 0 || static_cast<std::uint64_t>(*value) > most)) {
      wrong(key, "must be a whole number from 0 to " + std::to_string(most));
      return std::nullopt;
    }
    return value ? std::optional(static_cast<std::size_t>(*value)) : std::nullopt;
  }

  std::optional<Bytes> octets(std::string_view key) {
    const auto digits = text(key);
    auto value = digits ? from_hex(*digits) : std::nullopt;
    if (digits && !value) {
      wrong(key, "must be hexadecimal digits");
    }
    return value;
  }

  std::optional<std::vector<std::string>> texts(std::string_view key) {
    return get<std::vector<std::string>>(key, "must be a list of strings");
  }

  void report_unknown() {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(asked_, key) == asked_.end()) {
        wrong(key, "is not a setting");
      }
    }
  }

  void wrong(std::string_view key, std::string_view what) {
    std::string text(where_);
    if (!key.empty()) {
      text.append(".").append(key);
    }
    errors_.push_back(text.append(" ").append(what));
  }

  bool is_right() const { return errors_.size() == problems_before_; }

 private:
  const SettingTable& table_;
  std::string_view where_;
  std::vector<std::string>& errors_;
  std::size_t problems_before_;
  std::vector<std::string_view> asked_{};
};

template <class Choice, std::size_t N>
std::optional<Choice> choose(Table& table, std::string_view key,
                             const std::array<std::pair<std::string_view, Choice>, N>& choices) {
  const auto text = table.text(key);
  if (!text) {
    return std::nullopt;
  }
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (name == *text) {
      return choice;
    }
    names.append(names.empty() ? "" : ", ").append(name);
  }
  table.wrong(key, "must be one of " + names);
  return std::nullopt;
}

constexpr std::array kDirectories = {std::pair{std::string_view("mf"), Directory::mf},
                                     std::pair{std::string_view("isim"), Directory::isim},
                                     std::pair{std::string_view("usim"), Directory::usim}};
constexpr std::array kKinds = {std::pair{std::string_view("transparent"), FileKind::transparent},
                               std::pair{std::string_view("linear-fixed"), FileKind::linear_fixed},
                               std::pair{std::string_view("cyclic"), FileKind::cyclic},
                               std::pair{std::string_view("ber-tlv"), FileKind::ber_tlv}};

AccessCondition key_condition(std::uint8_t reference) {
  return {.kind = AccessCondition::Kind::key, .reference = reference};
}

std::optional<AccessCondition> condition(Table& table, std::string_view key) {
  enum class Word : std::uint8_t { always, never, pin, second_pin, universal_pin, adm };
  static constexpr std::array kWords = {
      std::pair{std::string_view("always"), Word::always},
      std::pair{std::string_view("never"), Word::never},
      std::pair{std::string_view("pin"), Word::pin},
      std::pair{std::string_view("second-pin"), Word::second_pin},
      std::pair{std::string_view("universal-pin"), Word::universal_pin},
      std::pair{std::string_view("adm"), Word::adm}};
  const auto word = choose(table, key, kWords);
  if (!word) {
    return std::nullopt;
  }
  switch (*word) {
    case Word::always:
      return AccessCondition{.kind = AccessCondition::Kind::always};
    case Word::never:
      return AccessCondition{.kind = AccessCondition::Kind::never};
    case Word::pin:
      return key_condition(kPin1);
    case Word::second_pin:
      return key_condition(kSecondPin1);
    case Word::universal_pin:
      return key_condition(kUniversalPin);
    case Word::adm:
      return key_condition(kAdm1);
  }
  return std::nullopt;
}

FileKind kind_of(FileStructure structure) {
  switch (structure) {
    case FileStructure::linear_fixed:
      return FileKind::linear_fixed;
    case FileStructure::cyclic:
      return FileKind::cyclic;
    case FileStructure::ber_tlv:
      return FileKind::ber_tlv;
    case FileStructure::transparent:
    case FileStructure::df:
    case FileStructure::unknown:
      break;
  }
  return FileKind::transparent;
}

// Which file, by name or by identifier; the standard's file if it is one.
const FileSpec* read_which(Table& table, FileSettings& settings) {
  const auto directory = choose(table, "directory", kDirectories);
  const auto name = table.text("name");
  const auto id = table.octets("id");
  if (!directory) {
    table.wrong("directory", "must say mf, isim or usim");
    return nullptr;
  }
  settings.directory = *directory;
  if (name.has_value() == id.has_value()) {
    table.wrong("name", "or id must be given, and only one of them");
    return nullptr;
  }
  if (name) {
    const FileSpec* file = find_file(*directory, *name);
    if (file == nullptr) {
      table.wrong("name", "is not known here: give an id");
      return nullptr;
    }
    settings.id = file->id;
    return file;
  }
  if (id->size() != 2) {
    table.wrong("id", "must be 4 hexadecimal digits");
    return nullptr;
  }
  settings.id = static_cast<FileId>((*id)[0] << 8 | (*id)[1]);
  if (settings.id == kMf || settings.id == kCurrentApplication) {
    table.wrong("id", "is not that of an elementary file");
  }
  return find_file(*directory, settings.id);
}

void read_rule(Table& table, const FileSpec* file, FileSettings& settings) {
  const auto read = condition(table, "read");
  const auto update = condition(table, "update");
  const auto rule = table.octets("rule");
  if (rule) {
    if (read || update) {
      table.wrong("rule", "is given beside read or update");
    }
    settings.rule = *rule;
    return;
  }
  // What the standard gives most files; those that say which files there are can be read by all.
  const bool open = settings.directory == Directory::mf ||
                    (file != nullptr && (file->id == kEfAd || file->id == kArrInAdf));
  const AccessCondition always{.kind = AccessCondition::Kind::always};
  settings.rule = arr_record(read.value_or(open ? always : key_condition(kPin1)),
                             update.value_or(key_condition(kAdm1)));
}

// "81:text": a data object of that tag with that text.
std::optional<Bytes> text_object(std::string_view written) {
  const auto colon = written.find(':');
  const auto tag = from_hex(written.substr(0, colon == std::string_view::npos ? 0 : colon));
  ByteView rest = tag ? ByteView(*tag) : ByteView();
  const auto number = read_tag(rest);
  if (!number || !rest.empty()) {
    return std::nullopt;
  }
  Bytes object;
  append_tlv(object, *number, as_bytes(written.substr(colon + 1)));
  return object;
}

void add_hex(Table& table, std::string_view key, const std::vector<std::string>& list,
             std::vector<Bytes>& parts) {
  for (const auto& digits : list) {
    if (auto octets = key == "objects" && digits.find(':') != std::string::npos
                          ? text_object(digits)
                          : from_hex(digits)) {
      parts.push_back(*std::move(octets));
    } else {
      table.wrong(key, key == "objects"
                           ? "must hold hexadecimal digits, or a tag, a colon and a text"
                           : "must hold hexadecimal digits");
    }
  }
}

void read_parts(Table& table, FileSettings& settings) {
  const auto content = table.octets("content");
  const auto records = table.texts("records");
  const auto objects = table.texts("objects");
  const auto text = table.texts("text");
  const int given =
      content.has_value() + records.has_value() + objects.has_value() + text.has_value();
  if (given > 1) {
    table.wrong("", "gives more than one of content, records, objects and text");
    return;
  }
  const bool body = settings.kind == FileKind::transparent;
  const bool ber_tlv = settings.kind == FileKind::ber_tlv;
  if ((content && !body) || (records && (body || ber_tlv)) || (objects && !ber_tlv) ||
      (text && ber_tlv)) {
    table.wrong("",
                "gives what a file of its kind has not: content is for transparent files, "
                "records for files of records, objects for BER-TLV files, text for the former two");
    return;
  }
  if (content) {
    settings.parts.push_back(*content);
  }
  if (records) {
    add_hex(table, "records", *records, settings.parts);
  }
  if (objects) {
    add_hex(table, "objects", *objects, settings.parts);
  }
  for (const auto& value : text.value_or(std::vector<std::string>())) {
    append_tlv(settings.parts.emplace_back(), 0x80, as_bytes(value));
  }
  if (body && settings.parts.size() > 1) {
    table.wrong("text", "must hold one text: the file has one body");
  }
}

void check_objects(Table& table, const FileSettings& settings) {
  std::size_t total = 0;
  for (const auto& part : settings.parts) {
    ByteView rest = part;
    if (!read_tlv(rest) || !rest.empty()) {
      table.wrong("objects", "must each be one data object with tag and length");
    }
    total += part.size();
  }
  if (total > kLargestCapacity || (settings.size != 0 && total > settings.size)) {
    table.wrong("objects", "do not fit into the file");
  }
}

void check_sizes(Table& table, const FileSettings& settings) {
  if (settings.kind == FileKind::ber_tlv) {
    check_objects(table, settings);
    return;
  }
  const bool body = settings.kind == FileKind::transparent;
  const std::size_t most = body ? kLargestBody : kLargestRecord;
  const bool too_long =
      std::ranges::any_of(settings.parts, [most](const Bytes& part) { return part.size() > most; });
  if (too_long || settings.size > most) {
    table.wrong(
        "", "has more than " + std::to_string(most) + (body ? " octets" : " octets in a record"));
  }
  if (settings.parts.size() > kMostRecords) {
    table.wrong("records", "must be at most " + std::to_string(kMostRecords));
  }
  const bool empty = settings.size == 0 && std::ranges::all_of(settings.parts, &Bytes::empty);
  if (empty) {
    table.wrong("", "is empty: give contents or a size");
  }
}

std::unique_ptr<File> make_file(const FileSettings& settings, Rule rule) {
  auto file = std::make_unique<File>();
  file->kind = settings.kind;
  file->fid = settings.id;
  file->sfi = settings.sfi;
  file->rule = rule;
  switch (settings.kind) {
    case FileKind::transparent:
      file->content = settings.parts.empty() ? Bytes() : settings.parts.front();
      file->content.resize(std::max(file->content.size(), settings.size), 0xff);
      break;
    case FileKind::linear_fixed:
    case FileKind::cyclic: {
      file->records = settings.parts;
      file->records.resize(std::max({file->records.size(), settings.count, std::size_t{1}}));
      std::size_t size = settings.size;
      for (const auto& record : file->records) {
        size = std::max(size, record.size());
      }
      for (auto& record : file->records) {
        record.resize(size, 0xff);
      }
      break;
    }
    case FileKind::ber_tlv:
      for (const auto& part : settings.parts) {
        ByteView rest = part;
        file->objects[read_tlv(rest)->tag] = part;
      }
      file->capacity = std::max(settings.size, file->used());
      break;
    case FileKind::df:
    case FileKind::adf:
      break;
  }
  return file;
}

}  // namespace

std::optional<FileSettings> read_file_settings(const SettingTable& settings_table,
                                               std::string_view where,
                                               std::vector<std::string>& errors) {
  Table table(settings_table, where, errors);
  FileSettings settings;
  const FileSpec* file = read_which(table, settings);
  settings.absent = table.get<bool>("absent", "must be true or false").value_or(false);
  settings.kind = file != nullptr ? kind_of(file->structure) : FileKind::transparent;
  settings.kind = choose(table, "kind", kKinds).value_or(settings.kind);
  const auto sfi = table.number("sfi", 30).value_or(file != nullptr ? file->sfi : 0);
  if (sfi != 0) {
    settings.sfi = static_cast<std::uint8_t>(sfi);
  }
  settings.size = table.number("size", kLargestCapacity).value_or(0);
  settings.count = table.number("count", kMostRecords).value_or(0);
  read_parts(table, settings);
  read_rule(table, file, settings);
  if (!settings.absent && table.is_right()) {
    check_sizes(table, settings);
  }
  table.report_unknown();
  return table.is_right() ? std::optional(std::move(settings)) : std::nullopt;
}

void apply(const FileSettings& settings, File& directory) {
  std::erase_if(directory.children,
                [&settings](const auto& child) { return child->fid == settings.id; });
  if (settings.absent) {
    return;
  }
  const FileId arr_id = directory.kind == FileKind::adf ? kArrInAdf : kArrInMf;
  File* arr = find_child(directory, arr_id);
  // An EF_ARR that the profile itself gives is ruled by its own first record.
  const auto rule = arr != nullptr ? add_rule(*arr, settings.rule) : Rule::read_always;
  add_child(directory, make_file(settings, rule));
}

}  // namespace ut::isim::soft
