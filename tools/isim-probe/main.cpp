// isim-probe: looks at readers, cards and the ISIM through PC/SC.
#include "base/secret.h"
#include "isim/pcsc/pcsc_transport.h"
#include "isim/pcsc/reader_monitor.h"
#include "tools/isim-probe/run.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace ut;
using namespace ut::probe;

void write_to(int fd, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written <= 0) {
      return;
    }
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
}

World this_machine() {
  const char* const no_color = std::getenv("NO_COLOR");  // https://no-color.org
  return {.watch = isim::pcsc::watch_readers,
          .connect = isim::pcsc::PcscTransport::connect,
          .out = [](ByteView octets) { write_to(STDOUT_FILENO, octets); },
          .err = [](std::string_view text) { write_to(STDERR_FILENO, as_bytes(text)); },
          .in = STDIN_FILENO,
          .coloured_terminal =
              ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0')};
}

}  // namespace

int main(int argc, char** argv) {
  World world = this_machine();
  for (const auto& done : {forbid_core_dumps(), locked_memory::require()}) {
    if (!done) {
      world.err(show(done.error(), Format::text));
      return static_cast<int>(exit_of(done.error()));
    }
  }
  try {
    return run({argv + 1, argv + argc}, world);
  } catch (const std::exception& error) {
    world.err("isim-probe: " + std::string(error.what()) + "\n");
    return static_cast<int>(Exit::other);
  }
}
