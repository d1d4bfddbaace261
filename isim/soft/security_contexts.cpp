#include "isim/soft/security_contexts.h"

#include "isim/service_table.h"

#include <utility>

namespace ut::isim::soft {
namespace {

bool has(const CardProfile& profile, IsimService service) {
  return profile.isim_services.contains(std::to_underlying(service));
}

bool has(const CardProfile& profile, UsimService service) {
  return profile.usim_services.contains(std::to_underlying(service));
}

}  // namespace

bool has_gba(const CardProfile& profile, Application application) {
  switch (application) {
    case Application::isim:
      return has(profile, IsimService::gba);
    case Application::usim:
      return has(profile, UsimService::gba);
  }
  return false;
}

SecurityContexts make_contexts(CardProfile& profile, FileSystem& files) {
  SecurityContexts contexts{.gsm = has(profile, UsimService::gsm_security_context),
                            .kc = has(profile, UsimService::gsm_access)};
  for (std::size_t i = 0; i < profile.applications.size(); ++i) {
    const auto application = profile.applications[i];
    if (has_gba(profile, application)) {
      if (auto context = GbaContext::of(*files.applications[i], application)) {
        contexts.gba.emplace(application, *std::move(context));
      }
    }
  }
  if (has(profile, IsimService::http_digest)) {
    contexts.http_digest.emplace(profile.digest_user, std::move(profile.digest_password));
  }
  return contexts;
}

}  // namespace ut::isim::soft
