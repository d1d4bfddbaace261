#include "tools/utctl/answer.h"

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

// File names may hold octets that are no UTF-8.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string show(const Answer& answer, Format format) {
  return format == Format::json ? dump(answer.json) : answer.text;
}

std::string show(const Error& error, Format format) {
  if (format == Format::text) {
    return "utctl: " + to_text(error) + "\n";
  }
  return dump(Json{{"error", {{"code", name(error.code)}, {"text", to_text(error)}}}});
}

Exit exit_of(const Error& error) {
  return family(error.code) == ErrorFamily::config ? Exit::bad_configuration : Exit::failed;
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = '?';
    }
  }
  return text;
}

}  // namespace ut::utctl
