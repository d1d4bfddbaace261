#include "tools/utctl/xcap_target.h"

#include "tools/utctl/agent_problem.h"
#include "tools/utctl/answer_from.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace ut::utctl {
namespace {

constexpr std::string_view kNodes = "/~~/";

struct Usage {
  std::string_view auid;
  std::string_view media_type;
};
constexpr std::array kUsages = {
    Usage{"pres-rules", "application/auth-policy+xml"},
    Usage{"org.openmobilealliance.pres-rules", "application/auth-policy+xml"},
    Usage{"resource-lists", "application/resource-lists+xml"},
    Usage{"rls-services", "application/rls-services+xml"},
    Usage{"pidf-manipulation", "application/pidf+xml"},
    Usage{"simservs.ngn.etsi.org", "application/vnd.etsi.simservs+xml"},
};

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

void append_encoded(std::string& to, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto octet = static_cast<unsigned char>(c);
  to += '%';
  to += kDigits[octet >> 4U];
  to += kDigits[octet & 0xFU];
}

bool is_plain(char c, std::string_view more) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.contains(c);
}

// Percent-encodes all but the characters of paths and queries (RFC 3986); "%HH" is left alone.
std::string encoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (escape || is_plain(text[i], "-._~!$&'()*+,;=:@/?")) {
      out += text[i];
    } else {
      append_encoded(out, text[i]);
    }
  }
  return out;
}

// One path segment that holds any text.
std::string encoded_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c, "-._~!$&'()*+,;=:@")) {
      out += c;
    } else {
      append_encoded(out, c);
    }
  }
  return out;
}

std::unexpected<Error> malformed(std::string_view address, std::string_view why) {
  return fail(ErrorCode::input_malformed, "read the address",
              "\"" + std::string(address) + "\": " + std::string(why));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

Result<std::string> whole_uri(std::string_view address) {
  const auto after_scheme = address.find("://") + 3;
  const auto rest = address.substr(after_scheme);
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.empty() || authority.size() == rest.size()) {
    return malformed(address, "there is no host, or no path");
  }
  if (authority.contains('@')) {
    return malformed(address, "no user may stand in it: the card tells who asks");
  }
  return "http://" + std::string(authority) + encoded(rest.substr(authority.size()));
}

}  // namespace

Result<XcapHome> home_from(ByteView document, std::string_view subscriber) {
  const auto json = nlohmann::json::parse(as_text(document), nullptr, false);
  try {
    for (const auto& entry : json.at("subscribers")) {
      if (!subscriber.empty() && entry.at("name") != subscriber) {
        continue;
      }
      if (entry.contains("problem")) {
        const auto text = nlohmann::json{{"type", entry.at("problem")}, {"detail", ""}}.dump();
        auto problem = agent_problem(as_bytes(text), 0);
        return problem ? std::unexpected(*std::move(problem)) : not_understood();
      }
      if (entry.at("root").is_null()) {
        return fail(
            ErrorCode::input_malformed, "find the XCAP root",
            "neither the configuration ([xcap] root) nor the card tells it; use a whole URI");
      }
      return XcapHome{entry.at("root").get<std::string>(),
                      entry.at("identities").at(0).get<std::string>()};
    }
  } catch (const nlohmann::json::exception&) {
    return not_understood();
  }
  return fail(ErrorCode::input_malformed, "--subscriber",
              "there is no subscriber \"" + std::string(subscriber) + "\" for whom you may act");
}

bool is_whole_uri(std::string_view address) {
  return address.starts_with("http://") || address.starts_with("https://");
}

Result<std::string> uri_of(std::string_view address, const XcapHome& home) {
  if (!is_printable(address)) {
    return malformed("...", "control characters are in it");
  }
  if (is_whole_uri(address)) {
    return whole_uri(address);
  }
  if (address.contains("://")) {
    return malformed(address, "http:// and https:// are known");
  }
  const auto slash = address.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == address.size()) {
    return malformed(address, "AUID/DOCUMENT is needed, such as pres-rules/index");
  }
  TRY(const std::string root, whole_uri(home.root));
  const auto rest = address.substr(slash + 1);
  if (rest.starts_with("users/") || rest.starts_with("global/")) {
    return root + encoded(address);
  }
  return root + encoded(address.substr(0, slash)) + "/users/" + encoded_segment(home.xui) + "/" +
         encoded(rest);
}

std::string document_address(std::string_view auid, std::string_view document) {
  return std::string(auid) + "/" + std::string(document);
}

std::optional<std::string> media_type_of(std::string_view uri) {
  const auto path = uri.substr(0, uri.find('?'));
  if (const auto nodes = path.find(kNodes); nodes != std::string_view::npos) {
    const auto last = path.substr(path.rfind('/') + 1);
    return last.starts_with('@') || last.starts_with("%40") ? "application/xcap-att+xml"
                                                            : "application/xcap-el+xml";
  }
  for (const auto& usage : kUsages) {
    for (const std::string_view tree : {"/users/", "/global/"}) {
      if (path.contains("/" + std::string(usage.auid) + std::string(tree))) {
        return std::string(usage.media_type);
      }
    }
  }
  return std::nullopt;
}

}  // namespace ut::utctl
