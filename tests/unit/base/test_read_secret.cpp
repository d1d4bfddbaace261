#include "base/file_descriptor.h"
#include "base/read_secret.h"
#include "tests/support/catch.h"

#include <unistd.h>

#include <array>
#include <cerrno>

using namespace ut;

namespace {

// A pipe that holds `text` and whose writer has gone.
FileDescriptor pipe_with(std::string_view text) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const FileDescriptor writer(ends[1]);
  REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return FileDescriptor(ends[0]);
}

}  // namespace

TEST_CASE("a secret is read to its end or to the greatest size", "[KEY-4]") {
  CHECK(as_text(read_secret(pipe_with("12345678").get(), 64)->expose()) == "12345678");
  CHECK(as_text(read_secret(pipe_with("12345678").get(), 5)->expose()) == "12345");
  CHECK(read_secret(pipe_with("").get(), 64)->empty());
  errno = 0;
  CHECK_FALSE(read_secret(-1, 64).has_value());
  CHECK(errno == EBADF);
}
