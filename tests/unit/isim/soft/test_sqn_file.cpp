#include "isim/soft/sqn_file.h"

#include "tests/support/catch.h"

#include <fstream>
#include <iterator>

#include <unistd.h>

using namespace ut;
using namespace ut::isim::soft;
namespace fs = std::filesystem;

namespace {

class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "sqn-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Directory() { fs::remove_all(path_); }
  fs::path file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

std::string whole(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

Sqn at(std::uint64_t seq, std::uint8_t ind) {
  return *Sqn::from(seq, ind);
}

}  // namespace

TEST_CASE("sequence numbers come back as they were stored", "[IS-5]") {
  const Directory directory;
  SqnFile file(directory.file("sqn"));
  SqnArray sqns(500);
  sqns.accept(at(1000, 3));
  sqns.accept(at(Sqn::kMaxSeq, 31));
  REQUIRE(file.save(sqns).has_value());
  const auto back = file.load(SqnArray(500));
  REQUIRE(back.has_value());
  CHECK(back->seqs() == sqns.seqs());
  CHECK_FALSE(back->is_fresh(at(1001, 3)));  // the age limit came along
  CHECK_FALSE(fs::exists(directory.file("sqn.new")));
  CHECK((fs::status(directory.file("sqn")).permissions() & fs::perms::others_all) ==
        fs::perms::none);
}

TEST_CASE("without a file the card starts where its profile says", "[IS-5]") {
  const Directory directory;
  const auto start = SqnArray::used_up_to(at(77, 7));
  const auto loaded = SqnFile(directory.file("sqn")).load(start);
  REQUIRE(loaded.has_value());
  CHECK(loaded->seqs() == start.seqs());
}

TEST_CASE("a file that is damaged in any way stops the card", "[IS-5]") {
  const Directory directory;
  const auto path = directory.file("sqn");
  SqnFile file(path);
  REQUIRE(file.save(SqnArray::used_up_to(at(77, 7))).has_value());
  const std::string good = whole(path);
  const auto refused = [&](const std::string& text) {
    write(path, text);
    const auto loaded = file.load(SqnArray());
    return !loaded && loaded.error().code == ErrorCode::config_invalid;
  };
  CHECK(refused(""));
  CHECK(refused(good.substr(0, good.size() - 1)));
  CHECK(refused(good + "1\n"));
  CHECK(refused("x" + good));
  CHECK(refused(good.substr(0, good.size() - 3) + "x7\n"));
  CHECK(refused(good.substr(0, good.size() - 3) + "-1\n"));
  CHECK(refused(good.substr(0, good.size() - 3) + "8796093022208\n"));  // kMaxSeq + 1
  CHECK_FALSE(refused(good));
}

TEST_CASE("a place that cannot be written or read is an error", "[IS-5]") {
  const Directory directory;
  SqnFile nowhere(directory.file("none") / "sqn");
  CHECK(nowhere.save(SqnArray()).error().code == ErrorCode::system_call_failed);
  SqnFile a_directory(directory.file("."));
  CHECK(a_directory.load(SqnArray()).error().code == ErrorCode::config_unreadable);
}

TEST_CASE("what a crash left behind does not stand in the way", "[IS-5]") {
  const Directory directory;
  SqnFile file(directory.file("sqn"));
  REQUIRE(file.save(SqnArray::used_up_to(at(5, 0))).has_value());
  write(directory.file("sqn.new"), "half a fi");
  CHECK(file.load(SqnArray())->highest() == at(5, 0));
  REQUIRE(file.save(SqnArray::used_up_to(at(6, 0))).has_value());
  CHECK(file.load(SqnArray())->highest() == at(6, 0));
}
