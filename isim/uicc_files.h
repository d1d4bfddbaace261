// Decoders of what the files of a UICC and its ISIM hold: pure functions over the octets read.
// A card is not trusted: whatever it says is either well formed or card_file_malformed.
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

// File identifiers (TS 102 221 clause 13, TS 31.103 clause 4.2, TS 31.102 clause 4.2).
using FileId = std::uint16_t;
constexpr FileId kMf = 0x3f00;
// Stands for the ADF of the application that is active on a channel (TS 102 221 clause 8.3).
constexpr FileId kCurrentApplication = 0x7fff;
constexpr FileId kEfDir = 0x2f00;
constexpr FileId kEfIccid = 0x2fe2;
constexpr FileId kEfImpi = 0x6f02;
constexpr FileId kEfDomain = 0x6f03;
constexpr FileId kEfImpu = 0x6f04;
constexpr FileId kEfIst = 0x6f07;
constexpr FileId kEfAd = 0x6fad;

// One application of EF_DIR (TS 102 221 clause 13.1).
struct ApplicationRecord {
  Bytes aid{};          // 5 to 16 octets
  std::string label{};  // may be empty
  bool operator==(const ApplicationRecord&) const = default;
};

// RID of 3GPP and application code; what follows differs by issuer [IS-1].
extern const Bytes kIsimAidPrefix;  // A0000000871004
extern const Bytes kUsimAidPrefix;  // A0000000871002
bool has_prefix(ByteView aid, ByteView prefix);

// Record = 61 L { 4F AID, 50 label, ... } in any order, then FF. nullopt for an empty record.
Result<std::optional<ApplicationRecord>> decode_dir_record(ByteView record);

enum class FileStructure : std::uint8_t { unknown, transparent, linear_fixed, cyclic, ber_tlv, df };
enum class LifeCycle : std::uint8_t {
  unknown,
  creation,
  initialisation,
  activated,
  deactivated,
  terminated
};

// One PIN of an application as its FCP tells (TS 102 221 clause 11.1.1.4.10).
struct PinKey {
  std::uint8_t reference = 0;  // 01-08 application PIN, 11 universal PIN, 81-88 second PIN
  bool enabled = false;
  bool used_as_replacement = false;  // usage qualifier 08
  bool operator==(const PinKey&) const = default;
};

constexpr std::uint8_t kUniversalPin = 0x11;

// Where the access rule of a file stands: a record of EF_ARR of the same directory or above it.
struct AccessRuleReference {
  FileId arr = 0;
  std::uint8_t record = 0;  // from 1
  bool operator==(const AccessRuleReference&) const = default;
};

// File control parameters, template 62 (TS 102 221 clause 11.1.1.3).
struct Fcp {
  FileStructure structure = FileStructure::unknown;
  std::optional<FileId> file_id{};
  std::optional<std::size_t> file_size{};  // octets of the body
  std::size_t record_length = 0;           // 0 unless linear fixed or cyclic
  std::size_t record_count = 0;            // 0 when the card does not tell
  Bytes df_name{};                         // AID of an ADF
  std::optional<std::uint8_t> sfi{};       // 1 to 30
  LifeCycle life_cycle = LifeCycle::unknown;
  std::vector<PinKey> pins{};                        // from C6, in its order
  std::optional<AccessRuleReference> access_rule{};  // from 8B

  // The PIN that guards the application: the enabled application PIN, else the universal PIN when
  // it replaces it; nullopt when none is enabled [IS-4].
  std::optional<std::uint8_t> pin_reference() const;
  bool operator==(const Fcp&) const = default;
};
Result<Fcp> decode_fcp(ByteView octets);

// EF_IMPI (TS 31.103 clause 4.2.2): 80 L NAI. The value has a user and a realm.
Result<std::string> decode_impi(ByteView octets);

// EF_DOMAIN (clause 4.2.3): 80 L domain name.
Result<std::string> decode_domain(ByteView octets);

// A record of EF_IMPU (clause 4.2.4): 80 L URI with scheme sip, sips or tel. nullopt for an empty
// record.
Result<std::optional<std::string>> decode_impu_record(ByteView record);

// EF_IST (clause 4.2.7): at least one octet.
Result<ServiceTable> decode_ist(ByteView octets);

// EF_AD of ISIM (clause 4.2.5) and USIM (TS 31.102 clause 4.2.18).
struct AdministrativeData {
  std::uint8_t operation_mode = 0;
  std::optional<std::uint8_t> mnc_length{};  // 2 or 3 digits; USIM only
  bool operator==(const AdministrativeData&) const = default;
};
Result<AdministrativeData> decode_ad(ByteView octets);

// EF_ICCID (TS 102 221 clause 13.2): 10 octets, swapped BCD, padded with F. Some issuers use the
// digits A to E; they are kept.
Result<std::string> decode_iccid(ByteView octets);

// Whether a user's text can be an ICCID: 10 to 20 decimal digits.
bool is_iccid(std::string_view text);

// EF_IMSI (TS 31.102 clause 4.2.2): 6 to 15 digits.
Result<std::string> decode_imsi(ByteView octets);

}  // namespace ut::isim
