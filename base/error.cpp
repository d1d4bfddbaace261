#include "base/error.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace ut {
namespace {

struct Row {
  std::string_view name;
  ErrorFamily family;
  std::string_view meaning;
  std::string_view advice;
};

constexpr std::array kRows = {
#define UT_ERROR(name, family, meaning, advice) Row{#name, ErrorFamily::family, meaning, advice},
#include "base/error_codes.def"
#undef UT_ERROR
};

const std::array<std::string, kRows.size()>& dashed_names() {
  static const auto names = [] {
    std::array<std::string, kRows.size()> out;
    for (std::size_t i = 0; i < kRows.size(); ++i) {
      out[i] = kRows[i].name;
      for (char& c : out[i]) {
        if (c == '_') {
          c = '-';
        }
      }
    }
    return out;
  }();
  return names;
}

const Row& row(ErrorCode code) {
  return kRows.at(static_cast<std::size_t>(code));
}

}  // namespace

ErrorFamily family(ErrorCode code) {
  return row(code).family;
}

std::string_view family_name(ErrorFamily family) {
  switch (family) {
    case ErrorFamily::card:
      return "card";
    case ErrorFamily::pin:
      return "pin";
    case ErrorFamily::ub:
      return "ub";
    case ErrorFamily::tls:
      return "tls";
    case ErrorFamily::ua:
      return "ua";
    case ErrorFamily::policy:
      return "policy";
    case ErrorFamily::request:
      return "request";
    case ErrorFamily::network:
      return "network";
    case ErrorFamily::limit:
      return "limit";
    case ErrorFamily::config:
      return "config";
    case ErrorFamily::input:
      return "input";
    case ErrorFamily::internal:
      return "internal";
  }
  return "internal";
}

std::string_view name(ErrorCode code) {
  return dashed_names().at(static_cast<std::size_t>(code));
}

std::optional<ErrorCode> code_named(std::string_view name) {
  const auto& names = dashed_names();
  const auto* const found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<ErrorCode>(found - names.begin()));
}

std::string_view meaning(ErrorCode code) {
  return row(code).meaning;
}

std::string_view advice(ErrorCode code) {
  return row(code).advice;
}

std::string to_text(const ForeignNumber& number) {
  std::array<char, 64> text{};
  switch (number.kind) {
    case ForeignKind::none:
      return {};
    case ForeignKind::status_word:
      std::snprintf(text.data(), text.size(), "SW %04lX", number.value & 0xffff);
      break;
    case ForeignKind::pcsc:
      std::snprintf(text.data(), text.size(), "PC/SC 0x%08lx", number.value & 0xffffffff);
      break;
    case ForeignKind::tls:
      std::snprintf(text.data(), text.size(), "wolfSSL %ld", number.value);
      break;
    case ForeignKind::tls_alert:
      std::snprintf(text.data(), text.size(), "TLS alert %ld", number.value);
      break;
    case ForeignKind::curl:
      std::snprintf(text.data(), text.size(), "curl %ld", number.value);
      break;
    case ForeignKind::http:
      std::snprintf(text.data(), text.size(), "HTTP status %ld", number.value);
      break;
    case ForeignKind::system:
      return "errno " + std::to_string(number.value) + " (" +
             std::strerror(static_cast<int>(number.value)) + ")";
  }
  return text.data();
}

std::string to_text(const Error& error) {
  std::string text(meaning(error.code));
  if (!error.detail.empty()) {
    text += ": " + error.detail;
  }
  if (auto foreign = to_text(error.foreign); !foreign.empty()) {
    text += " [" + foreign + "]";
  }
  if (!error.where.empty()) {
    text += " (in ";
    text += error.where;
    text += ")";
  }
  text += "; ";
  text += advice(error.code);
  return text;
}

}  // namespace ut
