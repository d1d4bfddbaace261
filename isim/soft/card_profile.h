// What makes one software card: identities, keys, PIN, services, manners. Read from a TOML file.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/identity.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/file_settings.h"
#include "isim/soft/pin.h"
#include "isim/soft/sqn.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ut::isim::soft {

// The transmission protocols that the ATR offers.
enum class AtrProtocols : std::uint8_t { t0, t1, dual };

// How response data of a command with command data is handed over.
enum class Answers : std::uint8_t {
  direct,  // with Le at once, without Le by 61xx and GET RESPONSE
  t0,      // always by 61xx and GET RESPONSE, and Le = 00 is answered 6Cxx: a strict T=0 card
};

struct CardProfile {
  std::string iccid;                      // 18 to 20 digits
  std::vector<Application> applications;  // in the order of EF_DIR
  AtrProtocols atr = AtrProtocols::dual;
  Answers answers = Answers::direct;
  std::uint8_t logical_channels = 19;  // beside the basic one, 0 to 19

  std::string imsi;             // 6 to 15 digits
  std::uint8_t mnc_length = 2;  // 2 or 3
  std::string impi;
  std::string domain;
  std::vector<std::string> impus;    // at least one; the first is the default
  std::vector<std::string> p_cscfs;  // FQDN or IP address

  std::unique_ptr<const AkaAlgorithm> algorithm;  // with K in it

  PinSettings pins;
  // Where tries and changed PINs outlive the process; nullopt: nowhere.
  std::optional<std::filesystem::path> pin_file{};

  std::string digest_user;      // of the HTTP Digest context; without ':'
  SecretBytes digest_password;  // empty: the card has no such context

  std::set<std::uint8_t> isim_services;  // EF_IST, from 1
  std::set<std::uint8_t> usim_services;  // EF_UST, from 1

  std::vector<FileSettings> files{};  // beside, or in place of, those that follow from the above

  std::filesystem::path sqn_file;  // absolute, or relative to the working directory
  Sqn sqn_start;                   // as if all up to it were used; without a file only
  std::optional<std::uint64_t> sqn_age_limit;
};

// Reads a profile. The file must be owned by the caller's user and closed to all others (mode
// 0600), as it holds K. config_unreadable, config_syntax with the line, or config_invalid with
// every setting that is wrong in `detail`.
Result<CardProfile> load_card_profile(const std::filesystem::path& file);

// The same from text; `directory` is what a relative sequence file is relative to.
Result<CardProfile> parse_card_profile(std::string_view toml,
                                       const std::filesystem::path& directory);

// A commented profile with the keys of Milenage's published test set 1.
std::string_view example_card_profile();
// The same with every file of MF, ADF_ISIM and ADF_USIM that has a name here.
std::string full_card_profile();

}  // namespace ut::isim::soft
