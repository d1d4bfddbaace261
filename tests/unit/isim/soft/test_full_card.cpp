// The card with every file: what a terminal reads of it.
#include "isim/card_session.h"
#include "isim/file_reader.h"
#include "isim/soft/uicc.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"

#include <algorithm>

using namespace ut;
using namespace ut::isim;
using test::SoftCard;

namespace {

// Whether something in `value` could not be decoded.
bool has_problem(const Value& value) {
  if (value.name == "problem") {
    return true;
  }
  if (const auto* group = std::get_if<Group>(&value.content)) {
    return std::ranges::any_of(group->members, has_problem);
  }
  if (const auto* list = std::get_if<List>(&value.content)) {
    return std::ranges::any_of(list->elements, has_problem);
  }
  return false;
}

void check_files(CardSession& session, Directory directory) {
  for (const FileSpec& file : files_of(directory)) {
    for (const Access access : {Access::fewest_commands, Access::file_identifier}) {
      INFO(name(directory) << " " << file.name);
      const auto content = read_file(session, file, access);
      if (!content) {
        FAIL(to_text(content.error()));
      }
      CHECK(content->structure == file.structure);
      CHECK_FALSE(content->parts.empty());
      CHECK_FALSE(has_problem(decode_file(&file, *content)));
      if (access == Access::file_identifier) {
        REQUIRE(content->fcp.has_value());
        CHECK(content->fcp->sfi.value_or(0) == file.sfi);
        CHECK(content->fcp->life_cycle == LifeCycle::activated);
      }
    }
  }
}

}  // namespace

TEST_CASE("a full card has every file that has a name, each of its form", "[IS-3]") {
  const bool t0 = GENERATE(false, true);
  auto text = soft::full_card_profile();
  if (t0) {
    text.replace(text.find("answers = \"direct\""), 18, "answers = \"t0\"");
  }
  auto profile = soft::parse_card_profile(text, "/nowhere");
  if (!profile) {
    FAIL(to_text(profile.error()));
  }
  soft::VolatileSqnStore store;
  soft::Uicc uicc(*std::move(profile), soft::SqnArray::used_up_to(*soft::Sqn::from(0), {}), store);
  soft::SoftTransport transport(uicc, t0 ? CardProtocol::t0 : CardProtocol::t1);
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  auto session = CardSession::open(transport, {.pin = &pin}).value();
  REQUIRE(session.select_file(kMf).has_value());
  check_files(session, Directory::mf);
  const auto applications = session.applications().value();
  REQUIRE(applications.size() == 2);
  REQUIRE(session.select_application(applications[0].aid).has_value());
  check_files(session, Directory::isim);

  // A data object that takes two blocks.
  REQUIRE(session.select_file(0x6ff8).has_value());
  const auto object = session.retrieve_data(0x81);
  REQUIRE(object.has_value());
  REQUIRE(object->has_value());
  CHECK((*object)->size() > 256);
  CHECK(as_text((*object)->expose()).ends_with("</characteristic>"));
  // A file that is not in the table.
  const auto cyclic = read_file(session, FileId{0x6f7e});
  REQUIRE(cyclic.has_value());
  CHECK(cyclic->structure == FileStructure::cyclic);
  CHECK(cyclic->parts.size() == 3);

  REQUIRE(session.select_application(applications[1].aid).has_value());
  check_files(session, Directory::usim);
}
