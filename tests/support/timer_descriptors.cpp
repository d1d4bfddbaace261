#include "tests/support/timer_descriptors.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace ut::test {
namespace {

// The value of a line "NAME: VALUE" of a descriptor's information; empty when there is none.
std::string fact(int fd, const std::string& name) {
  std::ifstream file("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ": ")) {
      return line.substr(name.size() + 2);
    }
  }
  return {};
}

}  // namespace

int timer_of(clockid_t clock) {
  int found = -1;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    const int fd = std::stoi(entry.path().filename().string());
    if (fact(fd, "clockid") == std::to_string(clock)) {
      if (found >= 0) {
        return -1;
      }
      found = fd;
    }
  }
  return found;
}

unsigned timer_flags(int timer) {
  return static_cast<unsigned>(std::stoul(fact(timer, "settime flags"), nullptr, 8));
}

long seconds_left(int timer) {
  itimerspec left{};
  if (::timerfd_gettime(timer, &left) != 0) {
    throw std::runtime_error("no timer");
  }
  return left.it_value.tv_sec + (left.it_value.tv_nsec > 0 ? 1 : 0);
}

void set_off(int timer) {
  itimerspec now{};
  now.it_value.tv_nsec = 1;
  if (::timerfd_settime(timer, 0, &now, nullptr) != 0) {
    throw std::runtime_error("no timer");
  }
}

}  // namespace ut::test
