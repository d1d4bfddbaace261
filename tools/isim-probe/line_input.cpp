#include "tools/isim-probe/line_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ut::probe {

Result<std::optional<SecretBytes>> LineInput::next() {
  while (true) {
    const auto all = buffer_.expose_mutable();
    const auto held = all.first(size_);
    const auto end = std::ranges::find(held, std::uint8_t{'\n'});
    if (end != held.end()) {
      const auto length = static_cast<std::size_t>(end - held.begin());
      SecretBytes line = SecretBytes::copy_of(held.first(length));
      std::copy(end + 1, held.end(), all.begin());
      size_ -= length + 1;
      wipe(all.subspan(size_));
      return line;
    }
    if (size_ == all.size()) {
      return fail(ErrorCode::input_malformed, "standard input", "a line is too long");
    }
    const ssize_t got = ::read(fd_, all.data() + size_, all.size() - size_);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(ErrorCode::system_call_failed, "standard input",
                  ForeignNumber{ForeignKind::system, errno});
    }
    if (got == 0) {
      if (size_ == 0) {
        return std::nullopt;
      }
      SecretBytes line = SecretBytes::copy_of(held);
      wipe(held);
      size_ = 0;
      return line;
    }
    size_ += static_cast<std::size_t>(got);
  }
}

}  // namespace ut::probe
