#include "base/secret.h"

#include "base/locked_memory_room.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>

namespace ut {
namespace locked_memory {
namespace {

// Blocks come in size classes of 2^n * {4,5,6,7}/4 octets, which wastes at most a fifth of a block.
constexpr std::size_t kSmallest = 32;
constexpr std::size_t kLargest = 64 * 1024;
constexpr std::size_t kChunk = 256 * 1024;
constexpr std::size_t kClassCount = 4 * 11 + 1;
constexpr std::size_t kAlign = 16;

constexpr std::size_t class_size(std::size_t index) {
  return (kSmallest << (index / 4)) / 4 * (4 + index % 4);
}
static_assert(class_size(kClassCount - 1) == kLargest);

constexpr std::size_t class_of(std::size_t octets) {
  if (octets <= kSmallest) {
    return 0;
  }
  const auto exponent = static_cast<std::size_t>(std::bit_width(octets - 1)) - 1;
  const std::size_t base = std::size_t{1} << exponent;
  const std::size_t quarter = base / 4;
  const std::size_t step = (octets - base + quarter - 1) / quarter;
  return (exponent - 5) * 4 + step;
}
static_assert(class_of(33) == 1 && class_size(1) == 40 && class_of(40) == 1 && class_of(41) == 2);
static_assert(class_of(64) == 4 && class_of(kLargest) == kClassCount - 1);

struct Header {
  std::size_t capacity;  // octets after the header
  std::size_t class_index;
};
static_assert(sizeof(Header) == kAlign);
constexpr std::size_t kOwnMapping = static_cast<std::size_t>(-1);

constexpr std::size_t kHeader = sizeof(Header);

struct FreeBlock {
  FreeBlock* next;
};

void* map_locked(std::size_t octets) noexcept {
  void* pages = ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    return nullptr;
  }
  // MLOCK_ONFAULT: pages are locked as they are touched, so an idle pool stays small.
  if (::mlock2(pages, octets, MLOCK_ONFAULT) != 0 || ::madvise(pages, octets, MADV_DONTDUMP) != 0) {
    const int reason = errno;
    ::munmap(pages, octets);
    errno = reason;
    return nullptr;
  }
  return pages;
}

class Pool {
 public:
  void* allocate(std::size_t octets) noexcept {
    const std::lock_guard lock(mutex_);
    if (octets > kLargest) {
      return allocate_mapping(octets);
    }
    const std::size_t index = class_of(octets);
    in_use_ += class_size(index);
    if (FreeBlock* block = free_[index]; block != nullptr) {
      free_[index] = block->next;
      block->next = nullptr;
      return block;
    }
    const std::size_t capacity = (class_size(index) + kAlign - 1) / kAlign * kAlign;
    if (static_cast<std::size_t>(end_ - next_) < kHeader + capacity) {
      auto* chunk = static_cast<std::uint8_t*>(map_locked(kChunk));
      if (chunk == nullptr) {
        in_use_ -= class_size(index);
        return nullptr;
      }
      next_ = chunk;
      end_ = chunk + kChunk;
    }
    new (next_) Header{capacity, index};
    void* block = next_ + kHeader;
    next_ += kHeader + capacity;
    return block;
  }

  void release(void* block) noexcept {
    Header* header = header_of(block);
    const std::lock_guard lock(mutex_);
    ::explicit_bzero(block, header->capacity);
    if (header->class_index == kOwnMapping) {
      in_use_ -= header->capacity;
      ::munmap(header, header->capacity + kHeader);
      return;
    }
    in_use_ -= class_size(header->class_index);
    free_[header->class_index] = new (block) FreeBlock{free_[header->class_index]};
  }

  static Header* header_of(void* block) noexcept {
    return reinterpret_cast<Header*>(static_cast<std::uint8_t*>(block) - kHeader);
  }

  std::size_t in_use() noexcept {
    const std::lock_guard lock(mutex_);
    return in_use_;
  }

 private:
  void* allocate_mapping(std::size_t octets) noexcept {
    const std::size_t whole = (octets + kHeader + 4095) / 4096 * 4096;
    auto* pages = static_cast<std::uint8_t*>(map_locked(whole));
    if (pages == nullptr) {
      return nullptr;
    }
    new (pages) Header{whole - kHeader, kOwnMapping};
    in_use_ += whole - kHeader;
    return pages + kHeader;
  }

  std::mutex mutex_;
  std::array<FreeBlock*, kClassCount> free_{};
  std::uint8_t* next_ = nullptr;
  std::uint8_t* end_ = nullptr;
  std::size_t in_use_ = 0;
};

// Never destroyed: secrets with static lifetime may be released after every destructor has run.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

Result<void> require() {
  void* probe = pool().allocate(kSmallest);
  if (probe == nullptr) {
    return fail(ErrorCode::locked_memory_unavailable, "locked_memory::require",
                ForeignNumber{ForeignKind::system, errno});
  }
  pool().release(probe);
  return {};
}

Result<void> require_room(std::size_t octets) {
  void* const probe = map_locked(octets);
  if (probe == nullptr) {
    return fail(ErrorCode::locked_memory_unavailable, "locked_memory::require_room",
                ForeignNumber{ForeignKind::system, errno},
                std::to_string(octets / 1024) + " kB are needed at least");
  }
  ::munmap(probe, octets);
  return {};
}

void* allocate(std::size_t octets) noexcept {
  return pool().allocate(octets);
}

void* reallocate(void* block, std::size_t octets) noexcept {
  if (block == nullptr) {
    return allocate(octets);
  }
  const std::size_t capacity = Pool::header_of(block)->capacity;
  if (octets <= capacity) {
    return block;
  }
  void* moved = allocate(octets);
  if (moved != nullptr) {
    std::memcpy(moved, block, capacity);
    release(block);
  }
  return moved;
}

void release(void* block) noexcept {
  if (block != nullptr) {
    pool().release(block);
  }
}

std::size_t in_use() noexcept {
  return pool().in_use();
}

}  // namespace locked_memory

void wipe(std::span<std::uint8_t> octets) noexcept {
  if (!octets.empty()) {  // an empty span may hold a null pointer
    ::explicit_bzero(octets.data(), octets.size());
  }
}

Result<void> forbid_core_dumps() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(ErrorCode::system_call_failed, "forbid_core_dumps",
                ForeignNumber{ForeignKind::system, errno});
  }
  return {};
}

SecretBytes::SecretBytes(std::size_t octets) : size_(octets) {
  if (octets == 0) {
    return;
  }
  data_ = static_cast<std::uint8_t*>(locked_memory::allocate(octets));
  if (data_ == nullptr) {
    throw std::bad_alloc();
  }
  std::memset(data_, 0, octets);
}

SecretBytes SecretBytes::copy_of(ByteView octets) {
  SecretBytes copy(octets.size());
  std::copy(octets.begin(), octets.end(), copy.data_);
  return copy;
}

SecretBytes::~SecretBytes() {
  locked_memory::release(data_);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    locked_memory::release(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

}  // namespace ut
