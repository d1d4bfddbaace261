#include "isim/identity.h"

#include "isim/card_session.h"
#include "isim/uicc_files.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxImpus = 254;
constexpr FileId kEfImsi = 0x6f07;  // in the USIM; the same number is EF_IST in the ISIM

Result<SecretBytes> read_whole(CardSession& session, FileId file) {
  TRY(const Fcp fcp, session.select_file(file));
  return session.read_binary(fcp);
}

// Reads and decodes one file, and names it in what goes wrong.
template <class Decode>
auto read_as(CardSession& session, FileId file, const char* file_name, Decode decode)
    -> decltype(decode(ByteView())) {
  auto octets = read_whole(session, file);
  if (!octets) {
    Error error = std::move(octets).error();
    error.detail = error.detail.empty() ? file_name : file_name + (": " + error.detail);
    return std::unexpected(std::move(error));
  }
  return decode(octets->expose());
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

Result<ServiceTable> read_services(CardSession& session) {
  auto table = read_as(session, kEfIst, "EF_IST", decode_ist);
  if (!table && table.error().code == ErrorCode::card_file_missing) {
    return ServiceTable{};  // TS 31.103 clause 4.2.7: the file is optional
  }
  return table;
}

Result<Identity> read_usim(CardSession& session) {
  TRY(const std::string imsi, read_as(session, kEfImsi, "EF_IMSI", decode_imsi));
  TRY(const AdministrativeData ad, read_as(session, kEfAd, "EF_AD", decode_ad));
  if (!ad.mnc_length) {
    return fail(ErrorCode::card_file_malformed, "EF_AD", "no length of the MNC");
  }
  Identity identity = identity_from_imsi(imsi, *ad.mnc_length);
  identity.operation_mode = ad.operation_mode;
  return identity;
}

Result<Identity> read_isim(CardSession& session) {
  Identity identity;
  TRY(identity.impi, read_as(session, kEfImpi, "EF_IMPI", decode_impi));
  TRY(identity.domain, read_as(session, kEfDomain, "EF_DOMAIN", decode_domain));
  TRY(identity.impus, read_impus(session));
  TRY(identity.services, read_services(session));
  TRY(const AdministrativeData ad, read_as(session, kEfAd, "EF_AD", decode_ad));
  identity.operation_mode = ad.operation_mode;
  return identity;
}

}  // namespace

Result<Application> select_subscriber_application(CardSession& session, ApplicationPolicy policy) {
  std::vector<ApplicationRecord> records;
  if (auto listed = session.applications()) {
    records = *std::move(listed);
  } else if (listed.error().code != ErrorCode::card_file_missing) {
    return std::unexpected(std::move(listed).error());
  }
  const auto find = [&](const Bytes& prefix) {
    return std::ranges::find_if(
        records, [&](const ApplicationRecord& record) { return has_prefix(record.aid, prefix); });
  };
  if (const auto isim = find(kIsimAidPrefix); isim != records.end()) {
    TRY_VOID(session.select_application(isim->aid));
    return Application::isim;
  }
  const auto usim = find(kUsimAidPrefix);
  if (usim != records.end() && policy.allow_usim) {
    TRY_VOID(session.select_application(usim->aid));
    return Application::usim;
  }
  return fail(ErrorCode::card_no_isim, "EF_DIR",
              usim != records.end() ? "the card has a USIM only" : "neither ISIM nor USIM");
}

Result<std::string> read_impi(CardSession& session, Application application) {
  switch (application) {
    case Application::isim:
      return read_as(session, kEfImpi, "EF_IMPI", decode_impi);
    case Application::usim:
      break;
  }
  TRY(Identity identity, read_usim(session));
  return std::move(identity.impi);
}

Result<Identity> read_identity(CardSession& session, ApplicationPolicy policy) {
  TRY(std::string iccid, session.iccid());
  TRY(const Application application, select_subscriber_application(session, policy));
  TRY(Identity identity,
      application == Application::isim ? read_isim(session) : read_usim(session));
  identity.iccid = std::move(iccid);
  return identity;
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
