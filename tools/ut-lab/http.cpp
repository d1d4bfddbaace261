#include "tools/ut-lab/http.h"

#include "base/encoding.h"

#include <algorithm>

namespace ut::lab {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), lower);
  return lowered;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

const std::string* find_header(const std::vector<HeaderField>& headers, std::string_view name) {
  const auto found = std::ranges::find_if(
      headers, [&](const HeaderField& field) { return equal_ignoring_case(field.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

std::size_t count_headers(const std::vector<HeaderField>& headers, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers, [&](const HeaderField& field) { return equal_ignoring_case(field.name, name); }));
}

bool has_product_token(std::string_view value, std::string_view token) {
  constexpr std::string_view kSeparators = " \t;,()";
  while (!value.empty()) {
    const auto end = value.find_first_of(kSeparators);
    auto word = value.substr(0, end);
    word = word.substr(0, word.find('/'));
    if (equal_ignoring_case(word, token)) {
      return true;
    }
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  return false;
}

Response plain(unsigned status, std::string_view text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(text) + "\n"};
}

Response json(unsigned status, std::string text) {
  return {status, {{"Content-Type", "application/json"}}, std::move(text) + "\n"};
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
  }
  return "Unknown";
}

std::string serialise(const Response& response, bool head, bool keep_alive) {
  std::string text;
  text.reserve(256 + response.body.size());
  text += "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_phrase(response.status);
  text += "\r\n";
  for (const auto& field : response.headers) {
    text += field.name;
    text += ": ";
    text += field.value;
    text += "\r\n";
  }
  if (!keep_alive) {
    text += "Connection: close\r\n";
  }
  if (response.status != 204 && response.status != 304) {
    text += "Content-Length: ";
    text += std::to_string(response.body.size());
    text += "\r\n";
  }
  text += "\r\n";
  if (!head && response.status != 204 && response.status != 304) {
    text += response.body;
  }
  return text;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) {
      return std::nullopt;
    }
    decoded += static_cast<char>(octet->front());
    i += 2;
  }
  return decoded;
}

}  // namespace ut::lab
