#include "agent/local/request_parser.h"

#include "agent/local/request_headers.h"
#include "base/net/chunk_guard.h"
#include "base/secret.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace ut::local {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

std::string_view view(BeastText text) {
  return {text.data(), text.size()};
}

auto malformed(std::string_view why) {
  return fail(ErrorCode::request_malformed, "local.request", std::string(why));
}

// Nothing is defined for a body of these (RFC 9110 clauses 9.3.1, 9.3.2 and 9.3.5), and a NAF that
// expects none takes it for the next request on its connection.
bool has_no_body(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "DELETE";
}

// One identity, in quotes or not; nullopt for several or broken quotes.
std::optional<std::string> unquoted_identity(std::string_view value) {
  const bool opens = value.starts_with('"');
  if (opens) {
    if (value.size() < 2 || !value.ends_with('"')) {
      return std::nullopt;
    }
    value = value.substr(1, value.size() - 2);
  }
  if (value.empty() || value.find_first_of("\"\\, \t") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(value);
}

}  // namespace

Result<std::size_t> HeaderScanner::scan(std::string_view block) {
  while (searched_ < block.size()) {
    const auto* found = static_cast<const char*>(
        std::memchr(block.data() + searched_, '\n', block.size() - searched_));
    if (found == nullptr) {
      searched_ = block.size();
      return 0;
    }
    const auto at = static_cast<std::size_t>(found - block.data());
    if (at == line_at_ || block[at - 1] != '\r') {
      return malformed("a line does not end in CR LF");
    }
    if (at == line_at_ + 1) {
      return at + 1;
    }
    if (line_at_ != 0 && (block[line_at_] == ' ' || block[line_at_] == '\t')) {
      return malformed("folded header lines are not allowed");
    }
    line_at_ = searched_ = at + 1;
  }
  return 0;
}

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  Impl(std::size_t header_fields, std::size_t body_octets, TokenClaims& known)
      : known_(known), fields_left_(header_fields) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(body_octets);
    eager(true);
  }

  // The first error; Beast's own is turned into ours unless a callback gave one.
  Result<std::size_t> feed(std::string_view octets) {
    if (header_done_ && chunked() && guard_.must_wait(octets)) {
      return 0;
    }
    error_code error;
    const auto taken = put(boost::asio::const_buffer(octets.data(), octets.size()), error);
    if (failure_) {
      return std::unexpected(std::move(*failure_));
    }
    if (error == http::error::body_limit) {
      return fail(ErrorCode::limit_body, "local.request");
    }
    if (error && error != http::error::need_more) {
      return malformed(error.message());
    }
    return taken;
  }

  Result<void> check_header() {
    if (hosts_ > 1 || (hosts_ == 0 && !request_.http_1_0)) {
      return fail(ErrorCode::request_host_invalid, "local.request",
                  hosts_ > 1 ? "Host is doubled" : "Host is missing");
    }
    if (lengths_ > 1 || encodings_ > 1 || (lengths_ > 0 && encodings_ > 0)) {
      return malformed("the length of the body is given twice");
    }
    if (encodings_ > 0 && request_.http_1_0) {
      return malformed("HTTP/1.0 knows no Transfer-Encoding");
    }
    if (identities_ > 1) {
      return malformed("X-3GPP-Intended-Identity is doubled");
    }
    if (subscribers_ > 1) {
      return malformed("Ut-Subscriber is doubled");
    }
    if (claims_ > 1) {
      return malformed("Proxy-Authorization is doubled");
    }
    if (!is_done() && has_no_body(request_.method)) {
      return malformed(request_.method + " has no body here");
    }
    drop_named_by_connection();
    request_.keep_alive = keep_alive();
    request_.has_body = !is_done();
    request_.chunked = chunked();
    return {};
  }

  LocalRequest& request() { return request_; }
  std::span<const char> token() const { return token_; }

 private:
  void on_request_impl(http::verb, BeastText method, BeastText target, int version,
                       error_code& error) override {
    if (version != 10 && version != 11) {
      error = http::error::bad_version;
      return;
    }
    request_.method = view(method);
    request_.target = view(target);
    request_.http_1_0 = version == 10;
  }
  void on_response_impl(int, BeastText, int, error_code&) override {}

  void on_field_impl(http::field, BeastText name, BeastText value, error_code& error) override {
    if (header_done_) {
      return;  // a trailer: nothing in it may change what was decided on the header
    }
    if (fields_left_ == 0) {
      refuse(fail(ErrorCode::limit_header, "local.request", "too many header fields"), error);
      return;
    }
    --fields_left_;
    take_field(view(name), view(value), error);
  }

  void take_field(std::string_view name, std::string_view value, error_code& error) {
    switch (field_use(name)) {
      case FieldUse::forward:
        request_.headers.push_back({name, value});
        return;
      case FieldUse::drop:
        return;
      case FieldUse::host:
        ++hosts_;
        request_.host = value;
        return;
      case FieldUse::content_length:
        ++lengths_;
        if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
          refuse(malformed("Content-Length is not a number"), error);
        }
        return;
      case FieldUse::transfer_encoding:
        ++encodings_;
        if (!same_name(value, "chunked")) {
          refuse(malformed("the only transfer coding is chunked"), error);
        }
        return;
      case FieldUse::connection:
        connection_ += connection_.empty() ? "" : ",";
        connection_ += value;
        return;
      case FieldUse::expect:
        if (!same_name(value, "100-continue")) {
          refuse(malformed("the only expectation is 100-continue"), error);
        }
        request_.expects_continue = !request_.http_1_0;
        return;
      case FieldUse::proxy_authorization:
        ++claims_;
        request_.has_proxy_authorization = true;
        request_.claim = known_.read({value.data(), value.size()});
        token_ = {value.data(), value.size()};
        return;
      case FieldUse::intended_identity:
        take_identity(value, error);
        return;
      case FieldUse::subscriber:
        ++subscribers_;
        request_.subscriber = value;
        return;
      case FieldUse::request_id:
        if (const auto id = ports::RequestId::from(value)) {
          request_.id = *id;
        }
        return;
      case FieldUse::user_agent:
        request_.from_web_page = request_.from_web_page || is_browser(value);
        if (auto kept = without_gba_tokens(value); !kept.empty()) {
          request_.headers.push_back({std::string(name), std::move(kept)});
        }
        return;
      case FieldUse::web_page:
        request_.from_web_page = true;
        return;
    }
  }

  void take_identity(std::string_view value, error_code& error) {
    ++identities_;
    auto identity = unquoted_identity(value);
    if (!identity) {
      refuse(malformed("X-3GPP-Intended-Identity must hold one identity"), error);
      return;
    }
    request_.intended_identity = std::move(*identity);
  }

  void on_header_impl(error_code&) override { header_done_ = true; }
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
    if (length) {
      request_.body.reserve(static_cast<std::size_t>(*length));
    }
  }
  std::size_t on_body_impl(BeastText body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t octets, BeastText, error_code&) override {
    guard_.chunk(octets);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code&) override {
    guard_.data(body.size());
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  // Fields that Connection names are hop-by-hop too (RFC 9110 clause 7.6.1).
  void drop_named_by_connection() {
    std::string_view rest(connection_);
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      auto option = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      option.remove_prefix(std::min(option.find_first_not_of(" \t"), option.size()));
      option = option.substr(0, option.find_last_not_of(" \t") + 1);
      request_.headers.erase_if([&](const auto& field) { return same_name(field.name, option); });
    }
  }

  void refuse(std::unexpected<Error> why, error_code& error) {
    failure_ = std::move(why).error();
    error = http::error::bad_value;
  }

  TokenClaims& known_;
  LocalRequest request_;
  net::ChunkGuard guard_{};
  std::optional<Error> failure_;
  std::string connection_;
  std::span<const char> token_;
  std::size_t fields_left_;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  unsigned encodings_ = 0;
  unsigned identities_ = 0;
  unsigned claims_ = 0;
  unsigned subscribers_ = 0;
  bool header_done_ = false;
};

RequestParser::RequestParser(std::size_t header_fields, std::size_t body_octets, TokenClaims& known)
    : impl_(std::make_unique<Impl>(header_fields, body_octets, known)) {}
RequestParser::~RequestParser() = default;

Result<void> RequestParser::read_header(std::span<char> block) {
  auto read = impl_->feed({block.data(), block.size()});
  if (const auto token = impl_->token(); !token.empty()) {
    const auto at = static_cast<std::size_t>(token.data() - block.data());
    const auto octets = block.subspan(at, token.size());
    wipe({reinterpret_cast<std::uint8_t*>(octets.data()), octets.size()});
  }
  TRY_VOID(std::move(read));
  if (!impl_->is_header_done()) {
    return malformed("the header is incomplete");
  }
  return impl_->check_header();
}

Result<std::size_t> RequestParser::read_body(std::string_view octets) {
  return impl_->feed(octets);
}

bool RequestParser::done() const {
  return impl_->is_done();
}

LocalRequest& RequestParser::request() {
  return impl_->request();
}

const LocalRequest& RequestParser::request() const {
  return impl_->request();
}

}  // namespace ut::local
