#include "base/locked_memory_room.h"
#include "base/secret.h"
#include "tests/support/catch.h"

#include <sstream>
#include <type_traits>

using namespace ut;

namespace {

struct KeyTag;
using Key = SizedSecret<KeyTag, 16>;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

}  // namespace

static_assert(!Printable<SecretBytes> && !Printable<Key>);
static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<Key>);
static_assert(!std::is_convertible_v<SecretBytes, Bytes>);

TEST_CASE("a secret is wiped when it is destroyed", "[KEY-4]") {
  const std::uint8_t* at = nullptr;
  {
    const auto secret = SecretBytes::copy_of(as_bytes("sixteen octets!!"));
    at = secret.expose().data();
    REQUIRE(at[8] == 'o');
  }
  // Its block is still mapped (the pool keeps it); beyond the free list's pointer it is zero.
  for (int i = 8; i < 16; ++i) {
    CHECK(at[i] == 0);
  }
}

TEST_CASE("a moved-from secret is empty and its block has one owner", "[KEY-4]") {
  auto first = SecretBytes::copy_of(as_bytes("key"));
  const auto* block = first.expose().data();
  const SecretBytes second = std::move(first);
  CHECK(first.empty());
  CHECK(second.expose().data() == block);
}

TEST_CASE("a sized secret takes exactly its octets") {
  CHECK_FALSE(Key::from(Bytes(15)).has_value());
  CHECK_FALSE(Key::from(Bytes(17)).has_value());
  const auto key = Key::from(as_bytes("0123456789abcdef"));
  REQUIRE(key.has_value());
  CHECK(as_text(key->clone().expose()) == "0123456789abcdef");
}

TEST_CASE("locked memory serves small and large blocks and gives them back", "[KEY-4]") {
  const std::size_t before = locked_memory::in_use();
  for (const std::size_t size :
       {1UL, 32UL, 33UL, 63UL, 64UL, 65UL, 1000UL, 65536UL, 65537UL, 1000000UL}) {
    void* block = locked_memory::allocate(size);
    REQUIRE(block != nullptr);
    REQUIRE(reinterpret_cast<std::uintptr_t>(block) % 16 == 0);
    std::fill_n(static_cast<std::uint8_t*>(block), size, std::uint8_t{0xa5});
    CHECK(locked_memory::in_use() > before);
    locked_memory::release(block);
    CHECK(locked_memory::in_use() == before);
  }
}

TEST_CASE("growing a block keeps its octets and wipes the old place", "[KEY-4]") {
  auto* small = static_cast<std::uint8_t*>(locked_memory::allocate(40));
  std::fill_n(small, 40, std::uint8_t{7});
  auto* large = static_cast<std::uint8_t*>(locked_memory::reallocate(small, 4000));
  REQUIRE(large != small);
  CHECK(std::all_of(large, large + 40, [](auto octet) { return octet == 7; }));
  CHECK(std::all_of(small + 8, small + 40, [](auto octet) { return octet == 0; }));
  locked_memory::release(large);
}

TEST_CASE("more memory than may be locked is told at once, with what to do", "[KEY-4]") {
  REQUIRE(locked_memory::require_room(4096));
  const std::size_t before = locked_memory::in_use();
  // More than any machine has: what RLIMIT_MEMLOCK refuses is shown by the scenario locked-memory.
  const auto refused = locked_memory::require_room(std::size_t{1} << 46);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::locked_memory_unavailable);
  CHECK(to_text(refused.error()).find("RLIMIT_MEMLOCK") != std::string::npos);
  CHECK(locked_memory::in_use() == before);
}
