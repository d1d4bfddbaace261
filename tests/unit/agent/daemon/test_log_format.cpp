// One message in the formats that are not text.
#include "agent/daemon/log_format.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

using namespace ut;
using namespace ut::daemon;

namespace {

const std::array<log::Field, 3> kFields = {log::Field("realm", "a b\n\"\xff"),
                                           log::Field("status", 403),
                                           log::Field("request_id", "mine")};
const log::Message kMessage{
    .level = log::Level::warning, .event = "ub.refused", .fields = kFields, .audit = true};

}  // namespace

TEST_CASE("a message as JSON is one line, whatever a peer put into it", "[API-8]") {
  const auto line = json_line(kMessage, "2026-03-01T00:00:00Z");
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["time"] == "2026-03-01T00:00:00Z");
  CHECK(json["level"] == "warning");
  CHECK(json["event"] == "ub.refused");
  CHECK(json["audit"] == "yes");
  CHECK(json["status"] == "403");
  CHECK(json["realm"] == "a b\n\"\xef\xbf\xbd");
}

TEST_CASE("a message as fields of the journal", "[API-8]") {
  const auto fields = journal_fields(kMessage);
  const auto has = [&](std::string_view field) {
    INFO(field);
    CHECK(std::ranges::count(fields, field) == 1);
  };
  has("PRIORITY=4");
  has("SYSLOG_IDENTIFIER=ut-agent");
  has("UT_EVENT=ub.refused");
  has("UT_AUDIT=yes");
  has("UT_STATUS=403");
  has("UT_REQUEST_ID=mine");
  has("UT_REALM=a b\n\"\xff");
  has("MESSAGE=ub.refused audit=yes realm=\"a b\\x0a\\\"\xff\" status=403 request_id=mine");
}
