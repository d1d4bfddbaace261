#include "agent/gba/xcap_root.h"

#include "agent/gba/host_name.h"
#include "agent/gba/ims_names.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ut::gba {
namespace {

constexpr std::size_t kLongest = 1024;

bool is_segment_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+,;=:@/").contains(c);
}

bool is_plain_path(std::string_view path) {
  return std::ranges::all_of(path, is_segment_character) && !path.contains("//") &&
         !path.contains("/./") && !path.contains("/../") && !path.ends_with("/.") &&
         !path.ends_with("/..");
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && at == end && port != 0;
}

}  // namespace

std::optional<std::string> normal_xcap_root(std::string_view uri) {
  std::string normal;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (uri.starts_with(scheme)) {
      normal = scheme;
    }
  }
  if (normal.empty() || uri.size() > kLongest) {
    return std::nullopt;
  }
  uri.remove_prefix(normal.size());
  const auto authority = uri.substr(0, uri.find('/'));
  const auto path = uri.substr(authority.size());
  const auto colon = authority.find(':');
  const auto host = normal_host_name(authority.substr(0, colon));
  if (!host || !is_plain_path(path) ||
      (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))) {
    return std::nullopt;
  }
  normal += *host;
  if (colon != std::string_view::npos) {
    normal += authority.substr(colon);
  }
  normal += path;
  return normal.ends_with('/') ? normal : normal + '/';
}

std::string_view to_text(XcapRootSource source) {
  switch (source) {
    case XcapRootSource::configuration:
      return "configuration";
    case XcapRootSource::card:
      return "card";
    case XcapRootSource::ts_23_003:
      break;
  }
  return "TS 23.003";
}

std::optional<XcapRoot> xcap_root(std::string_view configured, std::string_view of_card,
                                  std::string_view impi) {
  for (const auto& [text, source] : {std::pair{configured, XcapRootSource::configuration},
                                     std::pair{of_card, XcapRootSource::card}}) {
    if (auto root = normal_xcap_root(text)) {
      return XcapRoot{*std::move(root), source};
    }
  }
  const auto host = xcap_host_from_impi(impi);
  return host ? std::optional(XcapRoot{"http://" + *host + "/", XcapRootSource::ts_23_003})
              : std::nullopt;
}

}  // namespace ut::gba
