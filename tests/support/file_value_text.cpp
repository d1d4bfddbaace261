#include "tests/support/file_value_text.h"

#include "base/encoding.h"

namespace ut::test {
namespace {

struct Outline {
  std::string operator()(const isim::Group& group) const {
    std::string text;
    for (const isim::Value& member : group.members) {
      text += (text.empty() ? "" : ", ") + member.name + ": " + outline(member);
    }
    return "{" + text + "}";
  }
  std::string operator()(const isim::List& list) const {
    std::string text;
    for (const isim::Value& element : list.elements) {
      text += (text.empty() ? "" : ", ") + outline(element);
    }
    return "[" + text + "]";
  }
  std::string operator()(const std::string& text) const { return '"' + text + '"'; }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const Bytes& octets) const { return "x'" + to_hex(octets) + "'"; }
  std::string operator()(const SecretBytes& secret) const {
    return "secret(" + std::to_string(secret.size()) + ")";
  }
};

}  // namespace

std::string outline(const isim::Value& value) {
  return std::visit(Outline{}, value.content);
}

}  // namespace ut::test
