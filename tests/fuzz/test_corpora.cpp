#include "tests/fuzz/targets.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <algorithm>
#include <filesystem>
#include <string>

using namespace ut;

// Each input was found by a fuzzer or seeds one; a target aborts where it fails.
TEST_CASE("every input of the corpora is survived", "[IS-2][IS-3][IS-4][IS-5][IS-8]") {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(UT_SOURCE_ROOT) / "tests/fuzz/corpus";
  for (const fuzz::Target& target : fuzz::kTargets) {
    std::size_t inputs = 0;
    for (const auto& entry : fs::directory_iterator(root / target.name)) {
      INFO(entry.path().string());
      const std::string octets =
          test::source_file(fs::relative(entry.path(), UT_SOURCE_ROOT).string());
      target.run(as_bytes(octets));
      // Cut short anywhere, it is one that a card or a server may send, too.
      for (std::size_t size = 0; size < std::min<std::size_t>(octets.size(), 64); ++size) {
        target.run(as_bytes(octets).first(size));
      }
      ++inputs;
    }
    INFO(target.name);
    CHECK(inputs > 0);
  }
}
