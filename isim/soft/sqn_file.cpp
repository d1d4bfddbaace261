#include "isim/soft/sqn_file.h"

#include "isim/soft/state_file.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::string_view kFormat = "soft-isim sequence numbers 1";

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

}  // namespace

Result<SqnArray> SqnFile::load(const SqnArray& start) const {
  TRY(const auto octets, read_state_file(file_));
  if (!octets) {
    return start;
  }
  const auto sqns = from_file_text(as_text(octets->expose()), start);
  if (!sqns) {
    return fail(ErrorCode::config_invalid, "read sequence numbers",
                file_.string() + " is not a file of sequence numbers");
  }
  return *sqns;
}

Result<void> SqnFile::save(const SqnArray& sqns) {
  return write_state_file(file_, as_bytes(to_file_text(sqns)));
}

}  // namespace ut::isim::soft
