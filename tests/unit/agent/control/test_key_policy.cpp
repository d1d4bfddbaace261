#include "agent/control/key_policy.h"

#include "tests/support/catch.h"

#include <string>
#include <vector>

using namespace ut;
using namespace ut::control;
using gba::NafId;
using gba::UaProtocolId;

namespace {

UaProtocolId ua(std::string_view text) {
  return UaProtocolId::from_text(text).value();
}

KeyGrant grant(std::string application, std::vector<std::string> nafs,
               const std::vector<std::string>& ids) {
  KeyGrant made{std::move(application), std::move(nafs), {}};
  for (const auto& id : ids) {
    made.ua_protocol_ids.push_back(ua(id));
  }
  return made;
}

// "granted" or the name of the refusal.
std::string decision(const std::vector<KeyGrant>& grants, std::string_view application,
                     std::string_view naf, std::string_view id) {
  const auto allowed = authorise_key(grants, application, NafId::make(naf, ua(id)).value());
  return allowed ? "granted" : std::string(name(allowed.error().code));
}

}  // namespace

TEST_CASE("a Ua protocol identifier is ten hexadecimal digits", "[KEY-5]") {
  CHECK(UaProtocolId::from_text("0100000006")->to_text() == "0100000006");
  CHECK(UaProtocolId::from_text("01000100C0")->to_text() == "01000100c0");
  for (const char* wrong : {"", "01000000", "010000000", "01000000060", "0x01000006", "010000000g",
                            "01 00 00 06", "010000000600"}) {
    CHECK_FALSE(UaProtocolId::from_text(wrong).has_value());
  }
}

TEST_CASE("without a grant nobody gets a key", "[KEY-5]") {
  CHECK(decision({}, "kms", "kms.home1.net", "0100000006") == "policy-key-denied");
}

TEST_CASE("a grant is for its application, its NAFs and its Ua protocols alone", "[KEY-5]") {
  const std::vector grants = {
      grant("kms", {"kms.home1.net", "kms2.home1.net"}, {"0100000006", "ff00000001"}),
      grant("mbms", {"bmsc.home1.net"}, {"0100000001"})};
  CHECK(decision(grants, "kms", "kms.home1.net", "0100000006") == "granted");
  CHECK(decision(grants, "kms", "KMS2.home1.net.", "ff00000001") == "granted");
  CHECK(decision(grants, "mbms", "bmsc.home1.net", "0100000001") == "granted");
  // Nothing of one grant with something of another.
  CHECK(decision(grants, "kms", "bmsc.home1.net", "0100000001") == "policy-key-denied");
  CHECK(decision(grants, "mbms", "kms.home1.net", "0100000006") == "policy-key-denied");
  CHECK(decision(grants, "kms", "kms.home1.net", "0100000001") == "policy-key-denied");
  CHECK(decision(grants, "mbms", "bmsc.home1.net", "0100000006") == "policy-key-denied");
  CHECK(decision(grants, "kms", "x.kms.home1.net", "0100000006") == "policy-key-denied");
  CHECK(decision(grants, "", "kms.home1.net", "0100000006") == "policy-key-denied");
  CHECK(decision(grants, "kms ", "kms.home1.net", "0100000006") == "policy-key-denied");
}

TEST_CASE("what the agent uses itself is refused whatever a grant says", "[KEY-5]") {
  const std::vector<std::string> reserved = {"0100000000", "0100000002", "0100000007",
                                             "0100000100", "0100010000", "0100011301",
                                             "010001c02f", "01000100ff", "010001ffff"};
  const std::vector grants = {grant("kms", {"kms.home1.net"}, reserved)};
  for (const auto& id : reserved) {
    INFO(id);
    CHECK(is_reserved(ua(id)));
    CHECK(decision(grants, "kms", "kms.home1.net", id) == "policy-key-reserved");
    CHECK(decision({}, "kms", "kms.home1.net", id) == "policy-key-reserved");
  }
  for (const char* id : {"0100000001", "0100000003", "0100000006", "0100000008", "0100000101",
                         "0100020000", "0000010000", "0200010000", "ff00010000", "0000000000"}) {
    INFO(id);
    CHECK_FALSE(is_reserved(ua(id)));
  }
}

TEST_CASE("each mistake in a grant is named", "[KEY-5]") {
  CHECK(problems_of(grant("kms", {"kms.home1.net"}, {"0100000006"})).empty());
  CHECK(problems_of(grant("kms", {}, {"0100000006"})).at(0) == "it names no NAF");
  CHECK(problems_of(grant("kms", {"kms.home1.net"}, {})).at(0) == "it names no Ua protocol");
  for (const char* naf :
       {"*.home1.net", "KMS.home1.net", "kms.home1.net.", "kms", "192.0.2.1", ""}) {
    INFO(naf);
    CHECK(problems_of(grant("kms", {naf}, {"0100000006"})).size() == 1);
  }
  for (const char* id : {"0100000000", "0100000002", "0100000007", "0100000100", "0100011301"}) {
    INFO(id);
    const auto problems = problems_of(grant("kms", {"kms.home1.net"}, {"0100000006", id}));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("never leave the agent") != std::string::npos);
  }
}
