// The files of a UICC (TS 102 221 clauses 8 and 9): tree, contents, access rules, FCP template.
#pragma once

#include "base/bytes.h"
#include "isim/uicc_files.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ut::isim::soft {

inline constexpr FileId kArrInMf = 0x2f06;
inline constexpr FileId kArrInAdf = 0x6f06;

// The number, from 1, of a record of the EF_ARR that holds for a file. These are on every card;
// add_rule() gives others.
enum class Rule : std::uint8_t {
  read_always = 1,             // update ADM
  read_pin = 2,                // update ADM
  all_pin = 3,                 //
  read_always_update_pin = 4,  //
};

// The records of an EF_ARR with the above, each filled up with FF to the same size.
std::vector<Bytes> arr_records();

enum class FileKind : std::uint8_t { df, adf, transparent, linear_fixed, cyclic, ber_tlv };

struct File {
  FileKind kind = FileKind::df;
  FileId fid = 0;                     // not used by an ADF
  std::optional<std::uint8_t> sfi{};  // 1 to 30
  Rule rule = Rule::read_always;
  Bytes aid{};                               // ADF: 7 to 16 octets
  Bytes content{};                           // transparent EF
  std::vector<Bytes> records{};              // linear fixed, cyclic EF: 1 to 255, all of one size
  std::map<std::uint32_t, Bytes> objects{};  // BER-TLV EF: by tag, each with tag and length
  std::size_t capacity = 0;                  // BER-TLV EF: octets of all objects, at most 65535
  std::vector<std::unique_ptr<File>> children{};
  File* parent = nullptr;  // nullptr for the MF

  bool is_directory() const { return kind == FileKind::df || kind == FileKind::adf; }
  bool has_records() const { return kind == FileKind::linear_fixed || kind == FileKind::cyclic; }
  std::size_t record_size() const { return records.empty() ? 0 : records.front().size(); }
  std::size_t used() const;  // BER-TLV EF: octets of all objects
};

File& add_child(File& parent, std::unique_ptr<File> child);
File& add_transparent(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                      Bytes content);
// The records are filled up with FF to the size of the longest.
File& add_linear_fixed(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                       std::vector<Bytes> records);

// The number in the EF_ARR `arr` of a rule, which is added when it is not there; at most 254 can
// be.
Rule add_rule(File& arr, Bytes record);

// The record of its directory's EF_ARR that holds for the EF `file`; empty when there is none.
ByteView rule_of(const File& file);

File* find_child(File& parent, FileId fid);
File* find_by_sfi(File& parent, std::uint8_t sfi);

// MF and the applications in the order of EF_DIR.
struct FileSystem {
  std::unique_ptr<File> mf;
  std::vector<std::unique_ptr<File>> applications;
};

// Template 62 with what TS 102 221 clause 11.1.1.3 asks for. `pin_status` is the value of the PIN
// status DO (C6) of directories.
Bytes fcp(const File& file, ByteView pin_status);

}  // namespace ut::isim::soft
