// Lists of words as one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ut {

// The words with `separator` between each two.
inline std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words) {
    text.append(text.empty() ? std::string_view() : separator).append(word);
  }
  return text;
}

}  // namespace ut
