// Files of the card, found, read and shown.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/card_session.h"
#include "isim/file_reader.h"
#include "isim/identity.h"
#include "tools/isim-probe/report.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::probe {

struct FileShown {
  isim::Directory directory = isim::Directory::mf;
  isim::FileId id = 0;
  std::string name{};  // empty for a file that has none here
  std::optional<isim::FileContent> content{};
  isim::Value value{};             // decoded; meaningless without content
  std::optional<Error> failure{};  // why there is no content
};

// All files of MF and of the subscriber's application that the standard names and the card has.
// Only what the whole session suffers from is an error; a file that cannot be read says why.
Result<std::vector<FileShown>> read_all(isim::CardSession& session,
                                        const isim::ApplicationPolicy& policy);

// One file: "EF_IMPI", "impi", "6F02", "3F00/2F05", "MF/EF_DIR", "ISIM/6F02", "USIM/imsi". Without
// a directory a name or number is looked for in the application first and then in MF.
// input_malformed when it is no such name; card_file_missing when the card has no such file.
Result<FileShown> read_one(isim::CardSession& session, const isim::ApplicationPolicy& policy,
                           std::string_view path);

struct ShowFiles {
  Format format = Format::text;
  bool raw = false;      // octets instead of what they mean
  bool secrets = false;  // keys and passwords, too
};
// In locked memory, as files may hold keys.
SecretBytes show(const std::vector<FileShown>& files, ShowFiles how);

}  // namespace ut::probe
