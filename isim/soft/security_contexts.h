// What a card has for the contexts of AUTHENTICATE beside AKA, as its services say.
#pragma once

#include "isim/soft/card_files.h"
#include "isim/soft/card_profile.h"
#include "isim/soft/gba_context.h"
#include "isim/soft/http_digest_context.h"

#include <map>
#include <optional>

namespace ut::isim::soft {

struct SecurityContexts {
  bool gsm = false;                         // the USIM has the GSM context: service 38
  bool kc = false;                          // the USIM gives Kc in the 3G context: service 27
  std::map<Application, GbaContext> gba{};  // the applications with the service GBA
  std::optional<HttpDigestContext> http_digest{};  // service 3 of EF_IST
};

// `files` are those of the profile, with the ones that the services ask for; they outlive the
// result, which takes the password out of the profile.
SecurityContexts make_contexts(CardProfile& profile, FileSystem& files);

// Whether the application has GBA: service 2 of EF_IST, 68 of EF_UST.
bool has_gba(const CardProfile& profile, Application application);

}  // namespace ut::isim::soft
