#include "tools/isim-probe/secret_report.h"

#include "tools/isim-probe/secret_text.h"

#include <nlohmann/json.hpp>

namespace ut::probe {
namespace {

std::string json_string(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void show_json(SecretText& out, const Row& row, bool secrets) {
  if (row.secret == nullptr) {
    out += json_string(row.name) + ":" + json_string(row.text);
  } else if (secrets) {
    out += json_string(row.name) + ":\"";
    out.append_hex(row.secret->expose());
    out += "\"";
  } else {
    out +=
        json_string(std::string(row.name) + "_octets") + ":" + std::to_string(row.secret->size());
  }
}

void show_text(SecretText& out, const Row& row, bool secrets) {
  std::string label(row.label);
  label.resize(std::max<std::size_t>(label.size() + 1, 14), ' ');
  out += label;
  if (row.secret == nullptr) {
    out += printable(row.text);
  } else if (secrets) {
    out.append_hex(row.secret->expose());
  } else {
    out += std::to_string(row.secret->size()) + " octets (--show-secrets)";
  }
  out += "\n";
}

}  // namespace

SecretBytes show(const std::vector<Row>& rows, Format format, bool secrets) {
  SecretText out;
  if (format == Format::json) {
    out += "{";
    for (const Row& row : rows) {
      out += &row == &rows.front() ? "" : ",";
      show_json(out, row, secrets);
    }
    out += "}\n";
  } else {
    for (const Row& row : rows) {
      show_text(out, row, secrets);
    }
  }
  return out.take();
}

}  // namespace ut::probe
