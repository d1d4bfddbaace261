#include "tools/utctl/ut_request.h"

#include "tests/support/catch.h"
#include "tests/unit/tools/utctl/one_answer.h"
#include "tools/utctl/progress_line.h"
#include "tools/utctl/refusal.h"
#include "tools/utctl/whole_file.h"

#include <chrono>
#include <filesystem>
#include <sstream>

using namespace ut;
using namespace ut::utctl;

namespace {

constexpr const char* kUri = "http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index";

struct Got {
  Result<UtAnswer> answer;
  std::string body;
  std::string request;
};

Got ask(const std::string& said, UtRequest request = {.method = "GET", .uri = kUri},
        bool takes = true) {
  OneAnswer agent(said);
  std::string body;
  UtListener listener;
  listener.body = [&](std::string_view octets) {
    body += octets;
    return takes;
  };
  auto answer = ask_naf({.socket = agent.path}, request, listener);
  agent.join();
  return {std::move(answer), std::move(body), agent.request};
}

}  // namespace

TEST_CASE("a request names the NAF, its path stays as it is", "[XC-2]") {
  const auto got =
      ask("HTTP/1.1 200 OK\r\neTaG:  \"a\" \r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi",
          {.method = "GET", .uri = "http://xcap.home1.net/a/../b%2e", .headers = {"X-Y: z"}});
  REQUIRE(got.answer);
  CHECK(got.answer->status == 200);
  CHECK(got.answer->etag == "\"a\"");
  CHECK(got.answer->content_type == "a/b");
  CHECK(got.body == "hi");
  CHECK(got.request.starts_with("GET /a/../b%2e HTTP/1.1\r\nHost: xcap.home1.net\r\n"));
  CHECK(got.request.contains("X-Y: z\r\n"));
}

TEST_CASE("a body is sent as it is read, in chunks where its size is not known", "[XC-2]") {
  UtRequest request{.method = "PUT", .uri = kUri};
  request.body = [left = std::string("abc")](char* to, std::size_t) mutable {
    const auto size = left.copy(to, left.size());
    left.clear();
    return std::optional(size);
  };
  const auto chunked = ask(http("201 Created", ""), request);
  REQUIRE(chunked.answer);
  CHECK(chunked.answer->status == 201);
  CHECK(chunked.request.starts_with("PUT /pres-rules/"));
  CHECK(chunked.request.contains("Transfer-Encoding: chunked\r\n"));
  request.body_octets = 3;
  CHECK(ask(http("201 Created", ""), request).request.contains("Content-Length: 3\r\n"));
}

TEST_CASE("what the NAF refuses is an answer, what the agent refuses an error", "[XC-2][API-4]") {
  const auto refused = ask(http("412 Precondition Failed", "other version"));
  REQUIRE(refused.answer);
  CHECK(refused.answer->status == 412);
  CHECK(refused.answer->refusal == "other version");
  CHECK(refused.body.empty());
  CHECK(refusal_of(*refused.answer, "PUT", kUri).exit == Exit::other_version);
  const auto large = ask(http("500 X", std::string(100000, 'x')));
  CHECK(large.answer->refusal.size() == 65536);
  const auto problem = ask(http("503 X", R"({"type":"urn:ut-agent:problem:card-absent"})"));
  CHECK(problem.answer.error().code == ErrorCode::card_absent);
  CHECK(ask("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").answer.error().code ==
        ErrorCode::agent_unreachable);
  CHECK(ask(http("200 OK", "abc"), {.method = "GET", .uri = kUri}, false).answer.error().code ==
        ErrorCode::input_malformed);
  CHECK(ask_naf({.socket = "/nonexistent"}, {.method = "GET", .uri = kUri}, {}).error().code ==
        ErrorCode::agent_unreachable);
}

TEST_CASE("a refusal is told in words fit for a terminal", "[XC-2]") {
  const auto told = [](long status, std::string body, std::string type = {}) {
    return refusal_of(
        {.status = status, .content_type = std::move(type), .refusal = std::move(body)}, "PUT",
        kUri);
  };
  CHECK(told(404, "").exit == Exit::not_found);
  CHECK(told(403, "").exit == Exit::refused);
  CHECK(told(500, "").text.contains("try again later"));
  CHECK(told(500, "a\x1b[31m\nb").text.contains("the server says: a?[31m\n"));
  CHECK_FALSE(told(500, "<html>", "text/html").text.contains("the server says"));
  const auto conflict = told(409,
                             "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><no-parent "
                             "phrase=\"x\"/></xcap-error>");
  CHECK(conflict.exit == Exit::conflict);
  CHECK(conflict.text.contains("no-parent: the document or element that this would be part of"));
  CHECK(conflict.json["error"]["xcap_error"]["element"] == "no-parent");
  for (const long status : {401L, 405L, 413L, 415L, 418L}) {
    CHECK(told(status, "").exit == Exit::refused);
  }
}

TEST_CASE("progress is told for long bodies, and not too often", "[XC-2]") {
  CHECK(progress_words({.sent = 1500000, .to_send = 3000000}) == "sent 1.5 MB of 3.0 MB (50 %)");
  CHECK(progress_words({.sent = 10, .to_send = 10, .received = 12345}) == "received 12.3 kB");
  std::chrono::steady_clock::time_point now{};
  std::ostringstream out;
  {
    ProgressLine line(out, [&] { return now; });
    line.tell({.sent = 1000, .to_send = 300000});
    CHECK(out.str().empty());
    line.tell({.sent = 100000, .to_send = 300000});
    line.tell({.sent = 200000, .to_send = 300000});
    CHECK(out.str() == "\rsent 100.0 kB of 300.0 kB (33 %)");
    now += std::chrono::seconds(1);
    line.tell({.sent = 250000, .to_send = 300000});
    CHECK(out.str().ends_with("(83 %)"));
    line.tell({.sent = 300000, .to_send = 300000});
  }
  CHECK(out.str().ends_with("\rsent 300.0 kB of 300.0 kB (100 %)\n"));
}

TEST_CASE("a file is there under its name when it is whole", "[XC-2]") {
  std::string name = std::filesystem::temp_directory_path() / "ut-file-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const std::string path = folder / "file";
  {
    auto file = NewFile::beside(path);
    REQUIRE(file);
    CHECK(file->write("half"));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK(std::filesystem::is_empty(folder));
  REQUIRE(write_whole_file(path, "one"));
  REQUIRE(write_whole_file(path, "two"));
  CHECK(read_whole_file(path, 3) == "two");
  CHECK(read_whole_file(path, 2).error().code == ErrorCode::limit_body);
  CHECK(read_whole_file(folder / "none", 2).error().code == ErrorCode::system_call_failed);
  CHECK(write_whole_file(folder / "none" / "file", "x").error().code ==
        ErrorCode::system_call_failed);
  std::filesystem::remove_all(folder);
}
