#include "agent/ub/messages.h"

#include "agent/gba/host_name.h"
#include "agent/gba/ims_names.h"

#include <algorithm>

namespace ut::ub {
namespace {

constexpr std::string_view kTmpiToken = "3gpp-gba-tmpi";
constexpr std::string_view kMediaType = "application/vnd.3gpp.bsf+xml";

std::unexpected<Error> malformed(std::string_view where, std::string_view why) {
  return fail(ErrorCode::ub_answer_malformed, where, std::string(why));
}

// The error that a status stands for which is not the one that this step needs.
std::unexpected<Error> unwanted_status(const HttpResponse& response, std::string_view where) {
  const unsigned status = response.status;
  Error error{.code = ErrorCode::ub_answer_malformed,
              .where = where,
              .foreign = {ForeignKind::http, static_cast<long>(status)},
              .retry_after = response.retry_after};
  if (status == 407) {
    error.code = ErrorCode::ub_bsf_unreachable;
    error.detail = "the HTTP proxy refused";
  } else if (status >= 300 && status < 400) {
    error.code = ErrorCode::ub_redirect_refused;
  } else if (status == 400) {
    error.code = ErrorCode::ub_request_refused;
  } else if (status == 404) {
    error.code = ErrorCode::ub_not_found;
  } else if (status == 429 || status == 503) {
    error.code = ErrorCode::ub_busy;
  } else if (status >= 400 && status < 500) {
    error.code = ErrorCode::ub_refused;
  } else if (status >= 500 && status < 600) {
    error.code = ErrorCode::ub_server_error;
  }
  return std::unexpected(std::move(error));
}

bool is_home_realm(std::string_view realm, std::string_view bsf, std::string_view impi) {
  const auto name = gba::normal_host_name(realm);
  return name && (name == gba::normal_host_name(bsf) || name == gba::domain_of(impi));
}

// "type/subtype ; parameters" without the parameters.
bool has_media_type(const HttpResponse& response) {
  const auto values = response.values("Content-Type");
  if (values.size() != 1) {
    return false;
  }
  std::string_view type = values.front();
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) {
    type.remove_suffix(1);
  }
  return std::ranges::equal(type, kMediaType, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

Result<std::string> bsf_name(const UbConfig& config, const isim::Identity& identity) {
  std::optional<std::string> name;
  if (!config.bsf_host.empty()) {
    name = gba::normal_host_name(config.bsf_host);
  } else {
    switch (identity.application) {
      case isim::Application::isim:
        name = gba::bsf_name_from_impi(identity.impi);
        break;
      case isim::Application::usim:
        name = gba::bsf_name_from_usim_impi(identity.impi);
        break;
    }
  }
  if (!name) {
    return fail(ErrorCode::ub_bsf_unknown, "BSF name");
  }
  return *std::move(name);
}

std::optional<std::string> fallback_bsf_name(const UbConfig& config, std::string_view bsf) {
  if (!config.bsf_host.empty() || config.fallback_bsf_host.empty()) {
    return std::nullopt;
  }
  auto name = gba::normal_host_name(config.fallback_bsf_host);
  return name != bsf ? name : std::nullopt;
}

std::string user_agent(const UbConfig& config) {
  std::string tokens = config.user_agent;
  if (config.tmpi) {
    tokens.append(" ").append(kTmpiToken);
  }
  return tokens;
}

bool knows_tmpi(const HttpResponse& response) {
  // Product tokens stand between blanks; what is in parentheses is a comment (RFC 9110 clause
  // 10.2.4).
  return std::ranges::any_of(response.values("Server"), [](std::string_view value) {
    unsigned comment = 0;
    std::string product;
    for (const char c : std::string(value) + ' ') {
      if (comment == 0 && (c == ' ' || c == '\t' || c == '(')) {
        if (product.substr(0, product.find('/')) == kTmpiToken) {
          return true;
        }
        product.clear();
      } else if (comment == 0) {
        product += c;
      }
      comment += c == '(' ? 1 : 0;
      comment -= c == ')' && comment > 0 ? 1 : 0;
    }
    return false;
  });
}

Result<gba::DigestChallenge> read_challenge(const UbConfig& config, const HttpResponse& response,
                                            std::string_view bsf, std::string_view impi) {
  constexpr std::string_view kStep = "BSF challenge";
  if (response.status != 401) {
    return unwanted_status(response, kStep);
  }
  auto challenges = gba::parse_digest_challenges(response.values("WWW-Authenticate"));
  if (!challenges) {
    return malformed(kStep, challenges.error());
  }
  const auto found = std::ranges::find_if(*challenges, [](const gba::DigestChallenge& challenge) {
    return challenge.algorithm == gba::DigestAlgorithm::akav1_md5 && challenge.qop_auth_int;
  });
  if (found == challenges->end()) {
    return fail(ErrorCode::ub_challenge_unsupported, kStep);
  }
  if (!config.accept_foreign_realm && !is_home_realm(found->realm, bsf, impi)) {
    return fail(ErrorCode::ub_realm_foreign, kStep, found->realm);
  }
  return std::move(*found);
}

Result<Bootstrapped> read_success(const UbConfig& config, const HttpResponse& response,
                                  const gba::Ha1& ha1, const gba::DigestUse& use) {
  constexpr std::string_view kStep = "BSF answer";
  if (response.status != 200) {
    return unwanted_status(response, kStep);
  }
  const auto info = gba::parse_authentication_info(response.values("Authentication-Info"));
  if (!info) {
    return malformed(kStep, info.error());
  }
  const auto hash = gba::body_hash(ha1.algorithm(), as_bytes(response.body));
  switch (gba::check_server(*info, ha1, use, hash)) {
    case gba::ServerProof::proven:
      break;
    case gba::ServerProof::missing:
      if (config.require_rspauth) {
        return fail(ErrorCode::ub_rspauth_missing, kStep);
      }
      break;
    case gba::ServerProof::wrong:
      return fail(ErrorCode::ub_rspauth_wrong, kStep);
  }
  if (!has_media_type(response)) {
    return fail(ErrorCode::ub_media_type_wrong, kStep,
                std::string("it is not ").append(kMediaType));
  }
  auto document = gba::parse_bootstrapping_info(as_bytes(response.body));
  if (!document) {
    return fail(ErrorCode::ub_bootstrapping_info_malformed, kStep, std::string(document.error()));
  }
  return Bootstrapped{*std::move(document), info->nextnonce};
}

Result<std::chrono::seconds> remaining_lifetime(const UbConfig& config,
                                                const gba::BootstrappingInfo& info, UtcTime now) {
  const std::chrono::seconds remaining = info.lifetime - info.current_time.value_or(now);
  if (remaining <= std::chrono::seconds::zero()) {
    return fail(ErrorCode::ub_lifetime_over, "BSF answer");
  }
  return std::min(remaining, config.max_lifetime);
}

}  // namespace ut::ub
