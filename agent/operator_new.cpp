// operator new and delete of ut-agent. What a request takes from the heap it gives back a moment
// later: each thread keeps such blocks in lists by size and gives out the latest one first, which
// the processor still has in its caches. glibc joins and splits those of more than a kilobyte
// instead, and walks through colder memory; tests/bench/README.md says what that costs.
#include <malloc.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// Blocks of the first list have kStep octets, and of each list kStep more than of the one before,
// less the size that glibc writes before each.
constexpr std::size_t kStep = 64;
constexpr std::size_t kHead = sizeof(std::size_t);
constexpr std::size_t kLists = 128;
constexpr std::size_t kLargest = kLists * kStep - kHead;
// Octets that a list keeps at most: the blocks of some dozens of requests.
constexpr std::size_t kKept = 64 * 1024;

struct Kept {
  std::uintptr_t next;
};

// As glibc does: whoever can write over a block that was given back cannot choose an address
// without knowing one.
std::uintptr_t masked(const Kept* next, const Kept* place) noexcept {
  return reinterpret_cast<std::uintptr_t>(next) ^ (reinterpret_cast<std::uintptr_t>(place) >> 12);
}

class BlockLists {
 public:
  // nullptr when the list is empty.
  void* take(std::size_t list) noexcept {
    Kept* const block = first_[list];
    if (block == nullptr) {
      return nullptr;
    }
    auto* const next =
        reinterpret_cast<Kept*>(masked(reinterpret_cast<const Kept*>(block->next), block));
    if (reinterpret_cast<std::uintptr_t>(next) % alignof(std::max_align_t) != 0) {
      std::abort();
    }
    first_[list] = next;
    --count_[list];
    return block;
  }

  // False when the list is full.
  bool keep(void* memory, std::size_t list) noexcept {
    if (closed_ || count_[list] * (list + 1) * kStep >= kKept) {
      return false;
    }
    auto* const block = static_cast<Kept*>(memory);
    if (block == first_[list]) {
      std::abort();  // given back twice
    }
    block->next = masked(first_[list], block);
    first_[list] = block;
    ++count_[list];
    return true;
  }

  bool watched() const noexcept { return watched_; }
  void watch() noexcept { watched_ = true; }

  // At the end of the thread: nothing is kept any more.
  void close() noexcept {
    closed_ = true;
    for (std::size_t list = 0; list < kLists; ++list) {
      while (void* const block = take(list)) {
        std::free(block);
      }
    }
  }

 private:
  std::array<Kept*, kLists> first_{};
  std::array<std::uint16_t, kLists> count_{};
  bool watched_ = false;
  bool closed_ = false;
};

constinit thread_local BlockLists lists;

struct ThreadEnd {
  ThreadEnd() noexcept { lists.watch(); }
  ~ThreadEnd() { lists.close(); }
  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;
};

void watch_thread_end() noexcept {
  static const thread_local ThreadEnd end;
}

// The list whose blocks have room for `size` octets.
constexpr std::size_t list_for(std::size_t size) noexcept {
  return (size + kHead - 1) / kStep;
}

// The list whose blocks a block of `room` octets can stand in for; kLists or more: none.
constexpr std::size_t list_of(std::size_t room) noexcept {
  return (room + kHead) / kStep - 1;
}

constexpr std::size_t room_of(std::size_t list) noexcept {
  return (list + 1) * kStep - kHead;
}

static_assert(list_for(kLargest) == kLists - 1 && room_of(kLists - 1) == kLargest);
static_assert(list_for(room_of(7)) == 7 && list_for(room_of(7) + 1) == 8 &&
              list_of(room_of(7)) == 7);

void* from_heap(std::size_t size) {
  for (;;) {
    if (void* const block = std::malloc(size)) {
      return block;
    }
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) {
      throw std::bad_alloc();
    }
    handler();
  }
}

}  // namespace

void* operator new(std::size_t size) {
  if (size > kLargest) {
    return from_heap(size);
  }
  const std::size_t list = list_for(size);
  if (void* const block = lists.take(list)) {
    return block;
  }
  return from_heap(room_of(list));
}

void operator delete(void* block) noexcept {
  if (block == nullptr) {
    return;
  }
  if (!lists.watched()) {
    watch_thread_end();
  }
  const std::size_t list = list_of(::malloc_usable_size(block));
  if (list >= kLists || !lists.keep(block, list)) {
    std::free(block);
  }
}

// The size is what the caller believes; glibc knows it.
void operator delete(void* block, std::size_t) noexcept {
  operator delete(block);
}

void* operator new[](std::size_t size) {
  return operator new(size);
}
void operator delete[](void* block) noexcept {
  operator delete(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  operator delete(block);
}
