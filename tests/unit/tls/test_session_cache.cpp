#include "tls/session_cache.h"

#include "tests/support/catch.h"

using namespace ut;
using namespace ut::tls;
using namespace std::chrono_literals;

namespace {

class SetClock final : public Clock {
 public:
  UtcTime utc() const override { return now; }
  SteadyTime steady() const override { return {}; }
  UtcTime now{1000000h};
};

// Never opened: the cache does not look inside a session.
std::shared_ptr<WOLFSSL_SESSION> handle(int& owner) {
  return {std::shared_ptr<void>(&owner, [](void* at) { --*static_cast<int*>(at); }),
          reinterpret_cast<WOLFSSL_SESSION*>(&owner)};
}

struct Fixture {
  SetClock clock;
  SessionCache cache{clock, 3};
  int alive = 0;

  Session session(UtcTime authenticated, UtcTime certificate_end) {
    ++alive;
    return {.handle = handle(alive),
            .peer_certificate_end = certificate_end,
            .authenticated = authenticated};
  }
  Session fresh() { return session(clock.now, clock.now + 9000h); }
};

SessionKey key(std::string host, std::string b_tid = {}) {
  return {.host = std::move(host), .port = 443, .trust = "t", .b_tid = std::move(b_tid)};
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a session is found again under its whole key only", "[UT-6]") {
  cache.store(key("a.net", "x"), fresh());
  CHECK(cache.find(key("a.net", "x")) != nullptr);
  CHECK(cache.find(key("a.net")) == nullptr);
  CHECK(cache.find(key("a.net", "y")) == nullptr);
  CHECK(cache.find(key("b.net", "x")) == nullptr);
  CHECK(cache.find({.host = "a.net", .port = 444, .trust = "t", .b_tid = "x"}) == nullptr);
  CHECK(cache.find({.host = "a.net", .port = 443, .trust = "u", .b_tid = "x"}) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a session is not resumed at an age of 24 hours", "[UT-6]") {
  cache.store(key("a.net"), fresh());
  clock.now += 24h - 1s;
  CHECK(cache.find(key("a.net")) != nullptr);
  clock.now += 1s;
  CHECK(cache.find(key("a.net")) == nullptr);
  CHECK(cache.size() == 0);
  CHECK(alive == 0);
}

TEST_CASE_METHOD(Fixture, "age counts from the certificate check, however often renewed",
                 "[UT-6]") {
  const UtcTime checked = clock.now;
  cache.store(key("a.net"), fresh());
  clock.now += 23h;
  cache.store(key("a.net"), session(checked, clock.now + 9000h));
  clock.now += 1h;
  CHECK(cache.find(key("a.net")) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a session does not outlive the certificate", "[UT-6]") {
  cache.store(key("a.net"), session(clock.now, clock.now + 60s));
  clock.now += 59s;
  CHECK(cache.find(key("a.net")) != nullptr);
  clock.now += 1s;
  CHECK(cache.find(key("a.net")) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a clock that was set back makes no session younger", "[UT-6]") {
  cache.store(key("a.net"), fresh());
  clock.now -= 1s;
  CHECK(cache.find(key("a.net")) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a session that may not be resumed is not taken", "[UT-6]") {
  cache.store(key("a.net"), session(clock.now - 24h, clock.now + 9000h));
  cache.store(key("b.net"), session(clock.now, clock.now));
  cache.store(key("c.net"), Session{.handle = nullptr,
                                    .peer_certificate_end = clock.now + 1h,
                                    .authenticated = clock.now});
  CHECK(cache.size() == 0);
}

TEST_CASE_METHOD(Fixture, "the oldest session gives way when the cache is full", "[UT-6]") {
  for (const char* host : {"b.net", "a.net", "c.net"}) {
    cache.store(key(host), fresh());
    clock.now += 1s;
  }
  cache.store(key("a.net"), fresh());
  CHECK(cache.size() == 3);
  cache.store(key("d.net"), fresh());
  CHECK(cache.size() == 3);
  CHECK(cache.find(key("b.net")) == nullptr);
  CHECK(cache.find(key("d.net")) != nullptr);
  CHECK(alive == 3);
}

TEST_CASE_METHOD(Fixture, "a failed authentication forgets every session of that server",
                 "[UT-12]") {
  cache.store(key("a.net"), fresh());
  cache.store(key("a.net", "x"), fresh());
  cache.store(key("b.net"), fresh());
  cache.forget("a.net", 443);
  CHECK(cache.size() == 1);
  CHECK(cache.find(key("b.net")) != nullptr);
  CHECK(alive == 1);
}

TEST_CASE_METHOD(Fixture, "the end of a bootstrapping ends its sessions and no others",
                 "[UT-6][KEY-3]") {
  cache.store(key("a.net"), fresh());
  cache.store(key("a.net", "x"), fresh());
  cache.store(key("b.net", "x"), fresh());
  cache.forget_b_tid("x");
  CHECK(cache.size() == 1);
  CHECK(cache.find(key("a.net")) != nullptr);
  cache.forget_all();
  CHECK(cache.size() == 0);
  CHECK(alive == 0);
}
