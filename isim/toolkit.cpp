#include "isim/toolkit.h"

#include "isim/tlv.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::uint32_t kProactiveCommand = 0xd0;
// The highest bit of a comprehension-TLV tag asks for comprehension: both forms are the same
// object.
constexpr std::uint32_t kComprehension = 0x80;
constexpr std::uint32_t kCommandDetails = 0x01;
constexpr std::uint32_t kDeviceIdentities = 0x02;
constexpr std::uint32_t kResult = 0x03;
constexpr std::uint32_t kFileList = 0x12;

constexpr std::uint8_t kRefresh = 0x01;
constexpr std::uint8_t kUicc = 0x81;
constexpr std::uint8_t kTerminal = 0x82;
constexpr std::uint8_t kLastMode = 0x06;

std::optional<ByteView> find_object(ByteView objects, std::uint32_t tag) {
  const auto plain = find_tlv(objects, tag);
  return plain ? plain : find_tlv(objects, tag | kComprehension);
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_answer_malformed, "proactive command");
}

// A count and the paths one behind the other, each of which begins with the MF (clause 8.18).
std::optional<std::vector<FilePath>> read_files(ByteView value) {
  if (value.empty() || value.size() % 2 != 1) {
    return std::nullopt;
  }
  std::vector<FilePath> files;
  for (std::size_t at = 1; at < value.size(); at += 2) {
    const auto id = static_cast<FileId>(value[at] << 8 | value[at + 1]);
    if (id == kMf) {
      files.emplace_back();
    } else if (files.empty()) {
      return std::nullopt;
    }
    files.back().push_back(id);
  }
  const bool all_are_files =
      std::ranges::all_of(files, [](const auto& path) { return path.size() > 1; });
  return files.size() == value.front() && all_are_files ? std::optional(std::move(files))
                                                        : std::nullopt;
}

}  // namespace

std::string_view name(RefreshMode mode) {
  switch (mode) {
    case RefreshMode::initialisation_and_full_file_change:
      return "initialisation-and-full-file-change";
    case RefreshMode::file_change:
      return "file-change";
    case RefreshMode::initialisation_and_file_change:
      return "initialisation-and-file-change";
    case RefreshMode::initialisation:
      return "initialisation";
    case RefreshMode::uicc_reset:
      return "uicc-reset";
    case RefreshMode::application_reset:
      return "application-reset";
    case RefreshMode::session_reset:
      return "session-reset";
  }
  return "initialisation";
}

Result<ProactiveReply> judge_proactive(ByteView octets) {
  const auto command = read_tlv(octets);
  if (!command || command->tag != kProactiveCommand) {
    return malformed();
  }
  const auto details = find_object(command->value, kCommandDetails);
  ProactiveReply reply;
  if (!details || details->size() != reply.details.size()) {
    return malformed();
  }
  std::ranges::copy(*details, reply.details.begin());
  const std::uint8_t type = reply.details[1];
  const std::uint8_t qualifier = reply.details[2];
  if (type != kRefresh || qualifier > kLastMode) {
    return reply;
  }
  Refresh refresh{.mode = static_cast<RefreshMode>(qualifier)};
  if (const auto list = find_object(command->value, kFileList)) {
    auto files = read_files(*list);
    if (!files) {
      // What changed is not known, so all is read anew.
      reply.result = TerminalResult::data_not_understood;
      reply.refresh.push_back(std::move(refresh));
      return reply;
    }
    refresh.files = *std::move(files);
  }
  reply.result = TerminalResult::performed;
  reply.refresh.push_back(std::move(refresh));
  return reply;
}

Bytes terminal_profile() {
  constexpr std::uint8_t kProfileDownload = 0x01;  // b1 of the first octet
  constexpr std::uint8_t kRefreshDone = 0x80;      // b8 of the third
  return {kProfileDownload, 0x00, kRefreshDone};
}

Bytes terminal_response(const CommandDetails& details, TerminalResult result) {
  Bytes data;
  append_tlv(data, kCommandDetails | kComprehension, details);
  append_tlv(data, kDeviceIdentities | kComprehension, Bytes{kTerminal, kUicc});
  append_tlv(data, kResult | kComprehension, Bytes{static_cast<std::uint8_t>(result)});
  return data;
}

}  // namespace ut::isim
