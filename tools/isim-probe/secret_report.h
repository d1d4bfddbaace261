// An answer of the card with names and keys, for people and for programs.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "tools/isim-probe/report.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::probe {

// One row: text, or a secret of which only the length is shown unless secrets are asked for.
struct Row {
  std::string_view label;  // for people: "Ks_ext_NAF"
  std::string_view name;   // for programs: "ks_ext_naf"
  std::string text{};
  const SecretBytes* secret = nullptr;  // outlives the row
};

// JSON: one object on one line, a secret that is not shown as "NAME_octets". In locked memory.
SecretBytes show(const std::vector<Row>& rows, Format format, bool secrets);

}  // namespace ut::probe
