#include "agent/local/response_writer.h"

#include "agent/local/problem.h"
#include "agent/local/request_headers.h"

#include <charconv>
#include <ctime>
#include <string_view>

namespace ut::local {
namespace {

using boost::asio::buffer;

constexpr std::string_view kRequestIdField = "Ut-Request-Id";

// Fields that say how this very message is delimited, or which request it answers: ours alone to
// write.
bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 7:
      return same_name(name, "trailer") || same_name(name, "upgrade");
    case 10:
      return same_name(name, "connection") || same_name(name, "keep-alive");
    case 13:
      return same_name(name, kRequestIdField);
    case 14:
      return same_name(name, "content-length");
    case 17:
      return same_name(name, "transfer-encoding");
    default:
      return false;
  }
}

template <class Integer>
void append_number(std::string& to, Integer number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  to.append(digits.data(), end);
}

void append_status_line(std::string& to, unsigned status, std::string_view reason) {
  to += "HTTP/1.1 ";
  append_number(to, status);
  to += ' ';
  to += reason;
  to += "\r\n";
}

void append_field(std::string& to, std::string_view name, std::string_view value) {
  to += name;
  to += ": ";
  to += value;
  to += "\r\n";
}

void append_request_id(std::string& to, const ResponseManner& manner) {
  if (!manner.request_id.empty()) {
    append_field(to, kRequestIdField, manner.request_id);
  }
}

void append_connection(std::string& to, const ResponseManner& manner) {
  if (!manner.keep_alive) {
    to += "Connection: close\r\n";
  } else if (manner.http_1_0) {
    to += "Connection: keep-alive\r\n";
  }
}

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Problem";
  }
}

std::string http_date() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const auto octets = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), octets};
}

// Of an answer that the agent makes itself, up to the length of its body.
void append_own_header(std::string& to, unsigned status, std::string_view type,
                       std::size_t body_octets) {
  append_status_line(to, status, reason_of(status));
  append_field(to, "Date", http_date());
  append_field(to, "Content-Type", type);
  append_field(to, "Cache-Control", "no-store");
  to += "Content-Length: ";
  append_number(to, body_octets);
  to += "\r\n";
}

}  // namespace

ResponseWriter::Framing ResponseWriter::choose_framing(
    const ports::UtResponseHeader& header) const {
  if (manner_.head || header.status == 204 || header.status == 304) {
    return Framing::none;
  }
  if (header.content_length) {
    return Framing::length;
  }
  return manner_.http_1_0 ? Framing::until_close : Framing::chunked;
}

void ResponseWriter::serialise(const ports::UtResponseHeader& header) {
  std::size_t octets = 128;
  for (const auto& field : header.headers) {
    octets += field.name.size() + field.value.size() + 4;
  }
  waiting_.reserve(octets);
  append_status_line(waiting_, header.status, header.reason);
  for (const auto& field : header.headers) {
    if (!is_framing_field(field.name)) {
      append_field(waiting_, field.name, field.value);
    }
  }
  if (header.content_length && header.status != 204) {
    waiting_ += "Content-Length: ";
    append_number(waiting_, *header.content_length);
    waiting_ += "\r\n";
  }
  if (framing_ == Framing::chunked) {
    waiting_ += "Transfer-Encoding: chunked\r\n";
  }
  append_request_id(waiting_, manner_);
  append_connection(waiting_, manner_);
  waiting_ += "\r\n";
}

Result<void> ResponseWriter::header(ports::UtResponseHeader header) {
  framing_ = choose_framing(header);
  octets_left_ = header.content_length.value_or(0);
  status_ = header.status;
  if (framing_ == Framing::until_close) {
    manner_.keep_alive = false;
  }
  serialise(header);
  return {};
}

Result<bool> ResponseWriter::body_now(ByteView octets) {
  if (octets.empty() || framing_ == Framing::none) {
    return true;
  }
  pieces_ = {};
  pieces_[0] = buffer(waiting_);
  pieces_[2] = buffer(octets.data(), octets.size());
  if (framing_ == Framing::length) {
    if (octets.size() > octets_left_) {
      return fail(ErrorCode::ua_answer_malformed, "local.answer", "more body than announced");
    }
    octets_left_ -= octets.size();
  } else if (framing_ == Framing::chunked) {
    std::array<char, 16> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), octets.size(), 16).ptr;
    chunk_size_.assign(digits.data(), end);
    chunk_size_ += "\r\n";
    pieces_[1] = buffer(chunk_size_);
    pieces_[3] = buffer("\r\n", 2);
  }
  return send_now();
}

ports::Task<Result<void>> ResponseWriter::body(ByteView octets) {
  if (!under_way_) {
    CO_TRY(const bool all, body_now(octets));
    if (all) {
      co_return Result<void>{};
    }
  }
  co_return co_await send_rest();
}

Result<bool> ResponseWriter::finish_now() {
  if (framing_ == Framing::length && octets_left_ > 0) {
    return fail(ErrorCode::network_closed, "local.answer", "less body than announced");
  }
  pieces_ = {};
  pieces_[0] = buffer(waiting_);
  if (framing_ == Framing::chunked) {
    pieces_[1] = buffer("0\r\n\r\n", 5);
  }
  return pieces_[0].size() + pieces_[1].size() == 0 ? true : send_now();
}

ports::Task<Result<void>> ResponseWriter::finish() {
  if (!under_way_) {
    CO_TRY(const bool all, finish_now());
    if (all) {
      co_return Result<void>{};
    }
  }
  co_return co_await send_rest();
}

Result<bool> ResponseWriter::send_now() {
  started_ = true;
  TRY(const bool all, outlet_.write_now(pieces_));
  under_way_ = !all;
  if (all) {
    waiting_.clear();
  }
  return all;
}

ports::Task<Result<void>> ResponseWriter::send_rest() {
  CO_TRY_VOID(co_await outlet_.write_rest(pieces_));
  under_way_ = false;
  waiting_.clear();
  co_return Result<void>{};
}

std::string own_header(unsigned status, std::string_view type, std::size_t octets,
                       ResponseManner manner) {
  std::string text;
  append_own_header(text, status, type, octets);
  append_request_id(text, manner);
  append_connection(text, manner);
  text += "\r\n";
  return text;
}

std::string problem_response(const Error& error, ResponseManner manner) {
  const auto document = problem_document(error, manner.request_id);
  const auto status = problem_status(error.code);
  std::string text;
  text.reserve(document.size() + 320);
  append_own_header(text, status, "application/problem+json", document.size());
  append_request_id(text, manner);
  if (const auto seconds = problem_retry_after(error)) {
    text += "Retry-After: ";
    append_number(text, *seconds);
    text += "\r\n";
  }
  if (status == 405) {
    append_field(text, "Allow", manner.allow);
  }
  if (status == 407) {
    append_field(text, "Proxy-Authenticate", "Basic realm=\"ut-agent\", charset=\"UTF-8\"");
    append_field(text, "Proxy-Authenticate", "Bearer realm=\"ut-agent\"");
  }
  append_connection(text, manner);
  text += "\r\n";
  if (!manner.head) {
    text += document;
  }
  return text;
}

}  // namespace ut::local
