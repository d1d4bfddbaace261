#include "isim/soft/file_settings.h"

#include "base/encoding.h"
#include "isim/soft/card_content.h"
#include "isim/soft/card_profile.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using test::SoftCard;

namespace {

// The example profile with one [[files]] table of these lines.
Result<CardProfile> with_file(const std::string& lines) {
  return parse_card_profile(std::string(example_card_profile()) + "\n[[files]]\n" + lines,
                            "/nowhere");
}

FileSystem files(const std::string& lines) {
  auto profile = with_file(lines);
  if (!profile) {
    FAIL(to_text(profile.error()));
  }
  return make_files(*profile);
}

std::string complaint(const std::string& lines) {
  const auto profile = with_file(lines);
  return profile ? "" : profile.error().detail;
}

SoftCard card_with(const std::string& lines) {
  return SoftCard(SoftCard::Changes{{"[card]\n", "[[files]]\n" + lines + "\n[card]\n"}});
}

constexpr const char* kIsim = "directory = \"isim\"\n";
constexpr const char* kSelectIsim = "00a4040c07a0000000871004";
constexpr const char* kVerify = "002000010831323334ffffffff";

}  // namespace

TEST_CASE("a file is added with the standard's form, or the one given", "[IS-3]") {
  auto all =
      files(std::string(kIsim) + "name = \"uicciari\"\ntext = [\"urn:a\"]\nsize = 10\ncount = 2");
  const File* file = find_child(*all.applications[0], 0x6fe7);
  REQUIRE(file != nullptr);
  CHECK(file->kind == FileKind::linear_fixed);
  REQUIRE(file->records.size() == 2);
  CHECK(to_hex(file->records[0]) == "800575726e3a61ffffff");
  CHECK(to_hex(file->records[1]) == "ffffffffffffffffffff");
  CHECK(file->rule == Rule::read_pin);

  all = files(
      "directory = \"usim\"\nid = \"6F7E\"\nkind = \"transparent\"\ncontent = \"0102\"\nsize = "
      "3\nsfi = 11\nread = \"never\"\nupdate = \"always\"");
  file = find_child(*all.applications[1], 0x6f7e);
  REQUIRE(file != nullptr);
  CHECK(to_hex(file->content) == "0102ff");
  CHECK(file->sfi == 11);
  CHECK(to_hex(rule_of(*file)).starts_with("80010197008001029000"));
  CHECK(to_hex(fcp(*file, {})) ==
        "62178202412183026f7e8a01058b036f06058002000388"
        "0158");

  all = files(std::string(kIsim) +
              "name = \"EF_XCAPConfigData\"\nobjects = [\"8001AA\", \"81:text\"]\nsize = 100");
  file = find_child(*all.applications[0], 0x6ffc);
  REQUIRE(file != nullptr);
  CHECK(file->used() == 9);
  CHECK(to_hex(file->objects.at(0x81)) == "810474657874");
  CHECK(to_hex(fcp(*file, {})) ==
        "621c8202792183026ffca504860200648a01058b036f06028002000988"
        "00");
}

TEST_CASE("a file of the standard takes another content, or goes", "[IS-3]") {
  auto all = files(std::string(kIsim) + "name = \"EF_IMPI\"\ntext = [\"bob@home.net\"]");
  File& isim = *all.applications[0];
  CHECK(to_hex(find_child(isim, kEfImpi)->content) == "800c626f6240686f6d652e6e6574");
  CHECK(find_by_sfi(isim, 0x02) == find_child(isim, kEfImpi));
  all = files(std::string(kIsim) + "name = \"EF_IST\"\nabsent = true");
  CHECK(find_child(*all.applications[0], kEfIst) == nullptr);
}

TEST_CASE("the GBA files are there with the service, empty and large enough", "[IS-3]") {
  auto without = make_files(test::soft_profile({}));
  CHECK(find_child(*without.applications[0], 0x6fd5) == nullptr);
  auto with =
      make_files(test::soft_profile({{"isim = []", "isim = [2]"}, {"[27, 38]", "[27, 38, 68]"}}));
  for (const auto& [application, gbabp, gbanl] :
       {std::tuple{0, 0x6fd5, 0x6fd7}, std::tuple{1, 0x6fd6, 0x6fda}}) {
    File& adf = *with.applications[static_cast<std::size_t>(application)];
    const File* parameters = find_child(adf, static_cast<FileId>(gbabp));
    const File* list = find_child(adf, static_cast<FileId>(gbanl));
    REQUIRE(parameters != nullptr);
    REQUIRE(list != nullptr);
    CHECK(parameters->content == Bytes(parameters->content.size(), 0xff));
    CHECK(parameters->content.size() >= 128);  // RAND, B-TID and lifetime with their lengths
    CHECK(parameters->rule == Rule::all_pin);
    CHECK(list->records.size() >= 2);
    CHECK(list->record_size() >= 128);  // NAF_Id and B-TID as TLVs
    CHECK(list->rule == Rule::read_pin);
  }
}

TEST_CASE("what the card itself writes keeps the form that it needs", "[IS-5]") {
  const auto with_gba = [](const std::string& lines) {
    std::string toml(example_card_profile());
    toml.replace(toml.find("isim = []"), 9, "isim = [2]");
    const auto profile =
        parse_card_profile(toml + "\n[[files]]\ndirectory = \"isim\"\n" + lines, "/nowhere");
    return profile ? std::string() : profile.error().detail;
  };
  constexpr const char* kGbabp = "name = \"EF_GBABP\"\n";
  constexpr const char* kGbanl = "name = \"EF_GBANL\"\n";
  for (const auto* form : {"absent = true", "size = 16", "kind = \"cyclic\"\nsize = 100"}) {
    INFO(form);
    CHECK(with_gba(kGbabp + std::string(form)).starts_with("files[1] must be a transparent file"));
  }
  for (const auto* form : {"absent = true", "kind = \"transparent\"\nsize = 100"}) {
    INFO(form);
    CHECK(with_gba(kGbanl + std::string(form)).starts_with("files[1] must be a linear fixed file"));
  }
  CHECK(with_gba(kGbabp + std::string("size = 17")).empty());
  CHECK(with_gba(kGbanl + std::string("size = 20\ncount = 2")).empty());
  // Without the service they are files like others.
  CHECK(complaint(std::string(kIsim) + kGbabp + "absent = true").empty());
}

TEST_CASE("what is wrong with a file is told with its number and setting", "[IS-3]") {
  const std::string isim = kIsim;
  const std::string ist = isim + "name = \"EF_IST\"\n";
  const std::string impu = isim + "name = \"EF_IMPU\"\n";
  const std::string other = isim + "id = \"6F7E\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {"name = \"EF_IST\"", "files[1].directory must say"},
      {"directory = \"telecom\"", "files[1].directory must be one of mf, isim, usim"},
      {isim, "files[1].name or id must be given"},
      {ist + "id = \"6F07\"", "files[1].name or id must be given"},
      {isim + "name = \"EF_NONE\"", "files[1].name is not known here"},
      {isim + "id = \"6F\"", "files[1].id must be 4"},
      {isim + "id = \"3F00\"", "files[1].id is not that of"},
      {other + "kind = \"tree\"", "files[1].kind must be one of"},
      {other + "content = \"0\"", "files[1].content must be hexadecimal"},
      {other + "content = 5", "files[1].content must be a string"},
      {other + "content = 5.5", "files[1].content must be a string, a number"},
      {other, "files[1] is empty"},
      {other + "size = 32768", "files[1] has more than 32767 octets"},
      {other + "size = -1", "files[1].size must be a whole number"},
      {other + "sfi = 31\nsize = 1", "files[1].sfi must be a whole number from 0 to 30"},
      {other + "records = [\"00\"]", "files[1] gives what a file of its kind has not"},
      {other + "text = [\"a\", \"b\"]", "files[1].text must hold one text"},
      {other + "content = \"00\"\ntext = [\"a\"]", "files[1] gives more than one of"},
      {impu + "size = 256", "files[1] has more than 255 octets in a record"},
      {impu + "records = [\"xx\"]", "files[1].records must hold hexadecimal"},
      {impu + "records = \"00\"", "files[1].records must be a list"},
      {isim + "name = \"EF_XCAPConfigData\"\nobjects = [\"8002AA\"]",
       "files[1].objects must each be one data object"},
      {isim + "name = \"EF_XCAPConfigData\"\nobjects = [\"x:y\"]",
       "files[1].objects must hold hexadecimal"},
      {isim + "name = \"EF_XCAPConfigData\"\nobjects = [\"8001AA\"]\nsize = 2",
       "files[1].objects do not fit"},
      {ist + "content = \"00\"\nread = \"pin\"\nrule = \"8001019000\"",
       "files[1].rule is given beside"},
      {ist + "content = \"00\"\nread = \"pin9\"", "files[1].read must be one of always"},
      {ist + "content = \"00\"\nsise = 4", "files[1].sise is not a setting"},
      {ist + "content = \"00\"\n[[files]]\n" + ist + "content = \"01\"",
       "files[2] is of a file that another one is of"},
  };
  for (const auto& [lines, text] : cases) {
    INFO(lines);
    CHECK(complaint(lines).starts_with(text));
  }
  CHECK(test::soft_profile({}).files.empty());
  CHECK_THROWS(test::soft_profile({{"[\"isim\", \"usim\"]", "[\"usim\"]"},
                                   {"[card]", "[[files]]\n" + ist + "content = \"00\"\n[card]"}}));
  CHECK_THROWS(test::soft_profile({{"[card]", "[files]\nname = \"EF_IST\"\n[card]"}}));
}

TEST_CASE("the card obeys the EF_ARR that it shows, whatever it says", "[IS-4]") {
  // In place of the usual rules: reading for nobody, updating for all.
  auto card = card_with(std::string(kIsim) +
                        "name = \"EF_ARR\"\nrecords = [\"8001019700800102"
                        "9000\", \"8001019700800102"
                        "9000\"]\nrule = \"8001019000\"");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(kVerify) == "9000");
  CHECK(card.send("00b0820000") == "6982");
  CHECK(card.send("00d682000180") == "9000");
  // Files whose rule is not in the file are closed to all.
  CHECK(card.send("00b2012400") == "6982");

  auto none = card_with(std::string(kIsim) + "name = \"EF_ARR\"\nabsent = true");
  CHECK(none.send(kSelectIsim) == "9000");
  CHECK(none.send(kVerify) == "9000");
  CHECK(none.send("00b0820000") == "6982");
}

TEST_CASE("a file may ask for other PINs", "[IS-4]") {
  SoftCard card(SoftCard::Changes{{"# second_pin", "second_pin"},
                                  {"[card]\n",
                                   "[[files]]\ndirectory = \"isim\"\nid = \"6F7E\"\ncontent = "
                                   "\"AA\"\nsfi = 10\nread = \"second-pin\"\n[card]\n"}});
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(kVerify) == "9000");
  CHECK(card.send("00b08a0000") == "6982");
  CHECK(card.send("002000810832333435ffffffff") == "9000");
  CHECK(card.send("00b08a0000") == "aa9000");
}

TEST_CASE("a long file is read and updated beyond 256 octets, in short and long commands",
          "[IS-2]") {
  auto card = card_with(
      std::string(kIsim) +
      "id = \"6F7E\"\ncontent = \"00\"\nsize = 1000\nread = \"always\"\nupdate = \"always\"");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00a4000c026f7e") == "9000");
  CHECK(card.send("00d6012c02abcd") == "9000");
  CHECK(card.send("00b0012c02") == "abcd9000");
  CHECK(card.send("00b0000000").size() == 2 * 258);
  CHECK(card.send("00b0000000"
                  "0000")
            .size() == 2 * 1002);
  CHECK(card.send("00b003e800") == "6b00");
  CHECK(card.send("00b00320ff") == "6cc8");
  CHECK(card.send("00d60000000190" + std::string(800, '5')) == "9000");
  CHECK(card.send("00b0018f01") == "559000");
  CHECK(card.send("00d603e70155") == "9000");
  CHECK(card.send("00d603e7025555") == "6700");
}
