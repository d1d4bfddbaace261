#include "tools/isim-probe/doctor.h"

#include "tools/isim-probe/patient_connect.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace ut::probe {
namespace {

Finding bad(const std::string& reader, const Error& error) {
  std::string what(meaning(error.code));
  if (!error.detail.empty()) {
    what += ": " + error.detail;
  }
  return {reader, false, what, std::string(advice(error.code)), name(error.code), exit_of(error)};
}

Finding good(const std::string& reader, std::string what) {
  return {reader, true, std::move(what), {}, "ok", Exit::done};
}

// The steps on one card, up to the first that fails.
void diagnose_card(const std::string& reader, const Connect& connect,
                   const isim::SessionOptions& options, const isim::ApplicationPolicy& policy,
                   std::vector<Finding>& findings) {
  const auto note = [&](const Error& error) { findings.push_back(bad(reader, error)); };
  const auto transport = connect(reader);
  if (!transport) {
    return note(transport.error());
  }
  findings.push_back(good(reader, "the card answers"));
  auto session = isim::CardSession::open(**transport, options);
  if (!session) {
    return note(session.error());
  }
  const auto application = isim::select_subscriber_application(*session, policy);
  if (!application) {
    return note(application.error());
  }
  findings.push_back(good(reader, *application == isim::Application::isim
                                      ? "the card has an ISIM"
                                      : "the card has a USIM, which policy allows"));
  const auto pin = session->pin_state();
  if (!pin) {
    return note(pin.error());
  }
  if (pin->blocked) {
    return note(Error{ErrorCode::pin_blocked, "PIN"});
  }
  const auto identity = isim::read_identity(*session, policy);
  if (!identity) {
    return note(identity.error());
  }
  findings.push_back(good(reader, pin->satisfied ? "no PIN is needed" : "the PIN is right"));
  findings.push_back(good(reader, "the identity of the subscriber can be read"));
}

}  // namespace

std::vector<Finding> diagnose(const isim::ReaderPicture& picture, const Connect& connect,
                              const isim::SessionOptions& options,
                              const isim::ApplicationPolicy& policy,
                              std::chrono::milliseconds patience) {
  std::vector<Finding> findings;
  if (!picture.service) {
    // The reason that pcscd gives, such as a rule of polkit, comes with a connection only.
    const auto reason = connect("");
    findings.push_back(bad({}, !reason && reason.error().code == ErrorCode::card_service_unavailable
                                   ? reason.error()
                                   : Error{ErrorCode::card_service_unavailable, "readers"}));
    return findings;
  }
  findings.push_back(good({}, "the smart card service (pcscd) answers"));
  if (picture.readers.empty()) {
    findings.push_back(bad({}, Error{ErrorCode::card_reader_absent, "readers"}));
    return findings;
  }
  bool any = false;
  for (const auto& reader : picture.readers) {
    any = any || reader.card || reader.mute || reader.exclusive;
    if (reader.exclusive) {
      findings.push_back(bad(reader.name, Error{ErrorCode::card_busy, "reader"}));
    } else if (reader.mute) {
      findings.push_back(bad(reader.name, Error{ErrorCode::card_mute, "reader"}));
    } else if (reader.card) {
      diagnose_card(reader.name, patient(connect, patience), options, policy, findings);
    }
  }
  if (!any) {
    findings.push_back(bad({}, Error{ErrorCode::card_absent, "readers"}));
  }
  return findings;
}

std::string show(const std::vector<Finding>& findings, Format format, Paint paint) {
  if (format == Format::json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Finding& finding : findings) {
      nlohmann::json one = {{"ok", finding.good}, {"code", finding.code}, {"text", finding.what}};
      if (!finding.reader.empty()) {
        one["reader"] = finding.reader;
      }
      if (!finding.advice.empty()) {
        one["advice"] = finding.advice;
      }
      list.push_back(std::move(one));
    }
    return nlohmann::json{{"findings", std::move(list)}}.dump(
               2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
  }
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.good ? paint.good("ok") + "       " : paint.bad("problem") + "  ";
    text += finding.reader.empty() ? "" : printable(finding.reader) + ": ";
    text += printable(finding.what) + "\n";
    if (!finding.advice.empty()) {
      text += "         " + finding.advice + "\n";
    }
  }
  return text;
}

Exit exit_of(const std::vector<Finding>& findings) {
  std::set<std::string> readers;
  std::set<std::string> failing;
  Exit first = Exit::done;
  for (const Finding& finding : findings) {
    readers.insert(finding.reader);
    if (!finding.good) {
      failing.insert(finding.reader);
      first = first == Exit::done ? finding.exit : first;
    }
  }
  const bool works = std::ranges::any_of(readers, [&](const std::string& reader) {
    return !reader.empty() && !failing.contains(reader);
  });
  return works ? Exit::done : first;
}

}  // namespace ut::probe
