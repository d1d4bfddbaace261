#include "agent/local/caller.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string>

using ut::local::hash_token;
using ut::local::peer_credentials;
using ut::local::token_claim;
using ut::local::token_hash_from_hex;
using ut::local::unit_of_cgroup;

TEST_CASE("the kernel tells who is at the other end", "[API-2]") {
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
  const auto peer = peer_credentials(pair[0]);
  REQUIRE(peer);
  CHECK(peer->uid == ::geteuid());
  CHECK(peer->pid == ::getpid());
  CHECK(std::ranges::find(peer->groups, ::getegid()) != peer->groups.end());
  std::array<char, PATH_MAX> self{};
  const auto octets = ::readlink("/proc/self/exe", self.data(), self.size());
  REQUIRE(octets > 0);
  CHECK(peer->executable == std::string(self.data(), static_cast<std::size_t>(octets)));
  ::close(pair[0]);
  ::close(pair[1]);
  const auto closed = peer_credentials(pair[0]);
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ut::ErrorCode::system_call_failed);
}

TEST_CASE("the unit is read from the control group", "[API-2]") {
  CHECK(unit_of_cgroup("0::/system.slice/presence.service\n") == "presence.service");
  CHECK(unit_of_cgroup("0::/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope\n") ==
        "app-x.scope");
  CHECK(unit_of_cgroup("0::/system.slice/presence.service/sub\n") == "presence.service");
  CHECK(unit_of_cgroup("0::/\n").empty());
  CHECK(unit_of_cgroup("").empty());
}

TEST_CASE("a token is claimed with Basic or Bearer and nothing else", "[API-2]") {
  const auto claim = token_claim("Basic " + ut::to_base64(ut::as_bytes("app:to:ken")));
  REQUIRE(claim);
  CHECK(claim->application == "app");
  CHECK(claim->hash == hash_token("to:ken"));
  CHECK(token_claim("bAsIc   YXBwOng="));
  for (const char* value : {"", "Basic", "Basic ", "Basic YXBw", "Basic YXBwOng",
                            "Digest YXBwOng=", "Basic YXBwOng= x", "BasicYXBwOng=", "Bearer",
                            "Bearer ", "Bearer a b", "Bearer a:b", "Bearer \"a\"", "BearerYXBw"}) {
    INFO(value);
    CHECK_FALSE(token_claim(value));
  }
  const auto bearer = token_claim("bEARER  to-ken.1_~+/==");
  REQUIRE(bearer);
  CHECK(bearer->application == std::nullopt);
  CHECK(bearer->hash == hash_token("to-ken.1_~+/=="));
}

TEST_CASE("claims that came before are told apart by every octet", "[API-2]") {
  ut::local::TokenClaims claims;
  std::size_t with_eight = 0;
  for (int round = 0; round < 2; ++round) {
    // More than are kept, of one length.
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      const std::string token = "token-" + std::string(1, letter);
      INFO(token);
      for (int again = 0; again < 2; ++again) {
        const auto claim = claims.read("Bearer " + token);
        REQUIRE(claim);
        CHECK(claim->application == std::nullopt);
        CHECK(claim->hash == hash_token(token));
      }
      if (round == 0 && letter == 'h') {
        with_eight = ut::locked_memory::in_use();
      }
    }
    CHECK(ut::locked_memory::in_use() == with_eight);
  }
  const auto basic = claims.read("Basic " + ut::to_base64(ut::as_bytes("app:token-z")));
  REQUIRE(basic);
  CHECK(basic->application == "app");
  CHECK(basic->hash == hash_token("token-z"));
  const std::size_t with_basic = ut::locked_memory::in_use();
  for (int again = 0; again < 2; ++again) {
    CHECK_FALSE(claims.read("Bearer a b"));
    const auto longest = claims.read("Bearer " + std::string(5000, 'x'));
    REQUIRE(longest);
    CHECK(longest->hash == hash_token(std::string(5000, 'x')));
    CHECK(ut::locked_memory::in_use() == with_basic);
  }
}

TEST_CASE("token hashes are 64 hexadecimal digits", "[API-2]") {
  // FIPS 180-2 appendix B.1: SHA-256 of "abc".
  const auto* text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(token_hash_from_hex(text) == hash_token("abc"));
  CHECK_FALSE(token_hash_from_hex("ba78"));
  CHECK_FALSE(token_hash_from_hex(""));
}
