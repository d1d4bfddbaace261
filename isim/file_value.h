// What a file of the card says, as a tree of names and values: one form for every file, so that a
// tool can show files that it knows nothing about.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ut::isim {

struct Value;

// Members with names, each name once.
struct Group {
  std::vector<Value> members;
};

// Elements in their order, without names.
struct List {
  std::vector<Value> elements;
};

// Text is well-formed UTF-8 without control characters, whatever the card holds: it may go to a
// terminal and into JSON as it is. SecretBytes are a password or key that the file holds: their
// length may be shown, their octets only to whom asks for them [KEY-4].
struct Value {
  std::string name{};  // lower case with '_': "b_tid"; empty for elements of a list
  std::variant<Group, List, std::string, std::uint64_t, bool, Bytes, SecretBytes> content{};

  // The member of a group or nullptr.
  const Value* find(std::string_view member) const;
};

// `octets` as text, or as octets where they are not text as above.
Value text_value(std::string name, ByteView octets);
inline Value text_value(std::string name, std::string_view text) {
  return text_value(std::move(name), as_bytes(text));
}
Value number_value(std::string name, std::uint64_t number);
Value flag_value(std::string name, bool flag);
Value octets_value(std::string name, ByteView octets);
Value secret_value(std::string name, ByteView octets);

// A number that stands for something: the group { code, meaning }.
Value code_value(std::string name, std::uint64_t code, std::string_view meaning);

// Group{} or List{} in place, filled one by one: values are moved, as secrets cannot be copied.
Value group_value(std::string name = {});
Value list_value(std::string name = {});
// Adds to a group or a list; aborts for any other value. Returns what was added.
Value& add(Value& to, Value member);

}  // namespace ut::isim
