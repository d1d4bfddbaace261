#include "tools/utctl/top_frame.h"

#include "tools/utctl/agent_commands.h"
#include "tools/utctl/answer_from.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ut::utctl {
namespace {

constexpr std::string_view kKeys = "q quits";

// The first `columns` characters of UTF-8.
std::string cut(std::string text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && characters++ == columns) {
      text.resize(at);
    }
  }
  return text;
}

// In lines of at most `columns`, between words where that can be.
std::vector<std::string> wrapped(std::string text, std::size_t columns) {
  std::vector<std::string> lines;
  text = printable(std::move(text));
  while (columns > 0 && text.size() > columns) {
    const auto blank = text.rfind(' ', columns);
    const bool breaks = blank != std::string::npos && blank > 0;
    lines.push_back(text.substr(0, breaks ? blank : columns));
    text.erase(0, breaks ? blank + 1 : columns);
  }
  lines.push_back(std::move(text));
  return lines;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(printable(std::string(text.substr(0, end))));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string rate_of(const TopContent& content) {
  const auto more = [](std::uint64_t now, std::uint64_t before) {
    return std::to_string(now > before ? now - before : 0);
  };
  const auto& [now, before] = std::pair(content.now, content.before);
  return "since the last look: " + more(now.requests, before.requests) + " requests, " +
         more(now.denied, before.denied) + " denied, " + more(now.failed, before.failed) +
         " failed";
}

}  // namespace

Result<Standing> standing_from(ByteView status) {
  TRY(const auto answer, status_answer(status));
  Standing standing;
  standing.words = answer.text;
  const auto& sockets = answer.json.at("sockets");
  standing.requests = sockets.at("requests").get<std::uint64_t>();
  standing.denied = sockets.at("denied").get<std::uint64_t>();
  standing.failed = sockets.at("failed").get<std::uint64_t>();
  return standing;
}

std::vector<std::string> top_frame(const TopContent& content, std::size_t rows,
                                   std::size_t columns) {
  std::vector<std::string> lines;
  if (!content.trouble.empty()) {
    lines = wrapped(content.trouble, columns);
  } else {
    lines = lines_of(content.now.words);
    lines.push_back(rate_of(content));
  }
  lines.emplace_back();
  const std::size_t room = rows > lines.size() + 1 ? rows - lines.size() - 1 : 0;
  const auto shown = std::min(room, content.events.size());
  for (auto event = content.events.end() - static_cast<std::ptrdiff_t>(shown);
       event != content.events.end(); ++event) {
    lines.push_back(printable(*event));
  }
  lines.resize(rows);
  if (rows > 0) {
    lines.back() = kKeys;
  }
  for (auto& line : lines) {
    line = cut(std::move(line), columns);
  }
  return lines;
}

}  // namespace ut::utctl
