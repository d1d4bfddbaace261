#include "isim/file_table.h"

#include "isim/part_decoders.h"

#include <algorithm>
#include <string>

namespace ut::isim {
namespace {

using enum FileStructure;
using enum Directory;

// Service numbers: kAny for files that depend on none.
using Services = std::array<std::uint8_t, 2>;
constexpr Services kAny{0, 0};

// TS 102 221 clause 13.
constexpr FileSpec kMfFiles[] = {
    {mf, 0x2f00, 0x1e, linear_fixed, "EF_DIR", "applications", kAny, false, part::dir},
    {mf, 0x2f05, 0x05, transparent, "EF_PL", "preferred languages", kAny, false, part::languages},
    {mf, 0x2f06, 0x06, linear_fixed, "EF_ARR", "access rules", kAny, false, part::arr},
    {mf, 0x2f08, 0x08, transparent, "EF_UMPC", "maximum power consumption", kAny, false,
     part::umpc},
    {mf, 0x2fe2, 0x02, transparent, "EF_ICCID", "card number", kAny, false, part::iccid},
};

// TS 31.103 clause 4.2.
constexpr FileSpec kIsimFiles[] = {
    {isim, 0x6f02, 0x02, transparent, "EF_IMPI", "private user identity", kAny, false, part::impi},
    {isim, 0x6f03, 0x05, transparent, "EF_DOMAIN", "home network domain name", kAny, false,
     part::domain},
    {isim, 0x6f04, 0x04, linear_fixed, "EF_IMPU", "public user identities", kAny, false,
     part::impu},
    {isim, 0x6f06, 0x06, linear_fixed, "EF_ARR", "access rules", kAny, false, part::arr},
    {isim, 0x6f07, 0x07, transparent, "EF_IST", "ISIM service table", kAny, false, part::ist},
    {isim, 0x6f09, 0, linear_fixed, "EF_P-CSCF", "P-CSCF addresses", {1, 5}, false, part::p_cscf},
    {isim,
     0x6f0a,
     0,
     linear_fixed,
     "EF_AC_GBAUAPI",
     "access control to the GBA_U API",
     {2, 0},
     false,
     part::ac_gbauapi},
    {isim,
     0x6f0b,
     0,
     transparent,
     "EF_IMSDCI",
     "IMS data channel indication",
     {22, 0},
     false,
     part::imsdci},
    {isim, 0x6f3c, 0, linear_fixed, "EF_SMS", "short messages", {6, 8}, false, part::sms},
    {isim, 0x6f42, 0, linear_fixed, "EF_SMSP", "short message parameters", {8, 0}, false, nullptr},
    {isim, 0x6f43, 0, transparent, "EF_SMSS", "short message status", {6, 8}, false, part::smss},
    {isim,
     0x6f47,
     0,
     linear_fixed,
     "EF_SMSR",
     "short message status reports",
     {7, 8},
     false,
     part::smsr},
    {isim, 0x6fad, 0x03, transparent, "EF_AD", "administrative data", kAny, false, part::ad},
    {isim,
     0x6fd5,
     0,
     transparent,
     "EF_GBABP",
     "GBA bootstrapping parameters",
     {2, 0},
     false,
     part::gbabp},
    {isim, 0x6fd7, 0, linear_fixed, "EF_GBANL", "GBA NAF list", {2, 0}, false, part::gbanl},
    {isim,
     0x6fdd,
     0,
     linear_fixed,
     "EF_NAFKCA",
     "NAF key centre addresses",
     {2, 4},
     false,
     part::nafkca},
    {isim,
     0x6fe7,
     0,
     linear_fixed,
     "EF_UICCIARI",
     "IMS application reference identifiers",
     {10, 0},
     false,
     part::uicciari},
    {isim,
     0x6ff7,
     0,
     transparent,
     "EF_FromPreferred",
     "From preferred",
     {17, 0},
     false,
     part::from_preferred},
    {isim,
     0x6ff8,
     0,
     ber_tlv,
     "EF_IMSConfigData",
     "IMS configuration data",
     {18, 0},
     false,
     part::config_data},
    {isim,
     0x6ffa,
     0,
     linear_fixed,
     "EF_WebRTCURI",
     "WebRTC URIs",
     {20, 0},
     false,
     part::webrtc_uri},
    {isim,
     0x6ffc,
     0,
     ber_tlv,
     "EF_XCAPConfigData",
     "XCAP configuration data",
     {19, 0},
     true,
     part::xcap_config},
    {isim,
     0x6ffe,
     0,
     ber_tlv,
     "EF_MuDMiDConfigData",
     "MuD and MiD configuration data",
     {21, 0},
     false,
     part::config_data},
};

// TS 31.102 clause 4.2: what the agent uses and what people look for first.
constexpr FileSpec kUsimFiles[] = {
    {usim, 0x6f05, 0x02, transparent, "EF_LI", "language indication", kAny, false, part::languages},
    {usim, 0x6f06, 0x17, linear_fixed, "EF_ARR", "access rules", kAny, false, part::arr},
    {usim, 0x6f07, 0x07, transparent, "EF_IMSI", "IMSI", kAny, false, part::imsi},
    {usim, 0x6f08, 0x08, transparent, "EF_Keys", "ciphering and integrity keys", kAny, true,
     nullptr},
    {usim, 0x6f09, 0x09, transparent, "EF_KeysPS",
     "ciphering and integrity keys of the packet switched domain", kAny, true, nullptr},
    {usim, 0x6f38, 0x04, transparent, "EF_UST", "USIM service table", kAny, false, part::ust},
    {usim, 0x6f3c, 0, linear_fixed, "EF_SMS", "short messages", {10, 0}, false, part::sms},
    {usim, 0x6f40, 0, linear_fixed, "EF_MSISDN", "telephone numbers", {21, 0}, false, nullptr},
    {usim, 0x6f42, 0, linear_fixed, "EF_SMSP", "short message parameters", {12, 0}, false, nullptr},
    {usim, 0x6f43, 0, transparent, "EF_SMSS", "short message status", {10, 0}, false, part::smss},
    {usim, 0x6f46, 0, transparent, "EF_SPN", "service provider name", {19, 0}, false, part::spn},
    {usim,
     0x6f47,
     0,
     linear_fixed,
     "EF_SMSR",
     "short message status reports",
     {11, 0},
     false,
     part::smsr},
    {usim, 0x6f78, 0x06, transparent, "EF_ACC", "access control class", kAny, false, nullptr},
    {usim, 0x6fad, 0x03, transparent, "EF_AD", "administrative data", kAny, false, part::ad},
    {usim,
     0x6fd6,
     0,
     transparent,
     "EF_GBABP",
     "GBA bootstrapping parameters",
     {68, 0},
     false,
     part::gbabp},
    {usim, 0x6fda, 0, linear_fixed, "EF_GBANL", "GBA NAF list", {68, 0}, false, part::gbanl},
    {usim,
     0x6fdd,
     0,
     linear_fixed,
     "EF_NAFKCA",
     "NAF key centre addresses",
     {68, 76},
     false,
     part::nafkca},
    {usim,
     0x6fe7,
     0,
     linear_fixed,
     "EF_UICCIARI",
     "IMS application reference identifiers",
     {95, 0},
     false,
     part::uicciari},
    {usim,
     0x6ff7,
     0,
     transparent,
     "EF_FromPreferred",
     "From preferred",
     {114, 0},
     false,
     part::from_preferred},
    {usim,
     0x6ff8,
     0,
     ber_tlv,
     "EF_IMSConfigData",
     "IMS configuration data",
     {115, 0},
     false,
     part::config_data},
    {usim,
     0x6ffc,
     0,
     ber_tlv,
     "EF_XCAPConfigData",
     "XCAP configuration data",
     {120, 0},
     true,
     part::xcap_config},
    {usim,
     0x6ffe,
     0,
     ber_tlv,
     "EF_MuDMiDConfigData",
     "MuD and MiD configuration data",
     {134, 0},
     false,
     part::config_data},
};

static_assert(std::ranges::is_sorted(kMfFiles, {}, &FileSpec::id));
static_assert(std::ranges::is_sorted(kIsimFiles, {}, &FileSpec::id));
static_assert(std::ranges::is_sorted(kUsimFiles, {}, &FileSpec::id));

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace

std::span<const FileSpec> files_of(Directory directory) {
  switch (directory) {
    case mf:
      return kMfFiles;
    case isim:
      return kIsimFiles;
    case usim:
      return kUsimFiles;
  }
  return {};
}

const FileSpec* find_file(Directory directory, FileId id) {
  const auto files = files_of(directory);
  const auto found = std::ranges::lower_bound(files, id, {}, &FileSpec::id);
  return found != files.end() && found->id == id ? &*found : nullptr;
}

const FileSpec* find_file(Directory directory, std::string_view name) {
  constexpr std::string_view kPrefix = "ef_";
  const std::string wanted = lower_case(name);
  for (const FileSpec& file : files_of(directory)) {
    const std::string known = lower_case(file.name);
    if (known == wanted || known.substr(kPrefix.size()) == wanted) {
      return &file;
    }
  }
  return nullptr;
}

std::string_view name(Directory directory) {
  switch (directory) {
    case mf:
      return "MF";
    case isim:
      return "ADF_ISIM";
    case usim:
      return "ADF_USIM";
  }
  return "?";
}

}  // namespace ut::isim
