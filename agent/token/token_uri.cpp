#include "agent/token/token_uri.h"

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace ut::token {
namespace {

constexpr std::string_view kScheme = "pkcs11:";
constexpr std::string_view kFileScheme = "file:";
constexpr std::string_view kNoPinValue =
    "pin-value is refused, as a configuration holds no secrets: put the PIN into a file of mode "
    "0600 and name that in client_key_pin_file";

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::config_invalid, "PKCS #11 URI", std::move(what));
}

ByteView attribute_of(p11_kit_uri* uri, CK_ATTRIBUTE_TYPE type) {
  const CK_ATTRIBUTE* const found = p11_kit_uri_get_attribute(uri, type);
  return found == nullptr
             ? ByteView()
             : ByteView(static_cast<const std::uint8_t*>(found->pValue), found->ulValueLen);
}

// "" when there is none.
Result<std::string> type_of(p11_kit_uri* uri) {
  const CK_ATTRIBUTE* const found = p11_kit_uri_get_attribute(uri, CKA_CLASS);
  if (found == nullptr) {
    return std::string();
  }
  switch (*static_cast<const CK_OBJECT_CLASS*>(found->pValue)) {
    case CKO_PRIVATE_KEY:
      return std::string("private");
    case CKO_CERTIFICATE:
      return std::string("cert");
    default:
      return wrong("type must be private or cert");
  }
}

// "file:/path" or "/path" (RFC 7512 section 2.4).
Result<std::string> pin_file_of(std::string_view source) {
  if (source.starts_with(kFileScheme)) {
    source.remove_prefix(kFileScheme.size());
    if (source.starts_with("//")) {
      source.remove_prefix(2);
    }
  }
  if (!source.starts_with('/')) {
    return wrong("pin-source must be \"file:\" and an absolute path");
  }
  return std::string(source);
}

bool has_attribute(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool begins = std::string_view(":;?&").contains(text[at - 1]);
    if (begins && at + name.size() < text.size() && text[at + name.size()] == '=') {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string field_text(std::span<const unsigned char> field) {
  std::string_view text = as_text(field);
  text = text.substr(0, text.find('\0'));
  const auto last = text.find_last_not_of(' ');
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

bool is_token_uri(std::string_view text) {
  return text.starts_with(kScheme);
}

Result<TokenUri> parse_token_uri(std::string_view text) {
  if (!is_token_uri(text)) {
    return wrong("it must begin with \"pkcs11:\"");
  }
  // Before it is parsed, so that no copy of the PIN is made.
  if (has_attribute(text, "pin-value")) {
    return wrong(std::string(kNoPinValue));
  }
  const std::unique_ptr<p11_kit_uri, decltype(&p11_kit_uri_free)> parsed(p11_kit_uri_new(),
                                                                         p11_kit_uri_free);
  if (!parsed) {
    return fail(ErrorCode::locked_memory_unavailable, "PKCS #11 URI");
  }
  p11_kit_uri* const uri = parsed.get();
  if (p11_kit_uri_parse(std::string(text).c_str(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri) !=
      P11_KIT_URI_OK) {
    return wrong("it is no PKCS #11 URI (RFC 7512)");
  }
  // The parser passes over blanks.
  if (p11_kit_uri_get_pin_value(uri) != nullptr) {
    return wrong(std::string(kNoPinValue));
  }
  if (p11_kit_uri_any_unrecognized(uri) != 0 || p11_kit_uri_get_module_name(uri) != nullptr) {
    return wrong(
        "only token, manufacturer, model, serial, object, id, type, module-path and "
        "pin-source may be in it");
  }
  TokenUri made;
  const CK_TOKEN_INFO& token = *p11_kit_uri_get_token_info(uri);
  made.token = field_text(token.label);
  made.manufacturer = field_text(token.manufacturerID);
  made.model = field_text(token.model);
  made.serial = field_text(token.serialNumber);
  made.object = as_text(attribute_of(uri, CKA_LABEL));
  const ByteView id = attribute_of(uri, CKA_ID);
  made.id.assign(id.begin(), id.end());
  TRY(made.type, type_of(uri));
  if (const char* const path = p11_kit_uri_get_module_path(uri); path != nullptr) {
    made.module_path = path;
    if (!made.module_path.starts_with('/')) {
      return wrong("module-path must be an absolute path");
    }
  }
  if (const char* const source = p11_kit_uri_get_pin_source(uri); source != nullptr) {
    TRY(made.pin_file, pin_file_of(source));
  }
  return made;
}

std::string problem_of_key(std::string_view key, std::string_view pin_file) {
  if (!is_token_uri(key)) {
    return pin_file.empty() ? "" : "client_key_pin_file is for the key of a token (\"pkcs11:...\")";
  }
  const auto uri = parse_token_uri(key);
  if (!uri) {
    return uri.error().detail;
  }
  if (uri->module_path.empty()) {
    return "module-path is missing: the module is code that runs in the agent, so none is guessed";
  }
  if (!uri->names_token()) {
    return "it names no token: token, serial, manufacturer or model";
  }
  if (!uri->names_object()) {
    return "it names no key: object or id";
  }
  if (uri->type == "cert") {
    return "type must be private";
  }
  if (!uri->pin_file.empty() && !pin_file.empty()) {
    return "pin-source and client_key_pin_file both say where the PIN is";
  }
  return "";
}

std::string problem_of_certificate(std::string_view certificate, std::string_view key) {
  if (!is_token_uri(certificate)) {
    return "";
  }
  const auto uri = parse_token_uri(certificate);
  if (!uri) {
    return uri.error().detail;
  }
  if (!is_token_uri(key)) {
    return "a certificate of a token needs a client_key of the same token";
  }
  if (!uri->module_path.empty() || !uri->pin_file.empty()) {
    return "module-path and pin-source stand in client_key alone";
  }
  if (!uri->names_object()) {
    return "it names no certificate: object or id";
  }
  if (uri->type == "private") {
    return "type must be cert";
  }
  return "";
}

}  // namespace ut::token
