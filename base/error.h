// What a failure is. A protocol outcome that the caller must handle (synchronisation failure, a
// 401) is not an Error: it is a value in the success type.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut {

enum class ErrorFamily : std::uint8_t {
  card,
  pin,
  ub,
  tls,
  ua,
  policy,
  request,
  network,
  limit,
  config,
  input,
  internal,
};

enum class ErrorCode : std::uint16_t {
#define UT_ERROR(name, family, meaning, advice) name,
#include "base/error_codes.def"
#undef UT_ERROR
};

// Whose number an Error carries beside its own code.
enum class ForeignKind : std::uint8_t {
  none,
  status_word,
  pcsc,
  tls,
  tls_alert,
  curl,
  http,
  system
};

struct ForeignNumber {
  ForeignKind kind = ForeignKind::none;
  long value = 0;
  bool operator==(const ForeignNumber&) const = default;
};

// `where` names the step that failed and must be a literal. `detail` is for what the user needs to
// find the cause (a file, a setting, a host); never a secret and never personal data.
struct Error {
  ErrorCode code;
  std::string_view where;
  ForeignNumber foreign{};
  std::string detail{};
  // After how long a new try makes sense; nullopt: this failure does not say.
  std::optional<std::chrono::seconds> retry_after{};
  bool operator==(const Error&) const = default;
};

ErrorFamily family(ErrorCode code);
std::string_view family_name(ErrorFamily family);

// The stable name of the code, words joined by '-': "card-absent".
std::string_view name(ErrorCode code);

// The code that name() gives this name; nullopt when there is none.
std::optional<ErrorCode> code_named(std::string_view name);

// One sentence: what happened.
std::string_view meaning(ErrorCode code);

// One sentence: what the user can do next.
std::string_view advice(ErrorCode code);

// The whole error in one line for people and logs: meaning, detail, foreign number, step, advice.
std::string to_text(const Error& error);

// "SW 6982", "PC/SC 0x8010001d", "curl 7": empty for none.
std::string to_text(const ForeignNumber& number);

}  // namespace ut
