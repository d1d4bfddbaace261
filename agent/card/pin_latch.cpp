#include "agent/card/pin_latch.h"

#include "base/durable_file.h"
#include "base/file_descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace ut::card {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "ut-agent PIN latch, cleared by: utctl pin clear";
// A card a day for a year; who needs more has to clear the file.
constexpr std::size_t kMaxEntries = 366;
constexpr std::string_view kToken = "token-";
constexpr std::size_t kLongestSerial = 32;

std::unexpected<Error> unusable(const fs::path& file, int number, std::string_view what) {
  return fail(ErrorCode::config_unreadable, "PIN latch", ForeignNumber{ForeignKind::system, number},
              file.string() + " cannot be " + std::string(what));
}

// The names in a folder must be on disk too.
Result<void> sync_names(const fs::path& file) {
  if (!sync_folder_of(file)) {
    return unusable(folder_of(file), errno, "written");
  }
  return {};
}

// What latch_name_of_token makes.
bool is_token(std::string_view name) {
  return name.starts_with(kToken) && std::ranges::all_of(name.substr(kToken.size()), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '_';
         });
}

// "ICCID TRIES SOURCE", '-' for an ICCID that is not known.
std::optional<LatchedPin> decode_line(const std::string& line) {
  const auto first = line.find(' ');
  const auto second = first == std::string::npos ? first : line.find(' ', first + 1);
  if (first == 0 || second == std::string::npos || second != first + 2) {
    return std::nullopt;
  }
  LatchedPin entry{line.substr(0, first), 0, line.substr(second + 1)};
  const char tries = line[first + 1];
  const bool digits = std::ranges::all_of(
      entry.iccid, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
  if (tries < '0' || tries > '9' || (!digits && entry.iccid != "-" && !is_token(entry.iccid))) {
    return std::nullopt;
  }
  entry.tries_left = static_cast<unsigned>(tries - '0');
  if (entry.iccid == "-") {
    entry.iccid.clear();
  }
  return entry;
}

std::string encode(const std::vector<LatchedPin>& entries) {
  std::string text(kTitle);
  text += '\n';
  for (const LatchedPin& entry : entries) {
    text += entry.iccid.empty() ? "-" : entry.iccid;
    text += ' ';
    text += static_cast<char>('0' + std::min(entry.tries_left, 9U));
    text += ' ';
    text += entry.pin_source;
    text += '\n';
  }
  return text;
}

Result<void> store(const fs::path& file, const std::vector<LatchedPin>& entries) {
  const fs::path fresh = file.string() + ".new";
  const FileDescriptor out{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!out) {
    return unusable(fresh, errno, "written");
  }
  // utctl may run as root: the file stays the agent's.
  struct stat owner{};
  if (::stat(file.c_str(), &owner) == 0 && owner.st_uid != ::geteuid() &&
      ::fchown(out.get(), owner.st_uid, owner.st_gid) != 0) {
    return unusable(fresh, errno, "given to its owner");
  }
  if (!write_durably(out.get(), as_bytes(encode(entries))) ||
      ::rename(fresh.c_str(), file.c_str()) != 0) {
    return unusable(file, errno, "written");
  }
  return sync_names(file);
}

// Keeps everybody else who changes a latch in the same folder out: another card's thread, utctl.
class Hold {
 public:
  static Result<Hold> of(const fs::path& file) {
    Hold hold(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!hold.folder_ || ::flock(hold.folder_.get(), LOCK_EX) != 0) {
      return unusable(folder_of(file), errno, "locked");
    }
    return hold;
  }

 private:
  explicit Hold(int fd) : folder_{fd} {}
  FileDescriptor folder_;
};

Result<void> remove_file(const fs::path& file) {
  std::error_code error;
  if (!fs::remove(file, error)) {
    return error ? Result<void>(unusable(file, error.value(), "removed")) : Result<void>{};
  }
  return sync_names(file);
}

}  // namespace

std::string pin_source_of(const fs::path& pin_file) {
  struct stat status{};
  if (::stat(pin_file.c_str(), &status) != 0) {
    return {};
  }
  return std::to_string(status.st_dev) + "." + std::to_string(status.st_ino) + "." +
         std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

std::string latch_name_of_token(std::string_view serial) {
  std::string name(kToken);
  for (const char c : serial.substr(0, kLongestSerial)) {
    name += is_token(std::string(kToken) + c) ? c : '_';
  }
  return name;
}

std::optional<std::string> token_serial_of(const LatchedPin& entry) {
  return is_token(entry.iccid) ? std::optional(entry.iccid.substr(kToken.size())) : std::nullopt;
}

Result<std::vector<LatchedPin>> read_pin_latch(const fs::path& file) {
  std::error_code error;
  const bool there = fs::exists(file, error);
  if (error) {
    return unusable(file, error.value(), "read");
  }
  std::vector<LatchedPin> entries;
  if (!there) {
    return entries;
  }
  std::ifstream in(file);
  if (!in) {
    return unusable(file, errno, "read");
  }
  std::string line;
  if (!std::getline(in, line) || line != kTitle) {
    return fail(ErrorCode::input_malformed, "PIN latch", file.string());
  }
  while (std::getline(in, line)) {
    auto entry = decode_line(line);
    if (!entry || entries.size() == kMaxEntries) {
      return fail(ErrorCode::input_malformed, "PIN latch", file.string());
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

Result<std::size_t> clear_pin_latch(const fs::path& file, const std::optional<std::string>& iccid) {
  if (std::error_code error; !fs::exists(file, error) && !error) {
    return 0;
  }
  TRY(const Hold hold, Hold::of(file));
  auto entries = read_pin_latch(file);
  if (!iccid) {
    // One that cannot be understood is a closed latch, too.
    const std::size_t count = entries ? entries->size() : 1;
    TRY_VOID(remove_file(file));
    return count;
  }
  if (!entries) {
    return std::unexpected(std::move(entries).error());
  }
  const std::size_t count =
      std::erase_if(*entries, [&](const LatchedPin& entry) { return entry.iccid == *iccid; });
  if (count > 0) {
    TRY_VOID(entries->empty() ? remove_file(file) : store(file, *entries));
  }
  return count;
}

PinLatch::PinLatch(fs::path file, std::string pin_source)
    : file_(std::move(file)), pin_source_(std::move(pin_source)) {}

Result<void> PinLatch::before_verify(const std::string& iccid, unsigned tries_left) {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) {
    return note(iccid, tries_left);
  }
  TRY(const Hold hold, Hold::of(file_));
  return note(iccid, tries_left);
}

// `file_`, if there is one, is held.
Result<void> PinLatch::note(const std::string& iccid, unsigned tries_left) {
  if (!file_.empty()) {
    auto read = read_pin_latch(file_);
    if (!read) {
      return fail(ErrorCode::pin_wrong, "PIN latch",
                  file_.string() + " cannot be understood; look at it, then run utctl pin clear");
    }
    entries_ = *std::move(read);
  }
  const auto of_this_card = [&](const LatchedPin& entry) {
    return entry.iccid.empty() || iccid.empty() || entry.iccid == iccid;
  };
  for (const LatchedPin& entry : entries_) {
    if (entry.pin_source == pin_source_ && of_this_card(entry)) {
      std::string detail =
          "it was not accepted before and is not tried again until it is corrected";
      if (!file_.empty()) {
        detail += " or cleared by utctl pin clear";
      }
      return fail(ErrorCode::pin_wrong, "PIN latch", std::move(detail));
    }
  }
  std::erase_if(entries_, [&](const LatchedPin& entry) { return entry.iccid == iccid; });
  if (entries_.size() >= kMaxEntries) {
    return fail(ErrorCode::pin_wrong, "PIN latch",
                "it remembers " + std::to_string(kMaxEntries) + " cards: run utctl pin clear");
  }
  entries_.push_back({iccid, tries_left, pin_source_});
  return file_.empty() ? Result<void>{} : store(file_, entries_);
}

void PinLatch::after_success(const std::string& iccid) {
  const std::lock_guard lock(mutex_);
  const auto forget = [&] {
    std::erase_if(entries_, [&](const LatchedPin& entry) { return entry.iccid == iccid; });
  };
  if (file_.empty()) {
    forget();
    return;
  }
  // What fails here leaves the latch closed, which is the safe side.
  const auto hold = Hold::of(file_);
  auto read = read_pin_latch(file_);
  if (!hold || !read) {
    return;
  }
  entries_ = *std::move(read);
  forget();
  static_cast<void>(entries_.empty() ? remove_file(file_) : store(file_, entries_));
}

}  // namespace ut::card
