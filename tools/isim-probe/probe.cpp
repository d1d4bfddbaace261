#include "tools/isim-probe/probe.h"

#include "isim/aka.h"
#include "isim/file_reader.h"
#include "tools/isim-probe/command_counter.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ut::probe {
namespace {

// Reads by the shortest way and counts the files.
class Reader {
 public:
  explicit Reader(isim::CardSession& session) : session_(session) {}

  // The parts of a file of the directory selected.
  Result<std::vector<isim::FilePart>> parts(isim::Directory directory, isim::FileId id) {
    const isim::FileSpec& spec = *isim::find_file(directory, id);
    auto content = isim::read_file(session_, spec);
    if (!content) {
      Error error = std::move(content).error();
      error.detail = std::string(spec.name) + (error.detail.empty() ? "" : ": " + error.detail);
      return std::unexpected(std::move(error));
    }
    ++files_;
    return std::move(content->parts);
  }
  template <class Decode>
  auto body(isim::Directory directory, isim::FileId id, Decode decode)
      -> decltype(decode(ByteView())) {
    TRY(const auto octets, parts(directory, id));
    return decode(octets.empty() ? ByteView() : octets.front().octets.expose());
  }
  std::size_t files() const { return files_; }

 private:
  isim::CardSession& session_;
  std::size_t files_ = 0;
};

Result<isim::Identity> read_isim(Reader& reader) {
  constexpr auto kIsim = isim::Directory::isim;
  isim::Identity identity;
  TRY(identity.impi, reader.body(kIsim, isim::kEfImpi, isim::decode_impi));
  TRY(identity.domain, reader.body(kIsim, isim::kEfDomain, isim::decode_domain));
  TRY(const auto records, reader.parts(kIsim, isim::kEfImpu));
  for (const auto& record : records) {
    TRY(auto impu, isim::decode_impu_record(record.octets.expose()));
    if (impu) {
      identity.impus.push_back(*std::move(impu));
    }
  }
  auto services = reader.body(kIsim, isim::kEfIst, isim::decode_ist);
  if (services) {
    identity.services = *std::move(services);
  } else if (services.error().code != ErrorCode::card_file_missing) {
    return std::unexpected(std::move(services).error());
  }
  TRY(const auto ad, reader.body(kIsim, isim::kEfAd, isim::decode_ad));
  identity.operation_mode = ad.operation_mode;
  return identity;
}

Result<void> inspect_session(isim::CardSession& session, const isim::ApplicationPolicy& policy,
                             CardReport& report, std::size_t& files) {
  Reader reader(session);
  const auto count = [&](std::size_t more) { files = reader.files() + more; };
  TRY_VOID(session.enter_mf());
  TRY(report.iccid, reader.body(isim::Directory::mf, isim::kEfIccid, isim::decode_iccid));
  count(0);
  TRY(report.applications, session.applications());
  count(1);
  const auto isim_record = std::ranges::find_if(report.applications, [](const auto& record) {
    return isim::has_prefix(record.aid, isim::kIsimAidPrefix);
  });
  if (isim_record == report.applications.end()) {
    TRY_VOID(isim::select_subscriber_application(session, policy));
    TRY(report.pin, session.pin_state());
    TRY(report.identity, isim::read_identity(session, policy));
    report.abilities = Abilities{true, false, false};
    count(3);
    return {};
  }
  TRY_VOID(session.select_application(isim_record->aid));
  TRY(report.pin, session.pin_state());
  TRY(report.identity, read_isim(reader));
  report.identity->iccid = report.iccid;
  count(1);
  const auto& services = report.identity->services;
  report.abilities = Abilities{true, services.available(isim::IsimService::gba),
                               services.available(isim::IsimService::http_digest)};
  return {};
}

Result<CardReport> inspect_one(const Connect& connect, const std::string& reader,
                               const isim::SessionOptions& options,
                               const isim::ApplicationPolicy& policy) {
  TRY(auto connected, connect(reader));
  std::size_t commands = 0;
  ObservedTransport transport(std::move(connected), std::make_unique<CommandCounter>(commands));
  CardReport report;
  report.reader = reader;
  report.atr = to_bytes(transport.atr());
  report.protocol = transport.protocol();
  std::size_t files = 0;
  {
    TRY(isim::CardSession session, isim::CardSession::open(transport, options));
    if (auto done = inspect_session(session, policy, report, files); !done) {
      report.failure = std::move(done).error();
    }
  }
  report.stats = Stats{commands, files};
  return report;
}

}  // namespace

Result<std::vector<std::string>> readers_with_card(const isim::ReaderPicture& picture) {
  if (!picture.service) {
    return fail(ErrorCode::card_service_unavailable, "readers");
  }
  if (picture.readers.empty()) {
    return fail(ErrorCode::card_reader_absent, "readers");
  }
  std::vector<std::string> names;
  bool mute = false;
  for (const auto& reader : picture.readers) {
    mute = mute || reader.mute;
    if (reader.card) {
      names.push_back(reader.name);
    }
  }
  if (names.empty()) {
    return fail(mute ? ErrorCode::card_mute : ErrorCode::card_absent, "readers");
  }
  return names;
}

Result<CardReport> inspect(const Connect& connect, const std::vector<std::string>& readers,
                           const isim::SessionOptions& options,
                           const isim::ApplicationPolicy& policy) {
  std::optional<Result<CardReport>> first;
  for (const auto& reader : readers) {
    auto report = inspect_one(connect, reader, options, policy);
    const bool other_card =
        report ? report->failure.has_value() && report->failure->code == ErrorCode::card_no_isim
               : true;
    if (!other_card) {
      return report;
    }
    if (!first) {
      first = std::move(report);
    }
  }
  return first ? *std::move(first) : fail(ErrorCode::card_absent, "inspect");
}

Result<void> on_card(
    const Connect& connect, const std::vector<std::string>& readers,
    const isim::SessionOptions& options,
    const std::function<Result<void>(const std::string&, isim::CardSession&)>& use) {
  std::optional<Error> first;
  for (const auto& reader : readers) {
    TRY(const auto transport, connect(reader));
    TRY(isim::CardSession session, isim::CardSession::open(*transport, options));
    auto done = use(reader, session);
    if (done || done.error().code != ErrorCode::card_no_isim) {
      return done;
    }
    first = first ? std::move(first) : std::move(done).error();
  }
  return std::unexpected(first.value_or(Error{ErrorCode::card_absent, "readers"}));
}

Result<AuthReport> authenticate(const Connect& connect, const std::vector<std::string>& readers,
                                const isim::SessionOptions& options,
                                const isim::ApplicationPolicy& policy, const isim::Rand& rand,
                                const isim::Autn& autn) {
  std::optional<AuthReport> report;
  TRY_VOID(on_card(connect, readers, options,
                   [&](const std::string& reader, isim::CardSession& session) -> Result<void> {
                     TRY_VOID(isim::select_subscriber_application(session, policy));
                     TRY(isim::AkaOutcome outcome, isim::authenticate(session, rand, autn));
                     report = AuthReport{reader, std::move(outcome), {}};
                     return {};
                   }));
  return *std::move(report);
}

}  // namespace ut::probe
