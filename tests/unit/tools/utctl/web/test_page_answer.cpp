#include "tools/utctl/web/page_answer.h"

#include "tests/support/catch.h"
#include "tools/utctl/web/page_files.h"

#include <string>

using namespace ut::utctl::web;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("every answer of the status page forbids what the page does not need", "[API-5]") {
  for (const unsigned status : {200U, 403U, 404U, 405U, 421U, 503U}) {
    const auto header = answer_header(status, "text/html", 5);
    CHECK(header.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
    CHECK(has(header, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
    CHECK(has(header, "frame-ancestors 'none'"));
    CHECK_FALSE(has(header, "unsafe"));
    CHECK(has(header, "\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK(has(header, "\r\nReferrer-Policy: no-referrer\r\n"));
    CHECK(has(header, "\r\nCache-Control: no-store\r\n"));
    CHECK(has(header, "\r\nContent-Length: 5\r\n"));
    CHECK_FALSE(has(header, "Access-Control"));
    CHECK(header.ends_with("\r\n"));
    CHECK_FALSE(header.ends_with("\r\n\r\n"));
  }
  CHECK(has(answer_header(200, "text/event-stream", std::nullopt), "\r\nConnection: close\r\n"));
}

TEST_CASE("a refusal is a page for people", "[API-5]") {
  const auto page = refusal_page({404, "There is nothing here", "Open the link."});
  CHECK(has(page, "<h1>There is nothing here</h1>"));
  CHECK(has(page, "<p>Open the link.</p>"));
  CHECK(has(forward_page("/a/"), "content=\"0; url=/a/\""));
}

TEST_CASE("the page has no outside resource and nothing inline", "[API-5]") {
  REQUIRE(has(kPageHtml, "</html>"));
  CHECK(has(kPageHtml, "<script src=\"/page.js\" type=\"module\"></script>"));
  for (const auto file : {kPageHtml, kPageCss, kPageJs}) {
    for (const auto* text : {"http:", "https:", "url(", "@import", "innerHTML", "eval("}) {
      INFO(text);
      CHECK_FALSE(has(file, text));
    }
  }
  for (const auto* text : {"<style", "style=", " onclick", " onload", "javascript:"}) {
    INFO(text);
    CHECK_FALSE(has(kPageHtml, text));
  }
  CHECK(has(kIconSvg, "<svg"));
}
