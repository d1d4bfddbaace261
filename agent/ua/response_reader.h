// Reads HTTP/1.1 answers from a channel, one after the other, with limits on everything.
#pragma once

#include "agent/ports.h"
#include "agent/ua/channel.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ut::ua {

struct ResponseHead {
  unsigned status = 0;
  std::string reason;
  ports::HeaderFields headers;                    // all of them, as they came
  std::optional<std::uint64_t> content_length{};  // nullopt: known at the end only
};

// The value of each field called `name`; valid as long as `head` is not moved.
std::vector<std::string_view> values_of(const ResponseHead& head, std::string_view name);

struct ResponseLimits {
  std::size_t header = 16 * 1024;
  std::uint64_t body = 64 * 1024 * 1024;
};

class ResponseReader {
 public:
  // `channel` must outlive the reader.
  ResponseReader(Channel& channel, ResponseLimits limits);
  ~ResponseReader();

  // The next answer's header; 1xx answers are passed over. `bodyless`: the answer to HEAD, which
  // has no body whatever its header says. ua_answer_malformed, limit_header, limit_body, and errors
  // of the channel.
  ports::Task<Result<ResponseHead>> head(bool bodyless);

  // The next piece of the body, valid until the next call; empty at its end. network_closed when
  // the channel ends before.
  ports::Task<Result<ByteView>> body();
  // The same of what has been read already; nullopt when there is nothing yet.
  Result<std::optional<ByteView>> body_now();

  // Whether an octet of the answer that head() waits for has come.
  bool answer_begun() const;

  // The answer has been read to its end.
  bool complete() const;

  // complete(), and the channel may carry another request.
  bool may_continue() const;

 private:
  class Parser;

  Result<std::span<std::uint8_t>> room();
  Result<void> filled(const IoResult& read);
  Result<void> parse();

  Channel& channel_;
  ResponseLimits limits_;
  std::unique_ptr<Parser> parser_;
  // limits_.header octets. Not zeroed: what no answer fills takes no memory.
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t begin_ = 0;  // unread octets are [begin_, end_) of buffer_
  std::size_t end_ = 0;
  bool ended_ = false;  // the peer sends no more
  bool begun_ = false;
};

}  // namespace ut::ua
