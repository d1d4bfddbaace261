#include "agent/local/problem.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using ut::Error;
using ut::ErrorCode;
using ut::ForeignKind;
using ut::local::problem_document;
using ut::local::problem_retry_after;
using ut::local::problem_status;
using ut::local::problem_type;

namespace {

const std::vector<ErrorCode> kAll = {
#define UT_ERROR(name, family, meaning, advice) ErrorCode::name,
#include "base/error_codes.def"
#undef UT_ERROR
};

// What docs/problems.md must say of one code.
std::string table_row(ErrorCode code) {
  std::ostringstream row;
  const auto retry = problem_retry_after({code, {}});
  row << "| `" << ut::name(code) << "` | " << problem_status(code) << " | "
      << (retry ? std::to_string(*retry) : "") << " | " << ut::meaning(code) << " | "
      << ut::advice(code) << " |\n";
  return row.str();
}

}  // namespace

TEST_CASE("a problem document has all members of RFC 9457 and ours", "[API-4]") {
  const Error error{
      ErrorCode::card_busy, "card.connect", {ForeignKind::status_word, 0x6982}, "reader 0"};
  const auto document = nlohmann::json::parse(problem_document(error));
  CHECK(document["type"] == "urn:ut-agent:problem:card-busy");
  CHECK(document["title"] == "another program holds the reader exclusively");
  CHECK(document["status"] == 503);
  CHECK(document["detail"] == "reader 0; close the other program, then try again");
  CHECK(document["family"] == "card");
  CHECK(document["foreign"] == "SW 6982");
  CHECK(document["retry_after"] == 5);
  CHECK(document.size() == 7);
  const auto plain = nlohmann::json::parse(problem_document({ErrorCode::limit_body, "x"}));
  CHECK(plain["detail"] == "send a smaller body or raise the limit");
  CHECK_FALSE(plain.contains("foreign"));
  CHECK_FALSE(plain.contains("retry_after"));
}

TEST_CASE("what a failure says of its end counts more than what is usual", "[API-4]") {
  Error error{ErrorCode::ub_backing_off, "x"};
  CHECK(nlohmann::json::parse(problem_document(error))["retry_after"] == 10);
  error.retry_after = std::chrono::seconds(77);
  CHECK(nlohmann::json::parse(problem_document(error))["retry_after"] == 77);
}

TEST_CASE("a detail that is not UTF-8 still makes JSON", "[API-4]") {
  const auto text = problem_document({ErrorCode::ua_refused, "x", {}, "\xff\"\n\\"});
  CHECK(nlohmann::json::accept(text));
}

TEST_CASE("each failure has a type of its own and a status of its kind", "[API-4]") {
  std::set<std::string> types;
  for (const auto code : kAll) {
    INFO(ut::name(code));
    CHECK(types.insert(problem_type(code)).second);
    CHECK(problem_status(code) >= 400);
    CHECK(problem_status(code) <= 504);
  }
  struct Row {
    ErrorCode code;
    unsigned status;
  };
  const Row rows[] = {
      {ErrorCode::card_absent, 503},
      {ErrorCode::pin_blocked, 503},
      {ErrorCode::ub_refused, 502},
      {ErrorCode::ub_timeout, 504},
      {ErrorCode::ub_backing_off, 503},
      {ErrorCode::tls_name_mismatch, 502},
      {ErrorCode::ua_rspauth_wrong, 502},
      {ErrorCode::ua_backing_off, 503},
      {ErrorCode::ua_identity_not_owned, 403},
      {ErrorCode::policy_naf_denied, 403},
      {ErrorCode::policy_web_page, 403},
      {ErrorCode::policy_token_wrong, 407},
      {ErrorCode::request_malformed, 400},
      {ErrorCode::request_method_refused, 405},
      {ErrorCode::network_timeout, 504},
      {ErrorCode::network_unreachable, 502},
      {ErrorCode::limit_connections, 503},
      {ErrorCode::limit_header, 431},
      {ErrorCode::limit_body, 413},
      {ErrorCode::limit_time, 408},
      {ErrorCode::limit_queue, 503},
      {ErrorCode::shutting_down, 503},
      {ErrorCode::crypto_failed, 500},
  };
  for (const auto& row : rows) {
    INFO(ut::name(row.code));
    CHECK(problem_status(row.code) == row.status);
  }
}

TEST_CASE("docs/problems.md lists every problem as it is", "[API-4][.docs]") {
  const auto text = ut::test::source_file("docs/problems.md");
  std::string expected;
  std::string family;
  for (const auto code : kAll) {
    if (const auto name = std::string(ut::family_name(ut::family(code))); name != family) {
      family = name;
      expected += "\n## " + family +
                  "\n\n| type ends in | status | retry after | what happened | "
                  "what to do |\n|---|---|---|---|---|\n";
    }
    expected += table_row(code);
  }
  const auto begin = text.find("\n## ");
  REQUIRE(begin != std::string::npos);
  if (const char* path = std::getenv("UT_WRITE_DOCS"); path != nullptr) {
    std::ofstream(path) << text.substr(0, begin) << expected;
    return;
  }
  INFO(
      "to write it anew: UT_WRITE_DOCS=docs/problems.md "
      "build/tests/unit/agent/local/test-agent-local [docs]");
  CHECK(text.substr(begin) == expected);
}
