#include "isim/file_reader.h"
#include "isim/utf8.h"
#include "tests/fuzz/targets.h"

#include <cstdlib>

namespace ut::fuzz {
namespace {

using namespace isim;

// Every text of the tree is safe for a terminal and for JSON.
struct CheckTexts {
  void operator()(const Group& group) const {
    for (const Value& member : group.members) {
      if (member.name.empty()) {
        std::abort();
      }
      std::visit(*this, member.content);
    }
  }
  void operator()(const List& list) const {
    for (const Value& element : list.elements) {
      std::visit(*this, element.content);
    }
  }
  void operator()(const std::string& text) const {
    if (!is_printable_utf8(text)) {
      std::abort();
    }
  }
  template <class Plain>
  void operator()(const Plain&) const {}
};

}  // namespace

// The first octet says which file of the tables, all decoders in turn; the rest is a part of it.
void card_files(ByteView input) {
  if (input.empty()) {
    return;
  }
  std::size_t number = input.front();
  for (const Directory directory : {Directory::mf, Directory::isim, Directory::usim}) {
    const auto files = files_of(directory);
    if (number < files.size()) {
      FileContent content{files[number].structure, {}, {}};
      content.parts.push_back({0x80, SecretBytes::copy_of(input.subspan(1))});
      std::visit(CheckTexts(), decode_file(&files[number], content).content);
      return;
    }
    number -= files.size();
  }
}

}  // namespace ut::fuzz
