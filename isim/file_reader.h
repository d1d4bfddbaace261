// Any file of the card: read by short or long identifier, of any structure, and told as a tree of
// values [IS-3].
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/card_session.h"
#include "isim/file_table.h"
#include "isim/file_value.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ut::isim {

struct FilePart {
  std::uint32_t number = 0;  // of a record, from 1; the tag of a data object; 0 for a body
  SecretBytes octets{};      // of a data object: with tag and length
};

struct FileContent {
  FileStructure structure = FileStructure::unknown;
  std::optional<Fcp> fcp{};  // nullopt when the file was read without being selected
  std::vector<FilePart> parts{};
};

enum class Access : std::uint8_t {
  fewest_commands,  // by SFI where the standard gives one, else by file identifier
  file_identifier,  // always selected: with FCP, and never another file with the same SFI
};

// Reads a file of the directory that `session` has selected, which is MF after select_file(kMf) and
// an ADF after select_application; the PIN is verified when the file asks for it.
// card_file_missing when it is not there; card_file_malformed when it cannot be read as what it is.
Result<FileContent> read_file(CardSession& session, const FileSpec& file,
                              Access access = Access::fewest_commands);
// The same for a file of any identifier.
Result<FileContent> read_file(CardSession& session, FileId id);

// The contents in words. Never fails: what cannot be decoded is there as octets, with the reason.
//   transparent   the decoded value itself; { problem, octets } when it is malformed
//   records       a list of { record, content } or { record, problem, octets }; empty records (FF
//                 throughout) are left out
//   BER-TLV       a list of { tag, content } or { tag, problem, octets }
// Without `file`, and for files without a decoder: { octets } in place of what was decoded. An
// empty transparent file is an empty group. "octets" is a secret where `file` says so.
Value decode_file(const FileSpec* file, const FileContent& content);

}  // namespace ut::isim
