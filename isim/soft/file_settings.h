// One file of a card as a profile tells it: a file that the standard has, by its name, or any other
// by its identifier; added, changed or left out.
#pragma once

#include "base/bytes.h"
#include "isim/file_table.h"
#include "isim/soft/card_files.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ut::isim::soft {

struct FileSettings {
  Directory directory = Directory::mf;
  FileId id = 0;
  bool absent = false;                // the card has not even the standard's file
  std::optional<std::uint8_t> sfi{};  // 1 to 30
  FileKind kind = FileKind::transparent;
  std::vector<Bytes> parts{};  // one body; records; or data objects with tag and length
  // Least octets of the body or of each record, which are filled up with FF; capacity of a BER-TLV
  // file. 0: as much as `parts` need.
  std::size_t size = 0;
  std::size_t count = 0;  // least number of records
  Bytes rule{};           // the record of EF_ARR for this file
};

// The settings of one [[files]] table, whatever they were read from.
using SettingValue = std::variant<std::string, std::vector<std::string>, std::int64_t, bool>;
using SettingTable = std::map<std::string, SettingValue, std::less<>>;

// Reads one table; `where` names it in the problems that are added to `errors`, and what cannot be
// used is left out. The settings are those that the example profile explains.
std::optional<FileSettings> read_file_settings(const SettingTable& table, std::string_view where,
                                               std::vector<std::string>& errors);

// More than any card has, and few enough for a rule of its own each in an EF_ARR.
inline constexpr std::size_t kMostFiles = 200;

// Adds the file to `directory`, in place of one with its identifier.
void apply(const FileSettings& settings, File& directory);

}  // namespace ut::isim::soft
