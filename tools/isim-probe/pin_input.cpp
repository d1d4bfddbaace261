#include "tools/isim-probe/pin_input.h"

#include "base/file_descriptor.h"
#include "isim/pin_form.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace ut::probe {
namespace {

constexpr std::size_t kLongestLine = 64;

std::unexpected<Error> unreadable(std::string detail) {
  return fail(ErrorCode::config_unreadable, "PIN", std::move(detail));
}

// One line, without its end; what follows it in the buffer is dropped.
Result<SecretBytes> read_line(int fd) {
  SecretBytes buffer(kLongestLine);
  std::size_t size = 0;
  while (size < kLongestLine) {
    const ssize_t got = ::read(fd, buffer.expose_mutable().data() + size, kLongestLine - size);
    if (got < 0) {
      return fail(ErrorCode::config_unreadable, "PIN", ForeignNumber{ForeignKind::system, errno});
    }
    size += static_cast<std::size_t>(got);
    const auto text = as_text(buffer.expose().first(size));
    if (got == 0 || text.find('\n') != std::string_view::npos) {
      break;
    }
  }
  const auto text = as_text(buffer.expose().first(size));
  return SecretBytes::copy_of(buffer.expose().first(std::min(text.find_first_of("\r\n"), size)));
}

// The terminal as it was, whatever happens.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    if (known_) {
      termios silent = before_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      ::tcsetattr(fd, TCSAFLUSH, &silent);
    }
  }
  ~Silence() {
    if (known_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int fd_;
  termios before_{};
  bool known_;
};

void say(int fd, std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

}  // namespace

Result<SecretBytes> read_pin_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return fail(ErrorCode::config_unreadable, "PIN", ForeignNumber{ForeignKind::system, errno},
                path);
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
    return unreadable(path + " must be a file with mode 0600");
  }
  return read_line(file.get());
}

Result<SecretBytes> ask_for(std::string_view what, std::string_view option) {
  const FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0) {
    return unreadable("no terminal to ask for the " + std::string(what) + " on; use " +
                      std::string(option));
  }
  const Silence silence(terminal.get());
  say(terminal.get(), std::string(what) + ": ");
  auto pin = read_line(terminal.get());
  say(terminal.get(), "\n");
  return pin;
}

Result<SecretBytes> pin_from(const std::string& file, std::string_view what,
                             std::string_view option) {
  return file.empty() ? ask_for(what, option) : read_pin_file(file);
}

Result<SecretBytes> new_pin_from(const std::string& file) {
  TRY(SecretBytes pin, pin_from(file, "new PIN", "--new-pin-file"));
  if (!isim::is_pin(pin.expose())) {
    return fail(ErrorCode::pin_malformed, "new PIN");
  }
  if (file.empty()) {
    TRY(const SecretBytes again, ask_for("new PIN again", "--new-pin-file"));
    if (!std::ranges::equal(pin.expose(), again.expose())) {
      return fail(ErrorCode::input_malformed, "new PIN",
                  "the two are not the same; nothing was sent");
    }
  }
  return pin;
}

}  // namespace ut::probe
