// Who the subscriber is, as the card tells it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "isim/service_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::isim {

class CardSession;

// The application on the UICC that the identity and the keys come from.
enum class Application : std::uint8_t { isim, usim };

// Personal data throughout: for logs see log::personal() [KEY-6].
struct Identity {
  Application application = Application::isim;
  std::string iccid;                // EF_ICCID: up to 20 digits
  std::string impi;                 // EF_IMPI: private identity, an NAI "user@realm"
  std::string domain;               // EF_DOMAIN: home network domain name
  std::vector<std::string> impus;   // EF_IMPU: public identities (SIP or tel URI); never empty, the
                                    // first is the default one
  ServiceTable services{};          // EF_IST, of a USIM EF_UST; empty when the card has none
  std::uint8_t operation_mode = 0;  // EF_AD octet 1: 00 normal, 80 and above type approval or test
  std::string xcap_root{};          // of EF_XCAPConfigData; empty when the card tells none [XC-1]

  bool operator==(const Identity&) const = default;
};

// Whether the service table says that the application has the GBA context (TS 31.103 clause 4.2.7,
// TS 31.102 clause 4.2.8) [UB-7].
bool offers_gba(const Identity& identity);

struct ApplicationPolicy {
  bool allow_usim = false;  // fall back to the USIM on a card without ISIM [IS-1]
  // 2 or 3: for a USIM whose EF_AD does not tell how long the MNC is.
  std::optional<std::uint8_t> mnc_length{};
  // Where a card has several applications of the kind: what the AID begins with, and the private
  // identity. Empty: the first one. What is named here may be the USIM beside an ISIM.
  Bytes aid{};
  std::string impi{};
};

// Finds the ISIM in EF_DIR by its AID prefix and selects it; the USIM only when policy allows it
// and there is no ISIM, or names it [IS-1]. card_no_isim when there is neither; card_not_chosen
// when none of them is the one that policy names.
Result<Application> select_subscriber_application(CardSession& session,
                                                  const ApplicationPolicy& policy);

// The private identity of the selected application: EF_IMPI (TS 31.103 clause 4.2.2), for a USIM
// IMSI@ims.mncMNC.mccMCC.3gppnetwork.org (TS 23.003 clause 13.3).
Result<std::string> read_impi(CardSession& session, Application application,
                              const ApplicationPolicy& policy = {});

// Selects the application and reads everything of Identity; the PIN is verified when a file asks
// for it. Files that are missing or malformed are named in the error's detail; EF_XCAPConfigData
// alone may be either, and leaves xcap_root empty then. For a USIM the length of the MNC is that of
// EF_AD, else that of `policy`, else that of the country; when none is known card_file_malformed
// says so.
Result<Identity> read_identity(CardSession& session, const ApplicationPolicy& policy = {});

// How many digits the MNCs of a country have, by the MCC that `imsi` begins with (ITU-T E.212 [M]);
// nullopt for countries with both lengths and those that are not known here.
std::optional<std::uint8_t> mnc_length_of_country(std::string_view imsi);

// IMPI, domain and public identity of a subscriber with a USIM only (TS 23.003 clauses 13.2
// to 13.4B). `imsi` has 6 to 15 digits, `mnc_length` is 2 or 3.
Identity identity_from_imsi(const std::string& imsi, std::uint8_t mnc_length);

}  // namespace ut::isim
