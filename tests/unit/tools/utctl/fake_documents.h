// A server with one document in memory, which others may change, too.
#pragma once

#include "tools/utctl/xcap_client.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ut::utctl {

struct FakeDocuments final : Documents {
  Result<UtAnswer> fetch(const std::string&, std::string& to) override {
    ++fetches;
    if (error) {
      return std::unexpected(*error);
    }
    if (refused_get != 0) {
      return UtAnswer{.status = refused_get};
    }
    if (!text) {
      return UtAnswer{.status = 404};
    }
    to = *text;
    UtAnswer answer{.status = 200, .etag = etags ? etag() : ""};
    if (after_fetch) {
      after_fetch();
    }
    return answer;
  }

  Result<UtAnswer> store(const std::string&, std::string_view body,
                         const std::string& condition) override {
    conditions.push_back(condition);
    if (store_error) {
      return std::unexpected(*store_error);
    }
    const bool holds = text ? condition == "If-Match: " + etag() : condition == "If-None-Match: *";
    if (!holds) {
      return UtAnswer{.status = 412};
    }
    if (refused_put != 0) {
      return UtAnswer{.status = refused_put, .refusal = "no room"};
    }
    const bool existed = text.has_value();
    change(std::string(body));
    return UtAnswer{.status = existed ? 200 : 201, .etag = etag()};
  }

  void change(std::string to) {
    text = std::move(to);
    ++version;
  }
  std::string etag() const { return "\"v" + std::to_string(version) + "\""; }

  std::optional<std::string> text;
  int version = 0;
  bool etags = true;
  int fetches = 0;
  long refused_get = 0;
  long refused_put = 0;
  std::optional<Error> error;
  std::optional<Error> store_error;
  std::function<void()> after_fetch;  // what somebody else does
  std::vector<std::string> conditions;
};

}  // namespace ut::utctl
