#include "agent/card/pin_latch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace ut::card {
namespace {

std::unexpected<Error> not_written(const std::filesystem::path& file) {
  return fail(ErrorCode::config_unreadable, "PIN latch", ForeignNumber{ForeignKind::system, errno},
              file.string() + " cannot be written");
}

bool write_all(int fd, const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t written = ::write(fd, text.data() + at, text.size() - at);
    if (written < 0) {
      return false;
    }
    at += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

std::string pin_source_of(const std::filesystem::path& pin_file) {
  struct stat status{};
  if (::stat(pin_file.c_str(), &status) != 0) {
    return {};
  }
  return std::to_string(status.st_dev) + "." + std::to_string(status.st_ino) + "." +
         std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

PinLatch::PinLatch(std::filesystem::path file, std::string pin_source)
    : file_(std::move(file)), pin_source_(std::move(pin_source)) {
  if (!file_.empty()) {
    load();
  }
}

// Three lines: ICCID, tries left before the try, source of the PIN.
void PinLatch::load() {
  std::error_code error;
  if (!std::filesystem::exists(file_, error) && !error) {
    return;
  }
  Entry entry;
  std::string tries;
  std::ifstream in(file_);
  if (std::getline(in, entry.iccid) && std::getline(in, tries) &&
      std::getline(in, entry.pin_source) && tries.size() == 1 && tries[0] >= '0' &&
      tries[0] <= '9') {
    entry.tries_left = static_cast<unsigned>(tries[0] - '0');
    entry_ = entry;
    return;
  }
  entry_ = Entry{{}, pin_source_, 0};
}

Result<void> PinLatch::before_verify(const std::string& iccid, unsigned tries_left) {
  const std::lock_guard lock(mutex_);
  if (entry_ && entry_->pin_source == pin_source_ &&
      (entry_->iccid.empty() || entry_->iccid == iccid)) {
    std::string detail = "it was not accepted before and is not tried again until it is corrected";
    if (!file_.empty()) {
      detail += " or " + file_.string() + " is removed";
    }
    return fail(ErrorCode::pin_wrong, "PIN latch", std::move(detail));
  }
  const Entry entry{iccid, pin_source_, tries_left};
  if (!file_.empty()) {
    TRY_VOID(store(entry));
  }
  entry_ = entry;
  return {};
}

Result<void> PinLatch::store(const Entry& entry) {
  const std::filesystem::path fresh = file_.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return not_written(fresh);
  }
  const std::string text =
      entry.iccid + "\n" + std::to_string(entry.tries_left) + "\n" + entry.pin_source + "\n";
  const bool written = write_all(fd, text) && ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  if (!written || ::rename(fresh.c_str(), file_.c_str()) != 0) {
    errno = written ? errno : reason;
    return not_written(file_);
  }
  // The name must be on disk too before the PIN is sent.
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd >= 0) {
    ::fsync(folder_fd);
    ::close(folder_fd);
  }
  return {};
}

void PinLatch::after_success(const std::string&) {
  const std::lock_guard lock(mutex_);
  entry_.reset();
  if (!file_.empty()) {
    std::error_code ignored;  // the next start then refuses the PIN, which is the safe side
    std::filesystem::remove(file_, ignored);
  }
}

}  // namespace ut::card
