#include "isim/file_value.h"

#include "isim/utf8.h"

#include <algorithm>
#include <cstdlib>

namespace ut::isim {

const Value* Value::find(std::string_view member) const {
  const auto* group = std::get_if<Group>(&content);
  if (group == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(group->members, member, &Value::name);
  return found == group->members.end() ? nullptr : &*found;
}

Value text_value(std::string name, ByteView octets) {
  if (!is_printable_utf8(as_text(octets))) {
    return octets_value(std::move(name), octets);
  }
  return {std::move(name), std::string(as_text(octets))};
}

Value number_value(std::string name, std::uint64_t number) {
  return {std::move(name), number};
}

Value flag_value(std::string name, bool flag) {
  return {std::move(name), flag};
}

Value octets_value(std::string name, ByteView octets) {
  return {std::move(name), to_bytes(octets)};
}

Value secret_value(std::string name, ByteView octets) {
  return {std::move(name), SecretBytes::copy_of(octets)};
}

Value code_value(std::string name, std::uint64_t code, std::string_view meaning) {
  Value value = group_value(std::move(name));
  add(value, number_value("code", code));
  add(value, text_value("meaning", meaning));
  return value;
}

Value group_value(std::string name) {
  return {std::move(name), Group{}};
}

Value list_value(std::string name) {
  return {std::move(name), List{}};
}

Value& add(Value& to, Value member) {
  if (auto* group = std::get_if<Group>(&to.content)) {
    return group->members.emplace_back(std::move(member));
  }
  if (auto* list = std::get_if<List>(&to.content)) {
    return list->elements.emplace_back(std::move(member));
  }
  std::abort();
}

}  // namespace ut::isim
