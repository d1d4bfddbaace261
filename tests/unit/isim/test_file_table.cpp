#include "isim/file_table.h"

#include "isim/file_reader.h"
#include "tests/support/catch.h"
#include "tests/support/file_value_text.h"
#include "tests/support/vectors.h"

#include <random>

using namespace ut;
using namespace ut::isim;
using test::hex;

namespace {

FileContent content_of(const FileSpec& file, ByteView octets) {
  FileContent content;
  content.structure = file.structure;
  FilePart part;
  part.number = file.structure == FileStructure::transparent ? 0 : 1;
  part.octets = SecretBytes::copy_of(octets);
  content.parts.push_back(std::move(part));
  return content;
}

constexpr std::array kDirectories = {Directory::mf, Directory::isim, Directory::usim};

}  // namespace

TEST_CASE("files are found by identifier and by name", "[IS-3]") {
  const FileSpec* impi = find_file(Directory::isim, "impi");
  REQUIRE(impi != nullptr);
  CHECK(impi->name == "EF_IMPI");
  CHECK(find_file(Directory::isim, FileId{0x6f02}) == impi);
  CHECK(find_file(Directory::isim, "EF_IMPI") == impi);
  CHECK(find_file(Directory::usim, "impi") == nullptr);
  CHECK(find_file(Directory::isim, "nothing") == nullptr);
}

TEST_CASE("the table is in the order of the identifiers, each once, and every SFI is one file's",
          "[IS-3]") {
  for (const Directory directory : kDirectories) {
    std::array<bool, 31> taken{};
    const FileSpec* before = nullptr;
    for (const FileSpec& file : files_of(directory)) {
      CAPTURE(file.name);
      CHECK(file.directory == directory);
      CHECK((before == nullptr || before->id < file.id));
      REQUIRE(file.sfi <= 30);
      CHECK((file.sfi == 0 || !taken[file.sfi]));
      taken[file.sfi] = true;
      before = &file;
    }
  }
}

TEST_CASE("a file is told as a tree", "[IS-3]") {
  const FileSpec* impi = find_file(Directory::isim, "impi");
  REQUIRE(impi != nullptr);
  CHECK(test::outline(decode_file(impi, content_of(*impi, hex("80077540682e6f7267ff")))) ==
        "\"u@h.org\"");
}

TEST_CASE("a file that is not what it should be, or unknown, is told as its octets", "[IS-3]") {
  const FileSpec* impi = find_file(Directory::isim, "impi");
  REQUIRE(impi != nullptr);
  const Value broken = decode_file(impi, content_of(*impi, hex("80ff01")));
  CHECK(broken.find("problem") != nullptr);
  CHECK(broken.find("octets") != nullptr);
  const Value unknown = decode_file(nullptr, content_of(*impi, hex("0102")));
  CHECK(test::outline(unknown).find("x'0102'") != std::string::npos);
}

TEST_CASE("no octets make a decoder fail otherwise than by saying so", "[IS-3]") {
  std::mt19937 random(20261125);
  for (const Directory directory : kDirectories) {
    for (const FileSpec& file : files_of(directory)) {
      for (int round = 0; round < 200; ++round) {
        Bytes octets(random() % 64);
        for (auto& octet : octets) {
          // Tags and lengths that occur, more often than chance would have it.
          octet =
              static_cast<std::uint8_t>(random() % 3 == 0 ? 0x80 + random() % 16 : random() % 40);
        }
        test::outline(decode_file(&file, content_of(file, octets)));
      }
    }
  }
  SUCCEED();
}
