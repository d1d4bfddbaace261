#include "agent/card/card_thread.h"
#include "tests/support/catch.h"

#include <cstdint>
#include <cstring>
#include <future>

using namespace ut;

namespace {

constexpr std::size_t kDepth = 16 * 1024;
constexpr std::uint8_t kMark = 0xa7;

// Leaves marks on the stack, as a function that computes with a key does, and tells where.
__attribute__((noinline, no_sanitize("address"))) void leave_marks(std::uintptr_t& where) {
  volatile std::uint8_t area[kDepth];
  for (auto& octet : area) {
    octet = kMark;
  }
  where = reinterpret_cast<std::uintptr_t>(&area[0]);
}

// Below the stack pointer nothing is an object any more, which is what sanitizers would say.
__attribute__((noinline, no_sanitize("address"), no_sanitize("undefined"))) std::size_t marks_at(
    std::uintptr_t address) {
  std::size_t marks = 0;
  for (std::size_t i = 0; i < kDepth; ++i) {
    marks += *reinterpret_cast<const volatile std::uint8_t*>(address + i) == kMark ? 1 : 0;
  }
  return marks;
}

}  // namespace

TEST_CASE("what a job left on the stack of the card thread is wiped", "[KEY-4]") {
  card::CardThread thread;
  std::promise<std::uintptr_t> left;
  std::promise<std::size_t> seen_within;
  thread.post([&] {
    std::uintptr_t at = 0;
    leave_marks(at);
    seen_within.set_value(marks_at(at));
    left.set_value(at);
  });
  const auto at = left.get_future().get();
  // The search finds them while nothing has been wiped.
  CHECK(seen_within.get_future().get() > kDepth / 2);
  std::promise<std::size_t> seen_after;
  thread.post([&] { seen_after.set_value(marks_at(at)); });
  CHECK(seen_after.get_future().get() < kDepth / 16);
}
