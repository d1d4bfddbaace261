#include "isim/identity.h"

#include "isim/card_session.h"
#include "isim/file_reader.h"
#include "isim/uicc_files.h"
#include "isim/xcap_config.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxImpus = 254;
constexpr FileId kEfImsi = 0x6f07;  // in the USIM; the same number is EF_IST in the ISIM
constexpr FileId kEfUst = 0x6f38;
constexpr FileId kEfXcapConfigData = 0x6ffc;  // in both

Error named(Error error, std::string_view file_name) {
  error.detail = std::string(file_name) + (error.detail.empty() ? "" : ": " + error.detail);
  return error;
}

// Reads and decodes one transparent file, and names it in what goes wrong. What a short identifier
// led to and cannot be decoded is read again by the file identifier: the card may use that SFI for
// another file.
template <class Decode>
auto read_as(CardSession& session, Directory directory, FileId id, Decode decode)
    -> decltype(decode(ByteView())) {
  const FileSpec& file = *find_file(directory, id);
  for (const Access access : {Access::fewest_commands, Access::file_identifier}) {
    const auto content = read_file(session, file, access);
    if (!content) {
      return std::unexpected(named(content.error(), file.name));
    }
    if (content->structure != FileStructure::transparent) {
      return fail(ErrorCode::card_file_malformed, file.name, "not a transparent file");
    }
    auto decoded = decode(content->parts.front().octets.expose());
    if (decoded || content->fcp) {
      return decoded;
    }
  }
  std::abort();  // the second reading has an FCP
}

Result<std::vector<std::string>> read_impus(CardSession& session) {
  TRY(const Fcp fcp, session.select_file(kEfImpu));
  const std::size_t count = fcp.record_count == 0 ? kMaxImpus : fcp.record_count;
  std::vector<std::string> impus;
  for (std::size_t number = 1; number <= std::min(count, kMaxImpus); ++number) {
    TRY(const auto record, session.read_record(fcp, static_cast<std::uint8_t>(number)));
    if (!record) {
      break;
    }
    TRY(auto impu, decode_impu_record(record->expose()));
    if (impu) {
      impus.push_back(*std::move(impu));
    }
  }
  if (impus.empty()) {
    return fail(ErrorCode::card_file_malformed, "EF_IMPU", "no public identity");
  }
  return impus;
}

// EF_IST, or EF_UST, which is coded alike (TS 31.102 clause 4.2.8).
Result<ServiceTable> read_services(CardSession& session, Application application) {
  auto table = application == Application::isim
                   ? read_as(session, Directory::isim, kEfIst, decode_ist)
                   : read_as(session, Directory::usim, kEfUst, decode_ist);
  if (!table && table.error().code == ErrorCode::card_file_missing) {
    return ServiceTable{};  // TS 31.103 clause 4.2.7: the file is optional in the ISIM
  }
  return table;
}

bool offers_xcap_config(const ServiceTable& services, Application application) {
  switch (application) {
    case Application::isim:
      return services.available(IsimService::xcap_config_data);
    case Application::usim:
      break;
  }
  return services.available(UsimService::xcap_config_data);
}

// A file that cannot be had or understood is as good as none: TS 23.003 tells the root then.
Result<std::string> read_xcap_root(CardSession& session, Application application) {
  const auto directory = application == Application::isim ? Directory::isim : Directory::usim;
  const auto content = read_file(session, *find_file(directory, kEfXcapConfigData));
  if (!content) {
    const auto code = content.error().code;
    if (code == ErrorCode::card_file_missing || code == ErrorCode::card_file_malformed ||
        code == ErrorCode::card_command_refused) {
      return std::string();
    }
    return std::unexpected(named(content.error(), "EF_XCAPConfigData"));
  }
  for (const FilePart& part : content->parts) {
    if (const auto config = decode_xcap_config(part.octets.expose())) {
      return config->root();
    }
  }
  return std::string();
}

Result<Identity> read_usim(CardSession& session, const ApplicationPolicy& policy) {
  TRY(const std::string imsi, read_as(session, Directory::usim, kEfImsi, decode_imsi));
  TRY(const AdministrativeData ad, read_as(session, Directory::usim, kEfAd, decode_ad));
  std::optional<std::uint8_t> mnc_length = ad.mnc_length ? ad.mnc_length : policy.mnc_length;
  if (!mnc_length) {
    mnc_length = mnc_length_of_country(imsi);
  }
  if (!mnc_length) {
    return fail(
        ErrorCode::card_file_malformed, "EF_AD",
        "no length of the MNC, and the country has networks of both lengths: set mnc_length");
  }
  Identity identity = identity_from_imsi(imsi, *mnc_length);
  identity.operation_mode = ad.operation_mode;
  return identity;
}

Result<Identity> read_isim(CardSession& session) {
  Identity identity;
  TRY(identity.impi, read_as(session, Directory::isim, kEfImpi, decode_impi));
  TRY(identity.domain, read_as(session, Directory::isim, kEfDomain, decode_domain));
  TRY(identity.impus, read_impus(session));
  TRY(const AdministrativeData ad, read_as(session, Directory::isim, kEfAd, decode_ad));
  identity.operation_mode = ad.operation_mode;
  return identity;
}

struct Candidate {
  Application application;
  Bytes aid;
};

// In the order in which they are to be tried.
std::vector<Candidate> candidates_among(const std::vector<ApplicationRecord>& records,
                                        const ApplicationPolicy& policy) {
  std::vector<Candidate> found;
  const auto add = [&](Application application, const Bytes& prefix) {
    for (const auto& record : records) {
      if (has_prefix(record.aid, prefix)) {
        found.push_back({application, record.aid});
      }
    }
  };
  add(Application::isim, kIsimAidPrefix);
  const bool names_one = !policy.aid.empty() || !policy.impi.empty();
  if (policy.allow_usim && (found.empty() || names_one)) {
    add(Application::usim, kUsimAidPrefix);
  }
  return found;
}

}  // namespace

Result<Application> select_subscriber_application(CardSession& session,
                                                  const ApplicationPolicy& policy) {
  std::vector<ApplicationRecord> records;
  if (auto listed = session.applications()) {
    records = *std::move(listed);
  } else if (listed.error().code != ErrorCode::card_file_missing) {
    return std::unexpected(std::move(listed).error());
  }
  const auto candidates = candidates_among(records, policy);
  if (candidates.empty()) {
    const auto is_usim = [](const auto& record) { return has_prefix(record.aid, kUsimAidPrefix); };
    return fail(ErrorCode::card_no_isim, "EF_DIR",
                std::ranges::any_of(records, is_usim) ? "the card has a USIM only"
                                                      : "neither ISIM nor USIM");
  }
  Error why{ErrorCode::card_not_chosen, "EF_DIR"};
  for (const auto& [application, aid] : candidates) {
    if (!has_prefix(aid, policy.aid)) {
      continue;
    }
    TRY_VOID(session.select_application(aid));
    if (policy.impi.empty()) {
      return application;
    }
    auto impi = read_impi(session, application, policy);
    if (!impi) {
      why = std::move(impi).error();  // it might have been the one
    } else if (*impi == policy.impi) {
      return application;
    }
  }
  return std::unexpected(std::move(why));
}

Result<std::string> read_impi(CardSession& session, Application application,
                              const ApplicationPolicy& policy) {
  switch (application) {
    case Application::isim:
      return read_as(session, Directory::isim, kEfImpi, decode_impi);
    case Application::usim:
      break;
  }
  TRY(Identity identity, read_usim(session, policy));
  return std::move(identity.impi);
}

Result<Identity> read_identity(CardSession& session, const ApplicationPolicy& policy) {
  TRY(std::string iccid, session.iccid());
  TRY(const Application application, select_subscriber_application(session, policy));
  TRY(Identity identity,
      application == Application::isim ? read_isim(session) : read_usim(session, policy));
  TRY(identity.services, read_services(session, application));
  if (offers_xcap_config(identity.services, application)) {
    TRY(identity.xcap_root, read_xcap_root(session, application));
  }
  identity.iccid = std::move(iccid);
  return identity;
}

bool offers_gba(const Identity& identity) {
  switch (identity.application) {
    case Application::isim:
      return identity.services.available(IsimService::gba);
    case Application::usim:
      break;
  }
  return identity.services.available(UsimService::gba);
}

std::optional<std::uint8_t> mnc_length_of_country(std::string_view imsi) {
  const std::string_view mcc = imsi.substr(0, 3);
  constexpr std::string_view kThreeDigits[] = {"302", "310", "311", "312", "313",
                                               "314", "315", "316", "334"};
  constexpr std::string_view kBoth[] = {"405", "502"};
  // In America 2 digits are the exception; elsewhere they are the rule.
  constexpr std::string_view kTwoDigits[] = {"716", "724", "730", "734", "748", "901"};
  const auto in = [&](std::span<const std::string_view> list) {
    return std::ranges::find(list, mcc) != list.end();
  };
  if (in(kThreeDigits)) {
    return std::uint8_t{3};
  }
  const bool rule = mcc.size() == 3 && (mcc[0] == '2' || (mcc[0] >= '4' && mcc[0] <= '6'));
  if (in(kTwoDigits) || (rule && !in(kBoth))) {
    return std::uint8_t{2};
  }
  return std::nullopt;
}

Identity identity_from_imsi(const std::string& imsi, std::uint8_t mnc_length) {
  const std::string mcc = imsi.substr(0, 3);
  std::string mnc = imsi.substr(3, mnc_length);
  if (mnc.size() == 2) {
    mnc.insert(mnc.begin(), '0');
  }
  Identity identity;
  identity.application = Application::usim;
  identity.domain = "ims.mnc" + mnc + ".mcc" + mcc + ".3gppnetwork.org";
  identity.impi = imsi + "@" + identity.domain;
  identity.impus = {"sip:" + identity.impi};
  return identity;
}

}  // namespace ut::isim
