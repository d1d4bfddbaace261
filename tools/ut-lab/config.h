// What the lab serves: from a TOML file, command line options and card profiles.
#pragma once

#include "base/result.h"
#include "tools/ut-lab/bsf.h"
#include "tools/ut-lab/hss.h"
#include "tools/ut-lab/naf.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

struct Config {
  BsfConfig bsf{};
  std::uint16_t bsf_port = 0;  // 0: the system chooses
  std::uint16_t control_port = 0;
  // GET /secrets of the control endpoint tells the keys that the lab made.
  bool reveal_secrets = false;
  std::string xcap_root{};        // "" or "services/xcap": no '/' at the ends
  std::vector<NafConfig> nafs{};  // Authentication Proxies too
  std::vector<Subscriber> subscribers{};
};

// Adds what the TOML text says to `config`; README.md lists the keys. Unknown keys, wrong types and
// wrong values are errors that name the key. `source` names the file in errors.
Result<void> apply_toml(Config& config, std::string_view toml, const std::string& source);

// The subscriber whose card this profile of soft-isim describes: identities, algorithm and K; AMF
// 8000.
Result<Subscriber> subscriber_from_profile(const std::filesystem::path& file);

// Fills what is not configured from the first subscriber's domain and the built-in NAF settings;
// config_invalid when there is no subscriber at all or a name is missing or doubled.
Result<void> complete(Config& config);

// The domain of an IMPI with the label "pub" where TS 23.003 clauses 13.9 and 16.2 put it:
// "ims.mnc015.mcc234.pub.3gppnetwork.org" or "home1.net".
std::string public_domain(std::string_view impi);

}  // namespace ut::lab
