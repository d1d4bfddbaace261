#include "agent/local/target.h"

#include "agent/local/public_identity.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

using ut::ErrorCode;
using ut::local::canonical_naf;
using ut::local::parse_target;
using ut::local::XcapTree;

namespace {

constexpr const char* kHost = "xcap.home1.net";

ErrorCode code_of(const std::string& target, std::optional<std::string_view> host = kHost) {
  const auto parsed = parse_target(target, host);
  INFO(target);
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error().code;
}

}  // namespace

TEST_CASE("origin form takes the NAF from Host", "[API-1][API-3]") {
  const auto target =
      parse_target("/pres-rules/users/sip:alice@home1.net/index?xmlns(p=urn:x)", "XCAP.Home1.net");
  REQUIRE(target);
  CHECK(target->naf == "xcap.home1.net");
  CHECK(target->port == 443);
  CHECK(target->origin_form == "/pres-rules/users/sip:alice@home1.net/index?xmlns(p=urn:x)");
  CHECK(target->tree == XcapTree::users);
  CHECK(target->root == "/");
  CHECK(target->auid == "pres-rules");
  CHECK(target->xui == "sip:alice@home1.net");
  CHECK(target->document == "index");
  CHECK(target->query == "xmlns(p=urn:x)");
  CHECK_FALSE(target->has_node_selector);
}

TEST_CASE("absolute form names the NAF, with and without Host", "[API-1]") {
  for (const auto host :
       {std::optional<std::string_view>(kHost),
        std::optional<std::string_view>("xcap.home1.net:80"),
        std::optional<std::string_view>("XCAP.home1.net."), std::optional<std::string_view>()}) {
    const auto target = parse_target("http://xcap.home1.net/pres-rules/global/index", host);
    REQUIRE(target);
    CHECK(target->naf == "xcap.home1.net");
    CHECK(target->port == 443);
    CHECK(target->origin_form == "/pres-rules/global/index");
    CHECK(target->tree == XcapTree::global);
    CHECK(target->document == "index");
  }
  CHECK(parse_target("HTTPS://xcap.home1.net/a", {})->origin_form == "/a");
  CHECK(parse_target("http://xcap.home1.net", {})->origin_form == "/");
  CHECK(parse_target("http://xcap.home1.net?q=1", {})->origin_form == "/?q=1");
}

TEST_CASE("ports: 80 of http means TLS on 443, others stay", "[API-1]") {
  const auto port = [](const char* target, std::optional<std::string_view> host = {}) {
    const auto parsed = parse_target(target, host);
    INFO(target);
    REQUIRE(parsed);
    return parsed->port;
  };
  CHECK(port("http://naf.home1.net/") == 443);
  CHECK(port("http://naf.home1.net:80/") == 443);
  CHECK(port("http://naf.home1.net:8443/") == 8443);
  CHECK(port("https://naf.home1.net/") == 443);
  CHECK(port("https://naf.home1.net:80/") == 80);
  CHECK(port("/", "naf.home1.net:80") == 443);
  CHECK(port("/", "naf.home1.net:8443") == 8443);
}

TEST_CASE("what goes on the wire is byte for byte what came", "[XC-2]") {
  for (const char* path :
       {"/resource-lists/users/sip:a@home1.net/index/~~/resource-lists/list%5b@name=%22x%22%5d",
        "/resource-lists/users/sip:a@home1.net/index/~~/resource-lists/list[@name=%22x%22]/entry",
        "/a/users/sip%3Aa%40home1.net/index/~~/x/external[@anchor=%22http://b//"
        "c%22]?xmlns(a=urn:b)",
        "/a/users/tel:+1-201-555-0123/i/~~/p:x/@q?xmlns(p=urn:x%2fy)xmlns(q=urn:z)",
        "/pres-rules/users/sip:a@home1.net/", "/", "/x", "/x/", "/x?", "/x?a=/../b",
        "/a/users/sip:%C3%A4@home1.net/index"}) {
    INFO(path);
    const auto target = parse_target(path, kHost);
    REQUIRE(target);
    CHECK(target->origin_form == path);
    const auto absolute = parse_target(std::string("http://xcap.home1.net") + path, {});
    REQUIRE(absolute);
    CHECK(absolute->origin_form == path);
  }
}

TEST_CASE("the node selector ends the document", "[API-3]") {
  const auto target = parse_target(
      "/services/resource-lists/users/sip:a@home1.net/friends/index/~~/resource-lists/list", kHost);
  REQUIRE(target);
  CHECK(target->root == "/services");
  CHECK(target->auid == "resource-lists");
  CHECK(target->document == "friends/index");
  CHECK(target->has_node_selector);
}

TEST_CASE("the first tree segment decides, so a later one cannot hide another user", "[API-3]") {
  const auto target =
      parse_target("/a/users/sip:me@home1.net/b/users/sip:victim@home1.net/index", kHost);
  REQUIRE(target);
  CHECK(target->xui == "sip:me@home1.net");
  CHECK(target->document == "b/users/sip:victim@home1.net/index");
  const auto deep = parse_target("/a/b/c/users/sip:me@home1.net/index", kHost);
  REQUIRE(deep);
  CHECK(deep->root == "/a/b");
  CHECK(deep->auid == "c");
}

TEST_CASE("a target without a tree has no XCAP parts", "[API-3]") {
  const auto target = parse_target("/enrol/request", kHost);
  REQUIRE(target);
  CHECK(target->tree == XcapTree::none);
  CHECK(target->auid.empty());
  CHECK(target->root.empty());
  CHECK(target->document.empty());
}

TEST_CASE("targets that two readers could read in two ways are refused", "[API-3]") {
  for (const char* target : {
           "",
           "*",
           "x",
           "xcap.home1.net:443",
           "ftp://xcap.home1.net/",
           "http:/xcap.home1.net/",
           // dot segments
           "/a/../b",
           "/a/..",
           "/..",
           "/.",
           "/a/./b",
           "/a/%2e%2e/b",
           "/a/.%2E/b",
           "/a/%2e",
           "/%2E./",
           "/a/users/sip:me@home1.net/../sip:victim@home1.net/index",
           "/a/users/sip:me@home1.net/i/~~/../../x",
           "/a/users/..",
           "/a/users/%2e%2e/x",
           "/a/users/%252e%252e/x",
           "/a/users/.%25252E/x",
           "/a/users/..;x/y",
           "/a/users/%2e.%3bx/y",
           "/a%252fb",
           "/a%25255cb",
           "/a%252500",
           // encoded separators, NUL, controls
           "/a%2fb",
           "/a%2Fb",
           "/a%5cb",
           "/a%5Cb",
           "/a%00",
           "/a%0d%0aX:%20y",
           "/a%1f",
           "/a%7F",
           "/a/users/sip:me@home1.net%2f..%2fsip:victim@home1.net/index",
           "/a/i/~~/x%2f..%2fy",
           "/a?x=%00",
           "/a?x=%0a",
           // raw octets
           "/a\\b",
           "/a b",
           "/a\tb",
           "/a\"b",
           "/a<b",
           "/a>b",
           "/a^b",
           "/a`b",
           "/a{b}",
           "/a|b",
           "/a\x7f",
           "/\xc3\xa4",
           "/a?\xc3\xa4",
           "/a?x\"",
           // percent-encoding
           "/a%",
           "/a%2",
           "/a%zz",
           "/a%2x",
           "/a?%",
           "/a/%%2e",
           // empty segments before the node selector
           "//a",
           "//",
           "/a//b",
           "/a/users//sip:me@home1.net",
           "/a/users/sip:me@home1.net//index",
           "/a/users/sip:me@home1.net/i//~~/x",
           "//xcap.home1.net/a",
           // fragments
           "/a#b",
           "/a?b#c",
           "/#",
           "http://xcap.home1.net#x",
           // userinfo
           "http://me@xcap.home1.net/",
           "http://me:pw@xcap.home1.net/",
           "http://xcap.home1.net@evil.example.com/",
           // XCAP structure
           "/users/sip:me@home1.net/index",
           "/global/index",
           "/a/users",
           "/a/users/",
           "/a/USERS/sip:me@home1.net/i",
           "/a/u%73ers/sip:victim@home1.net/i",
           "/a/Global/i",
           "/%61/users/sip:me@home1.net/i",
           "/r%6f/a/users/sip:me@home1.net/i",
           "/sip:bob@home1.net/users/sip:me@home1.net/i",
           "/sip:bob@home1.net/a/users/sip:me@home1.net/i",
           "/a;b/global/i",
       }) {
    CHECK(code_of(target) == ErrorCode::request_target_invalid);
  }
  CHECK(code_of(std::string("/a\0b", 4)) == ErrorCode::request_target_invalid);
}

TEST_CASE("authorities that are no NAF name are refused", "[API-1][UT-2]") {
  for (const char* host : {"",
                           "localhost",
                           "127.0.0.1",
                           "127.1",
                           "1.2.3",
                           "0x7f.0x1",
                           "a.0x7f",
                           "[::1]",
                           "[::1]:443",
                           "::1",
                           "-a.home1.net",
                           "a-.home1.net",
                           "a..home1.net",
                           ".home1.net",
                           "home1.net..",
                           "a_b.net",
                           "a b.net",
                           "a.net/x",
                           "a.net?x",
                           "a.net:0",
                           "a.net:65536",
                           "a.net:",
                           "a.net:x",
                           "a.net:44 3",
                           "a.net:+443",
                           "a.net:-1",
                           "a.net:443:443",
                           "\xc3\xa4.net",
                           "a%2enet",
                           "a.net,b.net"}) {
    INFO(host);
    CHECK(code_of("/", host) == ErrorCode::request_host_invalid);
  }
  CHECK(code_of("/", "me@a.net") == ErrorCode::request_target_invalid);
  CHECK(code_of("/", std::nullopt) == ErrorCode::request_host_invalid);
  CHECK(code_of("http:///x", std::nullopt) == ErrorCode::request_host_invalid);
  CHECK(code_of("http://127.0.0.1/x", std::nullopt) == ErrorCode::request_host_invalid);
  CHECK(code_of("http://[::1]/x", std::nullopt) == ErrorCode::request_host_invalid);
  CHECK(code_of("http://xcap.home1.net\\@evil.net/x", std::nullopt) != ErrorCode{});
  CHECK(code_of("/", std::string(64, 'a') + ".net") == ErrorCode::request_host_invalid);
}

TEST_CASE("Host that contradicts the absolute form is refused", "[API-1][API-3]") {
  for (const char* host : {"evil.example.com", "xcap.home1.net:8443", "", "127.0.0.1"}) {
    INFO(host);
    CHECK(code_of("http://xcap.home1.net/a", host) == ErrorCode::request_host_invalid);
  }
  CHECK(code_of("https://xcap.home1.net:80/a", "xcap.home1.net") ==
        ErrorCode::request_host_invalid);
}

TEST_CASE("NAF names are lower case and without a trailing dot", "[API-3]") {
  CHECK(canonical_naf("XCAP.Home1.NET.") == "xcap.home1.net");
  CHECK(canonical_naf("xn--bcher-kva.example") == "xn--bcher-kva.example");
  CHECK(canonical_naf("1a.2b") == "1a.2b");
  const std::string label(63, 'a');
  CHECK(canonical_naf(label + "." + label + "." + label + "." + std::string(61, 'b')));
  CHECK_FALSE(canonical_naf(label + "." + label + "." + label + "." + std::string(62, 'b')));
}

TEST_CASE("no accepted target has a second reading", "[API-3]") {
  // Words of which attacks are made, put together at random (a fixed seed).
  const std::vector<std::string> words = {"/",
                                          "/",
                                          "/",
                                          "a",
                                          "users",
                                          "global",
                                          "sip:me@home1.net",
                                          "sip:x@home1.net",
                                          "..",
                                          ".",
                                          "%2e",
                                          "%2E",
                                          "%2f",
                                          "%5c",
                                          "%00",
                                          "~~",
                                          "%7e",
                                          "\\",
                                          "?",
                                          "#",
                                          "%",
                                          "%25",
                                          "%252e",
                                          "//",
                                          "u%73",
                                          "ers",
                                          ";",
                                          "@",
                                          "[",
                                          "%75sers",
                                          "Users",
                                          "*"};
  std::minstd_rand random(1);
  std::size_t accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string path = "/";
    for (auto count = 1 + random() % 9; count > 0; --count) {
      path += words[random() % words.size()];
    }
    const auto target = parse_target(path, kHost);
    if (!target) {
      continue;
    }
    ++accepted;
    INFO(path);
    REQUIRE(target->origin_form == path);
    const auto decoded = ut::local::percent_decoded(path.substr(0, path.find('?')));
    REQUIRE(decoded);
    // What a server sees that decodes before it splits and resolves dots.
    REQUIRE(std::filesystem::path(*decoded).lexically_normal() == std::filesystem::path(*decoded));
    if (target->tree != XcapTree::none) {
      const auto tree = target->tree == XcapTree::users ? "/users/" : "/global";
      const auto at = decoded->find(tree);
      REQUIRE(at != std::string::npos);
      const auto other = decoded->find(target->tree == XcapTree::users ? "/global/" : "/users/");
      REQUIRE(at < other);
    }
  }
  CHECK(accepted > 1000);
}
