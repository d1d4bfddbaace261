#include "agent/local/own_path.h"

#include "agent/local/request_headers.h"

#include <algorithm>

namespace ut::local {
namespace {

constexpr std::string_view kScheme = "http://";

bool is_own(std::string_view authority) {
  if (authority.ends_with(":80")) {
    authority.remove_suffix(3);
  }
  return same_name(authority, kOwnHost);
}

}  // namespace

Result<std::optional<std::string>> own_path(std::string_view request_target,
                                            std::optional<std::string_view> host) {
  if (request_target.starts_with('/')) {
    return host && is_own(*host) ? std::optional<std::string>(request_target) : std::nullopt;
  }
  if (!same_name(request_target.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  const auto rest = request_target.substr(kScheme.size());
  const auto path_at = std::min(rest.find('/'), rest.size());
  if (!is_own(rest.substr(0, path_at))) {
    return std::nullopt;
  }
  if (host && !is_own(*host)) {
    return fail(ErrorCode::request_host_invalid, "local.target",
                "the target and Host name different authorities");
  }
  return path_at == rest.size() ? "/" : std::string(rest.substr(path_at));
}

bool is_loopback_authority(std::string_view host) {
  const auto port = host.rfind(':');
  if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos) {
    host = host.substr(0, port);
  }
  return host == "127.0.0.1" || host == "[::1]" || same_name(host, "localhost");
}

}  // namespace ut::local
