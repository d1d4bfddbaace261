// What any UICC with an ISIM must do for the terminal's side, in the terms of TS 102 221 and TS
// 31.103.
#include "isim/access_rules.h"
#include "isim/aka.h"
#include "isim/file_reader.h"
#include "isim/gba.h"
#include "isim/identity.h"
#include "isim/status_word.h"
#include "tests/contract/card_under_test.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <algorithm>

using namespace ut;
using namespace ut::isim;
using test::CardUnderTest;
using test::hex;

namespace {

constexpr FileId kEfArr = 0x6f06;
// Nobody makes AUTNs that are zero throughout and right.
const Rand kRand = *Rand::from(hex("0123456789abcdef0123456789abcdef"));

StatusWord status(CardSession& session, std::string_view command) {
  const auto decoded = decode_command(hex(command));
  REQUIRE(decoded.has_value());
  const auto answer = session.exchange(*decoded);
  REQUIRE(answer.has_value());
  return answer->sw;
}

// What a card may say of a context that it has or has not, for a challenge that is not its
// operator's.
template <class Outcome>
void check_refused(const Result<Outcome>& outcome) {
  if (outcome) {
    CHECK(std::holds_alternative<AkaMacFailure>(*outcome));
  } else {
    CHECK(outcome.error().foreign.kind == ForeignKind::status_word);
  }
}

bool is_mandatory(const FileSpec& file) {
  return file.id == kEfImpi || file.id == kEfDomain || file.id == kEfImpu || file.id == kEfAd ||
         file.id == kEfArr;
}

}  // namespace

TEST_CASE("the MF is there and its FCP says how the PIN stands", "[IS-2][IS-4]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  const auto fcp = session.select_file(kMf);
  REQUIRE(fcp.has_value());
  CHECK(fcp->structure == FileStructure::df);
  CHECK(fcp->file_id == kMf);
  CHECK(fcp->life_cycle == LifeCycle::activated);
  CHECK_FALSE(fcp->pins.empty());
  CHECK(session.iccid().value().size() >= 18);
}

TEST_CASE("EF_DIR lists an ISIM that its AID and its prefix select", "[IS-1]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  const Bytes aid = test::isim_aid(session);
  for (const Bytes& name : {aid, kIsimAidPrefix}) {
    const auto fcp = session.select_application(name);
    REQUIRE(fcp.has_value());
    CHECK(fcp->structure == FileStructure::df);
    CHECK(fcp->df_name == aid);
    CHECK_FALSE(fcp->pins.empty());
  }
}

TEST_CASE("what is not on the card is a missing file", "[IS-1][IS-2]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  CHECK(session.select_application(hex("a0000000871004aa55aa55aa55")).error().code ==
        ErrorCode::card_file_missing);
  REQUIRE(session.select_file(kMf).has_value());
  CHECK(session.select_file(0x2fee).error().code == ErrorCode::card_file_missing);
}

TEST_CASE("a file is the same by short and by long identifier", "[IS-3]") {
  CardUnderTest card;
  auto session = card.open_isim();
  for (const FileSpec& file : files_of(Directory::isim)) {
    if (!is_mandatory(file)) {
      continue;
    }
    INFO(file.name);
    const auto by_id = read_file(session, file, Access::file_identifier);
    const auto shortest = read_file(session, file);
    REQUIRE(by_id.has_value());
    REQUIRE(shortest.has_value());
    CHECK(by_id->structure == file.structure);
    REQUIRE(by_id->fcp.has_value());
    CHECK(by_id->fcp->file_id == file.id);
    REQUIRE(by_id->parts.size() == shortest->parts.size());
    for (std::size_t i = 0; i < by_id->parts.size(); ++i) {
      CHECK(
          std::ranges::equal(by_id->parts[i].octets.expose(), shortest->parts[i].octets.expose()));
    }
  }
}

TEST_CASE("files that a service calls for are there, of their structure and well coded", "[IS-3]") {
  CardUnderTest card;
  auto session = card.open_isim();
  const auto identity = read_identity(session);
  REQUIRE(identity.has_value());
  CHECK(identity->application == Application::isim);
  REQUIRE(session.select_application(test::isim_aid(session)).has_value());
  for (const FileSpec& file : files_of(Directory::isim)) {
    const bool wanted = std::ranges::any_of(file.services, [&](std::uint8_t service) {
      return service != 0 && identity->services.available(static_cast<IsimService>(service));
    });
    INFO(file.name);
    const auto content = read_file(session, file, Access::file_identifier);
    if (!content) {
      // Some files are one of several that a service may use: what is not there must say so.
      CHECK((content.error().code == ErrorCode::card_file_missing ||
             content.error().code == ErrorCode::card_security_status));
      CHECK_FALSE(is_mandatory(file));
      continue;
    }
    CHECK(content->structure == file.structure);
    CHECK((wanted || content->fcp.has_value()));
  }
}

TEST_CASE("each file refers to an access rule that is there and can be read", "[IS-4]") {
  CardUnderTest card;
  auto session = card.open_isim();
  std::vector<AccessRuleReference> references;
  for (const FileId id : {kEfImpi, kEfDomain, kEfImpu, kEfAd}) {
    const auto fcp = session.select_file(id);
    REQUIRE(fcp.has_value());
    // Cards may give the rule itself (8C, AB) in place of a reference.
    if (fcp->access_rule) {
      references.push_back(*fcp->access_rule);
    }
  }
  for (const auto& reference : references) {
    const auto arr = session.select_file(reference.arr);
    REQUIRE(arr.has_value());
    const auto record = session.read_record(*arr, reference.record);
    REQUIRE(record.has_value());
    REQUIRE(record->has_value());
    CHECK(decode_arr_record((*record)->expose()).has_value());
  }
}

TEST_CASE("nothing is read beyond the end of a file, and a wrong Le is told", "[IS-2]") {
  CardUnderTest card;
  auto session = card.open_isim();
  const auto fcp = session.select_file(kEfAd);
  REQUIRE(fcp.has_value());
  REQUIRE(fcp->file_size.has_value());
  CHECK(*fcp->file_size >= 3);
  CHECK(session.read_binary(*fcp)->size() == *fcp->file_size);
  CHECK(status(session, "00b07fff01") == 0x6b00);
  // 6Cxx is followed within the session: what is left is the file.
  const auto all = session.exchange({0x00, 0xb0, 0, 0, {}, 255});
  REQUIRE(all.has_value());
  CHECK(executed(all->sw));
  CHECK(all->data.size() == *fcp->file_size);
}

TEST_CASE("records end where the FCP says", "[IS-2]") {
  CardUnderTest card;
  auto session = card.open_isim();
  const auto fcp = session.select_file(kEfImpu);
  REQUIRE(fcp.has_value());
  CHECK(fcp->structure == FileStructure::linear_fixed);
  REQUIRE(fcp->record_count > 0);
  const auto first = session.read_record(*fcp, 1);
  REQUIRE(first.has_value());
  REQUIRE(first->has_value());
  CHECK((*first)->size() == fcp->record_length);
  const auto beyond = session.read_record(*fcp, static_cast<std::uint8_t>(fcp->record_count + 1));
  REQUIRE(beyond.has_value());
  CHECK_FALSE(beyond->has_value());
}

TEST_CASE("the PIN's state costs no try, and neither does reading without a PIN", "[IS-4]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  REQUIRE(session.select_application(test::isim_aid(session)).has_value());
  const auto state = session.pin_state();
  REQUIRE(state.has_value());
  CHECK((state->satisfied || state->tries_left.has_value()));
  const auto impi = read_impi(session, Application::isim);
  if (!state->satisfied) {
    REQUIRE_FALSE(impi.has_value());
    CHECK((impi.error().code == ErrorCode::pin_required ||
           impi.error().code == ErrorCode::pin_blocked));
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(session.pin_state() == state);
  }
}

TEST_CASE("a PIN opens the card for one session only", "[IS-4][IS-8]") {
  CardUnderTest card;
  std::optional<unsigned> tries;
  {
    auto session = card.open_without_pin();
    REQUIRE(session.select_application(test::isim_aid(session)).has_value());
    const auto state = session.pin_state().value();
    if (state.satisfied) {
      return;  // no PIN is needed here
    }
    tries = state.tries_left;
  }
  {
    auto session = card.open();
    const auto identity = read_identity(session);
    REQUIRE(identity.has_value());
    CHECK(session.close().has_value());
  }
  auto session = card.open_without_pin();
  REQUIRE(session.select_application(test::isim_aid(session)).has_value());
  const auto after = session.pin_state().value();
  CHECK_FALSE(after.satisfied);
  CHECK(after.tries_left == tries);
}

TEST_CASE("a challenge of somebody else is refused in every context", "[IS-5]") {
  CardUnderTest card;
  auto session = card.open_isim();
  const auto aka = authenticate(session, kRand, Autn{});
  REQUIRE(aka.has_value());
  CHECK(std::holds_alternative<AkaMacFailure>(*aka));
  check_refused(gba_bootstrap(session, kRand, Autn{}));
  // Malformed, and a context that no application has.
  CHECK_FALSE(executed(status(session,
                              "0088008105"
                              "1000000000"
                              "00")));
  CHECK_FALSE(executed(status(session,
                              "008800ff01"
                              "0000")));
}

TEST_CASE("AUTHENTICATE needs an application", "[IS-5]") {
  CardUnderTest card;
  auto session = card.open();
  REQUIRE(session.select_file(kMf).has_value());
  CHECK_FALSE(authenticate(session, kRand, Autn{}).has_value());
}

TEST_CASE("a logical channel has a selection of its own and ends with the session", "[IS-2]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  if (session.channel() == 0) {
    return;  // a card without logical channels
  }
  const std::uint8_t channel = session.channel();
  REQUIRE(session.select_application(test::isim_aid(session)).has_value());
  // On the basic channel no application of ours is active.
  const auto basic = card.transport().transmit(hex("00a4000c023f00"));
  REQUIRE(basic.has_value());
  CHECK(executed(decode_response(basic->expose())->sw));
  CHECK(session.select_file(kEfImpi).has_value());
  REQUIRE(session.close().has_value());
  REQUIRE(card.transport().begin().has_value());
  const CommandApdu select{cla_for_channel(0, channel), 0xa4, 0x00, 0x0c, {0x3f, 0x00}, {}};
  const auto closed = card.transport().transmit(encode(select));
  REQUIRE(closed.has_value());
  CHECK_FALSE(executed(decode_response(closed->expose())->sw));
  CHECK(card.transport().end(CardTransport::Leave::as_is).has_value());
}

TEST_CASE("a reset takes selection and PIN with it", "[IS-6][IS-8]") {
  CardUnderTest card;
  {
    auto session = card.open_isim();
    static_cast<void>(read_impi(session, Application::isim));
  }
  REQUIRE(card.transport().reset().has_value());
  REQUIRE(card.transport().begin().has_value());
  // SFI 02 of the MF is EF_ICCID, of the ISIM EF_IMPI.
  const auto answer = card.transport().transmit(hex("00b082000a"));
  REQUIRE(answer.has_value());
  const auto response = decode_response(answer->expose());
  REQUIRE(response.has_value());
  if (executed(response->sw)) {
    CHECK(decode_iccid(response->data).has_value());
  }
  CHECK(card.transport().end(CardTransport::Leave::as_is).has_value());
}

TEST_CASE("the identity takes fewer APDUs than twice the files and twelve", "[IS-2][IS-3]") {
  CardUnderTest card;
  std::size_t commands = 0;
  test::CommandCounter transport(card.transport(), commands);
  std::size_t records = 0;
  bool xcap = false;
  {
    auto session = CardSession::open(transport, card.session_options());
    REQUIRE(session.has_value());
    const auto identity = read_identity(*session);
    REQUIRE(identity.has_value());
    records = identity->impus.size();
    xcap = identity->services.available(IsimService::xcap_config_data);
  }
  // EF_ICCID, EF_DIR, EF_IMPI, EF_DOMAIN, EF_IMPU, EF_IST, EF_AD; more identities than two take a
  // command each, and EF_XCAPConfigData is an object that is retrieved in blocks.
  constexpr std::size_t kFiles = 7;
  constexpr std::size_t kObject = 8;
  INFO(commands << " commands");
  CHECK(commands < 2 * kFiles + 12 + (records > 2 ? records - 2 : 0) + (xcap ? kObject : 0));
}

TEST_CASE("what the card does not know is refused with the right status word", "[IS-2]") {
  CardUnderTest card;
  auto session = card.open_without_pin();
  REQUIRE(session.select_file(kMf).has_value());
  CHECK(status(session, "00fe0000") == 0x6d00);
  const StatusWord parameters = status(session, "00a4ff0c023f00");
  CHECK((parameters == 0x6a86 || parameters == 0x6a81 || parameters == 0x6b00));
  CHECK(status(session, "80f2000c") == 0x9000);
}
