// The sequence numbers of a card in a file.
#pragma once

#include "base/result.h"
#include "isim/soft/sqn.h"
#include "isim/soft/usim_aka.h"

#include <filesystem>
#include <optional>

namespace ut::isim::soft {

// One line that names the format, then SEQ of IND 0 to 31 in decimal, one a line.
class SqnFile final : public SqnStore {
 public:
  explicit SqnFile(std::filesystem::path file) : file_(std::move(file)) {}

  // What the file holds; `start` when there is no file yet. config_unreadable, or config_invalid
  // when it is not such a file: a card that forgets its SQN would accept old challenges.
  Result<SqnArray> load(const SqnArray& start) const;

  // After a crash there is the old file or the new one, whole. system_call_failed with errno.
  Result<void> save(const SqnArray& sqns) override;

 private:
  std::filesystem::path file_;
};

// Forgets with the process: for cards in tests.
class VolatileSqnStore final : public SqnStore {
 public:
  Result<void> save(const SqnArray&) override { return {}; }
};

}  // namespace ut::isim::soft
