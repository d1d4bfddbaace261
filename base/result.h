// A failure travels upward unchanged: Result<T> and the declaration macros TRY and CO_TRY.
#pragma once

#include "base/error.h"

#include <expected>
#include <utility>

namespace ut {

template <class T>
using Result = std::expected<T, Error>;

// return fail(ErrorCode::card_absent, "connect");
// Cold, as are the error branches of TRY: what they are compiled to stands apart, and does not take
// the processor's caches from what every request runs through.
[[gnu::cold]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view where,
                                                 ForeignNumber foreign = {},
                                                 std::string detail = {}) {
  return std::unexpected(Error{code, where, foreign, std::move(detail)});
}
[[gnu::cold]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view where,
                                                 std::string detail) {
  return std::unexpected(Error{code, where, {}, std::move(detail)});
}

}  // namespace ut

#define UT_CONCAT_(a, b) a##b
#define UT_CONCAT(a, b) UT_CONCAT_(a, b)
#define UT_TRY_(return_, tmp, decl, ...)             \
  auto tmp = (__VA_ARGS__);                          \
  if (!tmp) [[unlikely]] {                           \
    return_ std::unexpected(std::move(tmp).error()); \
  }                                                  \
  decl = *std::move(tmp)
#define UT_TRY_VOID_(return_, tmp, ...)              \
  if (auto tmp = (__VA_ARGS__); !tmp) [[unlikely]] { \
    return_ std::unexpected(std::move(tmp).error()); \
  }

// TRY(auto x, expression);  -- x gets the value, or the function returns the error.
#define TRY(decl, ...) UT_TRY_(return, UT_CONCAT(ut_try_, __COUNTER__), decl, __VA_ARGS__)
#define TRY_VOID(...) UT_TRY_VOID_(return, UT_CONCAT(ut_try_, __COUNTER__), __VA_ARGS__)
// The same in a coroutine: CO_TRY(auto x, co_await expression);
// (a GNU statement expression around co_await crashes g++ 12, a declaration does not)
#define CO_TRY(decl, ...) UT_TRY_(co_return, UT_CONCAT(ut_try_, __COUNTER__), decl, __VA_ARGS__)
#define CO_TRY_VOID(...) UT_TRY_VOID_(co_return, UT_CONCAT(ut_try_, __COUNTER__), __VA_ARGS__)
