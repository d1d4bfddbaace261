// The files of the Generic Bootstrapping Architecture (TS 31.103 clauses 4.2.9 to 4.2.11
// and 4.2.22, TS 31.102 clauses 4.2.77 to 4.2.79): the same coding in ISIM and USIM, under other
// identifiers.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "isim/aka_types.h"

#include <cstddef>
#include <optional>
#include <string>

namespace ut::isim {

// EF_GBABP: what the last bootstrapping with GBA_U left on the card, as three fields of one octet
// of length and a value. Empty where a field has no octets; personal data [KEY-6].
struct GbaBootstrapping {
  Bytes rand{};                // 16 octets, written by the card
  std::string b_tid{};         // written by the terminal
  std::string key_lifetime{};  // as the BSF sent it; written by the terminal
  bool operator==(const GbaBootstrapping&) const = default;
};
// nullopt when the card was never bootstrapped. FF counts as a field of no octets; what follows the
// last field is not read.
Result<std::optional<GbaBootstrapping>> decode_gbabp(ByteView octets);

// Octets of EF_GBABP that RAND, a B-TID and a key lifetime of these sizes take with their lengths.
constexpr std::size_t gbabp_size(std::size_t b_tid, std::size_t key_lifetime) {
  return 3 + Rand::size + b_tid + key_lifetime;
}

// EF_GBABP as a terminal must know it before a bootstrapping.
struct StoredGbaBootstrapping {
  std::size_t room = 0;  // octets of the file; 0: the card has none
  // nullopt: never written, or not coded as it should be.
  std::optional<GbaBootstrapping> content{};
};

// NAF_Id: the NAF's FQDN and the five octets of the Ua security protocol (TS 33.220 annex H).
struct NafId {
  std::string fqdn{};
  Bytes ua_protocol{};
  bool operator==(const NafId&) const = default;
};

// A record of EF_GBANL: 80 NAF_Id, 81 B-TID. nullopt for an empty record.
struct GbaNafEntry {
  NafId naf_id{};
  std::string b_tid{};
  bool operator==(const GbaNafEntry&) const = default;
};
Result<std::optional<GbaNafEntry>> decode_gbanl_record(ByteView record);

// A record of EF_NAFKCA: 80 FQDN of the NAF key centre. nullopt for an empty record.
Result<std::optional<std::string>> decode_nafkca_record(ByteView record);

// A record of EF_AC_GBAUAPI: which applet may ask for the keys of which NAF (TS 31.130).
struct GbaApiAccess {
  Bytes aid{};
  NafId naf_id{};
  bool operator==(const GbaApiAccess&) const = default;
};
Result<std::optional<GbaApiAccess>> decode_ac_gbauapi_record(ByteView record);

}  // namespace ut::isim
