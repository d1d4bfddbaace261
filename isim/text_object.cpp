#include "isim/text_object.h"

#include "isim/tlv.h"
#include "isim/utf8.h"

#include <algorithm>
#include <cstddef>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxText = 1024;

// Identities are pasted into protocol headers later: nothing that could end or escape one there.
bool is_plain(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 0x20 && octet != 0x7f && c != '"' && c != '\\' && c != '<' && c != '>';
}

}  // namespace

bool is_padding(ByteView octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0xff; });
}

bool is_identity_text(std::string_view text) {
  return is_printable_utf8(text) && std::ranges::all_of(text, is_plain);
}

Result<std::string> decode_text_object(ByteView octets, std::string_view file) {
  const auto object = read_tlv(octets);
  if (!object || object->tag != 0x80 || object->value.empty() || object->value.size() > kMaxText ||
      !is_padding(octets) || !is_identity_text(as_text(object->value))) {
    return fail(ErrorCode::card_file_malformed, file);
  }
  return std::string(as_text(object->value));
}

bool is_domain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find("..") == std::string_view::npos &&
         std::ranges::none_of(name, [](char c) { return c == '@' || c == '/' || c == ':'; });
}

bool is_empty_record(ByteView record) {
  return is_padding(record) || (record.size() >= 2 && record[0] == 0x80 && record[1] == 0 &&
                                is_padding(record.subspan(2)));
}

}  // namespace ut::isim
