#include "agent/gba/host_name.h"

#include "tests/support/catch.h"

#include <string>

using ut::gba::normal_host_name;

TEST_CASE("host names are lower case without a trailing dot", "[UB-1]") {
  CHECK(normal_host_name("BSF.Home1.Net.") == "bsf.home1.net");
  CHECK(normal_host_name("localhost") == "localhost");
  CHECK(normal_host_name("3com.4-5.x9") == "3com.4-5.x9");
  CHECK(normal_host_name(std::string(63, 'a') + ".net") == std::string(63, 'a') + ".net");
}

TEST_CASE("what is no host name is refused", "[UB-1]") {
  for (const auto* text :
       {"", ".", "a..b", ".a", "a.b..", "-a.net", "a-.net", "a_b.net", "a b", "a.net:80", "a/b",
        "127.0.0.1", "10", "x.7", "::1", "a@b.net", "b\xc3\xbc.net", "a\tb"}) {
    INFO(text);
    CHECK_FALSE(normal_host_name(text));
  }
  CHECK_FALSE(normal_host_name(std::string(64, 'a') + ".net"));
  std::string longest;
  while (longest.size() < 254) {
    longest += "abcdefg.";
  }
  CHECK_FALSE(normal_host_name(longest));
  CHECK_FALSE(normal_host_name(std::string_view("a\0b.net", 7)));
}
