// Compiled once for each target, with its name in UT_FUZZ_TARGET.
#include "tests/fuzz/targets.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  ut::fuzz::UT_FUZZ_TARGET({octets, size});
  return 0;
}
