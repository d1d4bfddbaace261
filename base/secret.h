// Secrets as types: move-only, wiped on destruction and on move, in memory that is locked and left
// out of core dumps. There is no operator<< and no conversion to text: expose() is the audit point.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace ut {

// Locked memory: pages under mlock(2) and MADV_DONTDUMP; every block is wiped when it is freed.
// Thread safe.
namespace locked_memory {

// Makes sure that memory can be locked at all; call once at start and refuse to start on an error.
Result<void> require();

// nullptr when no more memory can be locked.
void* allocate(std::size_t octets) noexcept;
void* reallocate(void* block, std::size_t octets) noexcept;
void release(void* block) noexcept;

// Octets handed out at this moment.
std::size_t in_use() noexcept;

}  // namespace locked_memory

// Overwrites octets in a way that the compiler does not remove.
void wipe(std::span<std::uint8_t> octets) noexcept;

// No core dump and no ptrace by others for this process: RLIMIT_CORE 0 and PR_SET_DUMPABLE 0.
Result<void> forbid_core_dumps();

// A secret of any length. Throws std::bad_alloc when no memory can be locked.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t octets);  // zeroed
  static SecretBytes copy_of(ByteView octets);
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView expose() const { return {data_, size_}; }
  std::span<std::uint8_t> expose_mutable() { return {data_, size_}; }
  SecretBytes clone() const { return copy_of(expose()); }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// A secret of exactly N octets; a moved-from value is empty and expose() of it aborts.
template <class Tag, std::size_t N>
class SizedSecret {
 public:
  static constexpr std::size_t size = N;

  SizedSecret() : octets_(N) {}  // zeroed
  static std::optional<SizedSecret> from(ByteView octets) {
    if (octets.size() != N) {
      return std::nullopt;
    }
    SizedSecret value;
    std::copy(octets.begin(), octets.end(), value.octets_.expose_mutable().begin());
    return value;
  }

  std::span<const std::uint8_t, N> expose() const { return checked(octets_.expose()); }
  std::span<std::uint8_t, N> expose_mutable() {
    auto view = octets_.expose_mutable();
    if (view.size() != N) {
      std::abort();
    }
    return std::span<std::uint8_t, N>(view);
  }
  SizedSecret clone() const { return *from(expose()); }

 private:
  static std::span<const std::uint8_t, N> checked(ByteView view) {
    if (view.size() != N) {
      std::abort();
    }
    return std::span<const std::uint8_t, N>(view);
  }
  SecretBytes octets_;
};

}  // namespace ut
