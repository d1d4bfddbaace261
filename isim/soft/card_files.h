// The files of a UICC (TS 102 221 clauses 8 and 9): tree, contents, access rules, FCP template.
#pragma once

#include "base/bytes.h"
#include "isim/uicc_files.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ut::isim::soft {

// Stands for the ADF of the application that is active on a channel (TS 102 221 clause 8.3).
inline constexpr FileId kCurrentApplication = 0x7fff;
inline constexpr FileId kArrInMf = 0x2f06;
inline constexpr FileId kArrInAdf = 0x6f06;

// Who may do something. Nobody can become ADM on this card.
enum class Access : std::uint8_t { always, pin, adm };

// One record of EF_ARR and what the card enforces for the files that refer to it.
struct AccessRule {
  Access read;
  Access update;
};
inline constexpr AccessRule kRules[] = {
    {Access::always, Access::adm},
    {Access::pin, Access::adm},
    {Access::pin, Access::pin},
    {Access::always, Access::pin},
};
// The record numbers, from 1, of the above.
enum class Rule : std::uint8_t {
  read_always = 1,
  read_pin = 2,
  all_pin = 3,
  read_always_update_pin = 4
};
const AccessRule& rule_of(Rule rule);

// The records of an EF_ARR with all of kRules, each filled up with FF to the same size.
std::vector<Bytes> arr_records();

enum class FileKind : std::uint8_t { df, adf, transparent, linear_fixed };

struct File {
  FileKind kind = FileKind::df;
  FileId fid = 0;                     // not used by an ADF
  std::optional<std::uint8_t> sfi{};  // 1 to 30
  Rule rule = Rule::read_always;
  Bytes aid{};                   // ADF: 7 to 16 octets
  Bytes content{};               // transparent EF
  std::vector<Bytes> records{};  // linear fixed EF: at least one, all of one size
  std::vector<std::unique_ptr<File>> children{};
  File* parent = nullptr;  // nullptr for the MF

  bool is_directory() const { return kind == FileKind::df || kind == FileKind::adf; }
  std::size_t record_size() const { return records.empty() ? 0 : records.front().size(); }
};

File& add_child(File& parent, std::unique_ptr<File> child);
File& add_transparent(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                      Bytes content);
// The records are filled up with FF to the size of the longest.
File& add_linear_fixed(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                       std::vector<Bytes> records);

File* find_child(File& parent, FileId fid);
File* find_by_sfi(File& parent, std::uint8_t sfi);

// MF and the applications in the order of EF_DIR.
struct FileSystem {
  std::unique_ptr<File> mf;
  std::vector<std::unique_ptr<File>> applications;
};

// Template 62 with what TS 102 221 clause 11.1.1.3 asks for. `pin_enabled` goes into the PIN status
// DO of directories.
Bytes fcp(const File& file, bool pin_enabled);

}  // namespace ut::isim::soft
