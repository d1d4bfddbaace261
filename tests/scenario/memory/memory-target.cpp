// What memory-scan proves itself on: a process that holds keys where keys may be. Reads 32 octets
// in hexadecimal digits for each place from standard input, as "HEAP STACK MAPPING LOCKED TEXT",
// says "ready" and waits for the end of standard input. TEXT lies in the heap as base64 behind one
// octet.

#include "base/encoding.h"
#include "base/secret.h"

#include <sys/mman.h>

#include <array>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

namespace {

constexpr std::size_t kKey = 32;

std::uint8_t nibble(char digit) {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

// Reads the digits one by one, so that no other copy of the key comes about.
void read_key(std::uint8_t* to) {
  for (std::size_t i = 0; i < kKey; ++i) {
    const char high = static_cast<char>((std::cin >> std::ws).get());
    const char low = static_cast<char>(std::cin.get());
    to[i] = static_cast<std::uint8_t>(nibble(high) << 4 | nibble(low));
  }
}

}  // namespace

int main() {
  // Without a buffer: what was read would stay in it.
  std::ios::sync_with_stdio(true);
  std::setvbuf(stdin, nullptr, _IONBF, 0);
  const auto heap = std::make_unique<std::array<std::uint8_t, kKey>>();
  std::array<std::uint8_t, kKey> stack{};
  void* const pages =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    return 1;
  }
  ut::SecretBytes locked(kKey);
  read_key(heap->data());
  read_key(stack.data());
  read_key(static_cast<std::uint8_t*>(pages));
  read_key(locked.expose_mutable().data());
  std::array<std::uint8_t, 1 + kKey> behind{};
  read_key(behind.data() + 1);
  const std::string text = ut::to_base64(behind);
  ut::wipe(behind);
  std::cout << "ready" << std::endl;
  while (std::cin.get() != std::istream::traits_type::eof()) {
  }
  // Used after the wait, so that the compiler keeps them where they are.
  return (*heap)[0] == stack[0] && text.empty() ? 3 : 0;
}
