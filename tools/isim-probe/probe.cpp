#include "tools/isim-probe/probe.h"

#include "isim/aka.h"

#include <optional>
#include <utility>

namespace ut::probe {
namespace {

Result<void> inspect_session(isim::CardSession& session, isim::ApplicationPolicy policy,
                             CardReport& report) {
  TRY(report.iccid, session.iccid());
  TRY(report.applications, session.applications());
  TRY_VOID(isim::select_subscriber_application(session, policy));
  TRY(report.pin, session.pin_state());
  TRY(report.identity, isim::read_identity(session, policy));
  return {};
}

Result<CardReport> inspect_one(const Connect& connect, const std::string& reader,
                               const isim::SessionOptions& options,
                               isim::ApplicationPolicy policy) {
  TRY(const auto transport, connect(reader));
  TRY(isim::CardSession session, isim::CardSession::open(*transport, options));
  CardReport report;
  report.reader = reader;
  report.atr = to_bytes(transport->atr());
  report.protocol = transport->protocol();
  if (auto done = inspect_session(session, policy, report); !done) {
    report.failure = std::move(done).error();
  }
  return report;
}

Result<AuthReport> authenticate_one(const Connect& connect, const std::string& reader,
                                    const isim::SessionOptions& options,
                                    isim::ApplicationPolicy policy, const isim::Rand& rand,
                                    const isim::Autn& autn) {
  TRY(const auto transport, connect(reader));
  TRY(isim::CardSession session, isim::CardSession::open(*transport, options));
  TRY_VOID(isim::select_subscriber_application(session, policy));
  TRY(isim::AkaOutcome outcome, isim::authenticate(session, rand, autn));
  return AuthReport{reader, std::move(outcome)};
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
                           const isim::SessionOptions& options, isim::ApplicationPolicy policy) {
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

Result<AuthReport> authenticate(const Connect& connect, const std::vector<std::string>& readers,
                                const isim::SessionOptions& options, isim::ApplicationPolicy policy,
                                const isim::Rand& rand, const isim::Autn& autn) {
  std::optional<Error> first;
  for (const auto& reader : readers) {
    auto report = authenticate_one(connect, reader, options, policy, rand, autn);
    if (report || report.error().code != ErrorCode::card_no_isim) {
      return report;
    }
    if (!first) {
      first = std::move(report).error();
    }
  }
  return std::unexpected(first.value_or(Error{ErrorCode::card_absent, "authenticate"}));
}

}  // namespace ut::probe
