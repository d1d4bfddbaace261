#include "tests/support/catch.h"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <new>
#include <thread>
#include <vector>

namespace {

// The compiler knows what operator new and delete mean, and would take pairs of them away.
void* (*volatile take)(std::size_t) = ::operator new;
void (*volatile give)(void*) = ::operator delete;

// Octets that the program has from the heap of glibc.
std::size_t in_use() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// The signal that ends a process of its own which runs `body`; 0: none.
int signal_of(const std::function<void()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // Catch2's handler would tell of it
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the block that was given back last is given out first") {
  void* const first = take(1500);
  void* const second = take(1500);
  give(first);
  give(second);
  void* const third = take(1490);
  void* const fourth = take(1500);
  CHECK(third == second);
  CHECK(fourth == first);
  give(third);
  give(fourth);
}

TEST_CASE("a block has room for what was asked for, at every size") {
  for (std::size_t size = 0; size < 10000; ++size) {
    void* const block = take(size);
    REQUIRE(::malloc_usable_size(block) >= size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
    give(block);
  }
}

TEST_CASE("blocks are kept up to a limit") {
  const std::size_t before = in_use();
  std::vector<void*> blocks(2000);
  for (void*& block : blocks) {
    block = take(1000);
  }
  CHECK(in_use() - before > 2'000'000);
  for (void* const block : blocks) {
    give(block);
  }
  CHECK(in_use() - before < 100'000);
}

TEST_CASE("a thread that ends keeps nothing") {
  const std::size_t before = in_use();
  std::size_t kept = 0;
  std::thread([&] {
    std::vector<void*> blocks(40);
    for (std::size_t size = 100; size < 8000; size += 64) {
      for (void*& block : blocks) {
        block = take(size);
      }
      for (void* const block : blocks) {
        give(block);
      }
    }
    kept = in_use() - before;
  }).join();
  CHECK(kept > 1'000'000);
  CHECK(in_use() - before < 100'000);
}

TEST_CASE("blocks that were given back and are written over or given back again end the process") {
  CHECK(signal_of([] { give(take(1500)); }) == 0);
  CHECK(signal_of([] {
          void* const block = take(1500);
          give(block);
          give(block);
        }) == SIGABRT);
  CHECK(signal_of([] {
          void* const block = take(1500);
          give(block);
          *static_cast<std::uintptr_t*>(block) ^= 1;
          (void)take(1500);
        }) == SIGABRT);
}

TEST_CASE("what no heap can give is refused, and the handler asked before") {
  static int asked = 0;
  const std::new_handler before = std::set_new_handler([] {
    ++asked;
    std::set_new_handler(nullptr);
  });
  CHECK_THROWS_AS(take(SIZE_MAX / 2), std::bad_alloc);
  CHECK(asked == 1);
  std::set_new_handler(before);
}
