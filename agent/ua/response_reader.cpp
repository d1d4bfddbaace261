#include "agent/ua/response_reader.h"

#include "agent/ua/headers.h"
#include "base/net/chunk_guard.h"

#include <boost/asio/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <cstring>
#include <utility>

namespace ut::ua {
namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualOctets = 512;
// More interim answers than any server has a reason to send.
constexpr unsigned kInterimLimit = 8;

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

std::vector<std::string_view> values_of(const ResponseHead& head, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& field : head.headers) {
    if (equals_ignoring_case(field.name, name)) {
      values.push_back(field.value);
    }
  }
  return values;
}

// Beast's grammar without Beast's containers: fields go straight into the head, pieces of the body
// stay where they are in the buffer.
class ResponseReader::Parser final : public http::basic_parser<false> {
 public:
  Parser(const ResponseLimits& limits, bool bodyless) {
    head.headers.reserve(kUsualFields, kUsualOctets);
    header_limit(static_cast<std::uint32_t>(limits.header));
    body_limit(limits.body);
    skip(bodyless);
  }

  ResponseHead head;
  string_view piece;  // of the body, given by the last put()

  bool must_wait(ByteView octets) const {
    return in_body_ && chunked() && guard_.must_wait(as_text(octets));
  }

 private:
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view reason, int, error_code&) override {
    head.status = static_cast<unsigned>(code);
    head.reason = view(reason);
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    if (!in_body_) {
      head.headers.push_back({view(name), view(value)});
    }
  }
  void on_header_impl(error_code&) override { in_body_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override {
    piece = body;
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t octets, string_view, error_code&) override {
    guard_.chunk(octets);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    guard_.data(body.size());
    piece = body;
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  net::ChunkGuard guard_{};
  bool in_body_ = false;  // the fields that still come are those of a trailer
};

ResponseReader::ResponseReader(Channel& channel, ResponseLimits limits)
    : channel_(channel),
      limits_(limits),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(limits.header)) {}
ResponseReader::~ResponseReader() = default;

bool ResponseReader::answer_begun() const {
  return begun_;
}

bool ResponseReader::complete() const {
  return parser_ && parser_->is_done();
}

bool ResponseReader::may_continue() const {
  return complete() && parser_->keep_alive() && begin_ == end_ && !ended_;
}

// Where the next octets go.
Result<std::span<std::uint8_t>> ResponseReader::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == limits_.header && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == limits_.header) {
    return fail(ErrorCode::limit_header, "read the answer");
  }
  return std::span(buffer_.get(), limits_.header).subspan(end_);
}

// What came of a read into room().
Result<void> ResponseReader::filled(const IoResult& read) {
  const auto& [code, count] = read;
  if (code == boost::asio::error::eof) {
    ended_ = true;
    return {};
  }
  if (code) {
    return std::unexpected(channel_.error(code, "read the answer"));
  }
  end_ += count;
  begun_ = begun_ || count > 0;
  return {};
}

// One step of the parser over what is in the buffer.
Result<void> ResponseReader::parse() {
  error_code code;
  parser_->piece = {};
  if (ended_ && begin_ == end_) {
    parser_->put_eof(code);
    if (code == http::error::partial_message) {
      return fail(ErrorCode::network_closed, "read the answer");
    }
  } else {
    begin_ += parser_->put({buffer_.get() + begin_, end_ - begin_}, code);
  }
  if (!code || code == http::error::need_more) {
    return {};
  }
  if (code == http::error::header_limit || code == http::error::buffer_overflow) {
    return fail(ErrorCode::limit_header, "read the answer");
  }
  if (code == http::error::body_limit) {
    return fail(ErrorCode::limit_body, "read the answer");
  }
  return fail(ErrorCode::ua_answer_malformed, "read the answer", {}, code.message());
}

ports::Task<Result<ResponseHead>> ResponseReader::head(bool bodyless) {
  begun_ = begin_ != end_;
  for (unsigned interim = 0; interim < kInterimLimit; ++interim) {
    parser_ = std::make_unique<Parser>(limits_, bodyless);
    while (!parser_->is_header_done()) {
      if (begin_ == end_ || parser_->got_some()) {
        CO_TRY(const auto to, room());
        CO_TRY_VOID(filled(co_await channel_.read_some(to)));
      }
      if (ended_) {
        co_return fail(ErrorCode::network_closed, "read the answer");
      }
      CO_TRY_VOID(parse());
    }
    if (parser_->head.status == 101) {
      co_return fail(ErrorCode::ua_answer_malformed, "read the answer", "an upgrade was not asked");
    }
    if (parser_->head.status >= 200) {
      const auto length = parser_->content_length();
      if (length) {
        parser_->head.content_length = *length;
      } else if (parser_->is_done() && !bodyless && parser_->head.status != 304) {
        parser_->head.content_length = 0;
      }
      co_return std::move(parser_->head);
    }
  }
  co_return fail(ErrorCode::ua_answer_malformed, "read the answer", "too many interim answers");
}

Result<std::optional<ByteView>> ResponseReader::body_now() {
  while (!parser_->is_done()) {
    const bool wait = parser_->must_wait({buffer_.get() + begin_, end_ - begin_});
    if (wait || (begin_ == end_ && !ended_)) {
      if (ended_) {
        break;
      }
      return std::nullopt;
    }
    const std::size_t before = begin_;
    TRY_VOID(parse());
    if (!parser_->piece.empty()) {
      return as_bytes({parser_->piece.data(), parser_->piece.size()});
    }
    if (begin_ == before && !parser_->is_done()) {
      if (ended_) {
        break;
      }
      return std::nullopt;
    }
  }
  if (!parser_->is_done()) {
    return fail(ErrorCode::network_closed, "read the answer");
  }
  return ByteView{};
}

ports::Task<Result<ByteView>> ResponseReader::body() {
  for (;;) {
    CO_TRY(const auto piece, body_now());
    if (piece) {
      co_return *piece;
    }
    CO_TRY(const auto to, room());
    CO_TRY_VOID(filled(co_await channel_.read_some(to)));
  }
}

}  // namespace ut::ua
