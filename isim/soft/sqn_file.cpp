#include "isim/soft/sqn_file.h"

#include "base/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::string_view kFormat = "soft-isim sequence numbers 1";

std::unexpected<Error> system_failure(std::string_view where, const std::filesystem::path& file) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno}, file.string());
}

std::string to_file_text(const SqnArray& sqns) {
  std::string text(kFormat);
  text += '\n';
  for (const auto seq : sqns.seqs()) {
    text += std::to_string(seq);
    text += '\n';
  }
  return text;
}

// Takes one line off `text`; nullopt when no line feed is left.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> decimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<SqnArray> from_file_text(std::string_view text, SqnArray sqns) {
  if (take_line(text) != kFormat) {
    return std::nullopt;
  }
  std::array<std::uint64_t, SqnArray::kSize> seqs{};
  for (auto& seq : seqs) {
    const auto line = take_line(text);
    const auto value = line ? decimal(*line) : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    seq = *value;
  }
  return text.empty() && sqns.restore(seqs) ? std::optional(sqns) : std::nullopt;
}

Result<std::string> read_whole(int fd, const std::filesystem::path& file) {
  std::string text;
  std::array<char, 4096> block;
  for (;;) {
    const auto got = ::read(fd, block.data(), block.size());
    if (got == 0) {
      return text;
    }
    if (got < 0 && errno != EINTR) {
      return fail(ErrorCode::config_unreadable, "read sequence numbers",
                  {ForeignKind::system, errno}, file.string());
    }
    if (got > 0) {
      text.append(block.data(), static_cast<std::size_t>(got));
    }
  }
}

Result<void> write_whole(int fd, std::string_view text, const std::filesystem::path& file) {
  while (!text.empty()) {
    const auto put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) {
      return system_failure("write sequence numbers", file);
    }
    if (put > 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  if (::fsync(fd) != 0) {
    return system_failure("fsync sequence numbers", file);
  }
  return {};
}

}  // namespace

Result<SqnArray> SqnFile::load(const SqnArray& start) const {
  const FileDescriptor fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) {
      return start;
    }
    return fail(ErrorCode::config_unreadable, "open sequence numbers", {ForeignKind::system, errno},
                file_.string());
  }
  TRY(const auto text, read_whole(fd.get(), file_));
  const auto sqns = from_file_text(text, start);
  if (!sqns) {
    return fail(ErrorCode::config_invalid, "read sequence numbers",
                file_.string() + " is not a file of sequence numbers");
  }
  return *sqns;
}

Result<void> SqnFile::save(const SqnArray& sqns) {
  const std::filesystem::path fresh = file_.string() + ".new";
  {
    const FileDescriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) {
      return system_failure("create sequence numbers", fresh);
    }
    TRY_VOID(write_whole(fd.get(), to_file_text(sqns), fresh));
  }
  if (::rename(fresh.c_str(), file_.c_str()) != 0) {
    return system_failure("rename sequence numbers", file_);
  }
  const auto directory = file_.has_parent_path() ? file_.parent_path() : ".";
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) {
    return system_failure("fsync directory of sequence numbers", directory);
  }
  return {};
}

}  // namespace ut::isim::soft
