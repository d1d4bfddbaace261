#include "base/clock.h"

#include "tests/support/catch.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace ut;
using namespace std::chrono_literals;

namespace {

// Whether the clock of the agent is a day ahead of the one that stands still during suspend.
bool a_day_was_slept_through() {
  const auto ahead = SystemClock().steady() - std::chrono::steady_clock::now();
  return ahead > 23h && ahead < 24h * 3650;
}

constexpr int kYes = 10;
constexpr int kNo = 11;
constexpr int kNoNamespace = 12;

// In a time namespace in which CLOCK_BOOTTIME is as after a day of suspend: a namespace is entered
// by the child of who made it.
int look_from_a_time_namespace() {
  if (::unshare(CLONE_NEWTIME) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWTIME) != 0) {
    return kNoNamespace;
  }
  std::ofstream offsets("/proc/self/timens_offsets");
  offsets << "boottime 86400 0" << std::endl;
  if (!offsets) {
    return kNoNamespace;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(a_day_was_slept_through() ? kYes : kNo);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the clock of lifetimes goes on while the machine sleeps", "[KEY-3][UB-9]") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::_exit(look_from_a_time_namespace());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    WARN("no time namespace can be made here");
    return;
  }
  CHECK(WEXITSTATUS(status) == kYes);
}
