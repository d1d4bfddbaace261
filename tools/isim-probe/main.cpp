// isim-probe: looks at readers, cards and the ISIM through PC/SC.
#include "base/durable_file.h"
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

World this_machine() {
  const char* const no_color = std::getenv("NO_COLOR");  // https://no-color.org
  return {.watch = isim::pcsc::watch_readers,
          .connect = isim::pcsc::PcscTransport::connect,
          .out = [](ByteView octets) { (void)write_whole(STDOUT_FILENO, octets); },
          .err = [](std::string_view text) { (void)write_whole(STDERR_FILENO, as_bytes(text)); },
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
