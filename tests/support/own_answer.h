// What the agent itself answers, as a value that co_spawn can make an empty one of.
#pragma once

#include "agent/ports.h"

#include <utility>

namespace ut::test {

struct Told {
  Result<SecretBytes> body = SecretBytes();
  unsigned status = 0;  // of an answer that is no error
};

inline ports::Task<Told> told(ports::Task<Result<ports::OwnAnswer>> answering) {
  auto answer = co_await std::move(answering);
  Told what;
  if (answer) {
    what.status = answer->status;
    what.body = std::move(answer->body);
  } else {
    what.body = std::unexpected(std::move(answer).error());
  }
  co_return what;
}

inline ports::Task<Result<SecretBytes>> body_of(ports::Task<Result<ports::OwnAnswer>> answering) {
  auto what = co_await told(std::move(answering));
  co_return std::move(what.body);
}

}  // namespace ut::test
