#include "tools/isim-probe/report.h"

#include "base/encoding.h"
#include "tools/isim-probe/atr.h"
#include "tools/isim-probe/secret_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace ut::probe {
namespace {

using nlohmann::json;

// What a card says may be no UTF-8.
std::string dump(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string line(std::string_view key, std::string_view value) {
  std::string text(key);
  text.resize(std::max<std::size_t>(text.size() + 1, 14), ' ');
  return text + printable(value) + "\n";
}

std::string_view protocol_name(isim::CardProtocol protocol) {
  switch (protocol) {
    case isim::CardProtocol::t0:
      return "T=0";
    case isim::CardProtocol::t1:
      return "T=1";
  }
  return "?";
}

std::string_view application_name(isim::Application application) {
  switch (application) {
    case isim::Application::isim:
      return "ISIM";
    case isim::Application::usim:
      return "USIM";
  }
  return "?";
}

std::string_view state_of(const isim::ReaderState& reader) {
  if (reader.mute) {
    return "card is mute";
  }
  return reader.card ? "card" : "empty";
}

std::string pin_text(const isim::PinState& pin) {
  if (pin.satisfied) {
    return "not needed";
  }
  if (pin.blocked) {
    return "blocked";
  }
  const std::array<std::uint8_t, 1> reference = {pin.reference};
  return "needed (reference " + to_hex(reference) + "), " +
         (pin.tries_left ? std::to_string(*pin.tries_left) + " tries left"
                         : std::string("number of tries unknown"));
}

std::vector<std::string> service_names(const isim::ServiceTable& table) {
  std::vector<std::string> names;
  for (const isim::IsimService service : isim::isim_services()) {
    if (table.available(service)) {
      names.emplace_back(isim::name(service));
    }
  }
  return names;
}

json json_of(const Error& error) {
  json value = {{"code", name(error.code)}, {"text", to_text(error)}};
  if (error.foreign.kind != ForeignKind::none) {
    value["number"] = to_text(error.foreign);
  }
  return value;
}

json json_of(const isim::Identity& identity) {
  return {{"application", application_name(identity.application)},
          {"impi", identity.impi},
          {"domain", identity.domain},
          {"impus", identity.impus},
          {"services", service_names(identity.services)},
          {"operation_mode", identity.operation_mode}};
}

std::string text_of(const isim::Identity& identity) {
  std::string text = line("application", application_name(identity.application));
  text += line("IMPI", identity.impi);
  text += line("domain", identity.domain);
  for (const auto& impu : identity.impus) {
    text += line(&impu == &identity.impus.front() ? "IMPU" : "", impu);
  }
  std::string services;
  for (const auto& service : service_names(identity.services)) {
    services += (services.empty() ? "" : ", ") + service;
  }
  text += line("services", services.empty() ? "none" : services);
  if (identity.operation_mode != 0) {
    const std::array<std::uint8_t, 1> mode = {identity.operation_mode};
    text += line("mode", "not normal operation (EF_AD " + to_hex(mode) + ")");
  }
  return text;
}

struct Secret {
  std::string_view text_name;
  std::string_view json_name;
  ByteView octets;
};

std::array<Secret, 3> secrets_of(const isim::AkaSuccess& success) {
  return {Secret{"RES", "res", success.res.octets.expose()},
          Secret{"CK", "ck", success.ck.expose()}, Secret{"IK", "ik", success.ik.expose()}};
}

struct ShowText {
  SecretText& out;
  bool secrets;

  void operator()(const isim::AkaSuccess& success) const {
    out += line("outcome", "success");
    for (const Secret& secret : secrets_of(success)) {
      std::string key(secret.text_name);
      key.resize(14, ' ');
      out += key;
      if (secrets) {
        out.append_hex(secret.octets);
      } else {
        out += std::to_string(secret.octets.size()) + " octets (--show-secrets)";
      }
      out += "\n";
    }
  }
  void operator()(const isim::AkaSynchronisationFailure& failure) const {
    out += line("outcome", "synchronisation failure");
    out += line("AUTS", to_hex(failure.auts.view()));
  }
  void operator()(const isim::AkaMacFailure&) const {
    out += line("outcome", "MAC failure: AUTN was not made with this card's key");
  }
};

struct ShowJson {
  SecretText& out;
  bool secrets;

  void operator()(const isim::AkaSuccess& success) const {
    out += R"("outcome":"success")";
    for (const Secret& secret : secrets_of(success)) {
      out += ",\"";
      out += secret.json_name;
      if (secrets) {
        out += "\":\"";
        out.append_hex(secret.octets);
        out += "\"";
      } else {
        out += "_octets\":" + std::to_string(secret.octets.size());
      }
    }
  }
  void operator()(const isim::AkaSynchronisationFailure& failure) const {
    out += R"("outcome":"synchronisation-failure","auts":")" + to_hex(failure.auts.view()) + '"';
  }
  void operator()(const isim::AkaMacFailure&) const { out += R"("outcome":"mac-failure")"; }
};

std::string json_of(const KeyCheck& check) {
  json value = {{"resynchronised", check.sqn_ms.has_value()}};
  if (check.right) {
    value["answer"] = *check.right ? "right" : "wrong";
  }
  if (check.sqn_ms) {
    value["sqn_ms"] = to_hex(check.sqn_ms->octets());
  }
  if (check.foreign_auts) {
    value["auts"] = "wrong";
  }
  return value.dump();
}

std::string text_of(const KeyCheck& check) {
  std::string text;
  if (check.sqn_ms) {
    text +=
        line("SQNms", to_hex(check.sqn_ms->octets()) + ", from AUTS; the challenge was repeated");
  }
  if (check.foreign_auts) {
    text += line("check", "AUTS was not made with these keys");
  }
  if (check.right) {
    text += line("check", *check.right ? "RES, CK and IK are what the keys give"
                                       : "RES, CK or IK is not what the keys give");
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown(text);
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return shown;
}

Exit exit_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::card_service_unavailable:
    case ErrorCode::card_reader_absent:
    case ErrorCode::card_absent:
    case ErrorCode::card_busy:
      return Exit::no_card;
    case ErrorCode::input_malformed:
    case ErrorCode::config_unreadable:
      return Exit::usage;
    default:
      break;
  }
  if (family(error.code) == ErrorFamily::pin || error.code == ErrorCode::card_security_status) {
    return Exit::pin;
  }
  return family(error.code) == ErrorFamily::card ? Exit::card : Exit::other;
}

Exit exit_of(const CardReport& report) {
  return report.failure ? exit_of(*report.failure) : Exit::done;
}

Exit exit_of(const AuthReport& report) {
  if (std::holds_alternative<isim::AkaSynchronisationFailure>(report.outcome)) {
    return Exit::synchronisation_failure;
  }
  if (std::holds_alternative<isim::AkaMacFailure>(report.outcome)) {
    return Exit::mac_failure;
  }
  return report.check && report.check->right == false ? Exit::wrong_response : Exit::done;
}

std::string show(const Error& error, Format format) {
  return format == Format::json ? dump(json{{"error", json_of(error)}})
                                : "isim-probe: " + printable(to_text(error)) + "\n";
}

std::string show(const isim::ReaderPicture& picture, Format format) {
  if (format == Format::json) {
    json readers = json::array();
    for (const auto& reader : picture.readers) {
      json one = {{"name", reader.name},
                  {"card", reader.card},
                  {"mute", reader.mute},
                  {"exclusive", reader.exclusive},
                  {"in_use", reader.in_use}};
      if (!reader.atr.empty()) {
        one["atr"] = to_hex(reader.atr);
        one["atr_meaning"] = explain_atr(reader.atr);
      }
      readers.push_back(std::move(one));
    }
    return dump(json{{"readers", std::move(readers)}});
  }
  std::string text;
  for (const auto& reader : picture.readers) {
    text += printable(reader.name) + ": " + std::string(state_of(reader));
    if (!reader.atr.empty()) {
      text += ", ATR " + to_hex(reader.atr) + " (" + explain_atr(reader.atr) + ")";
    }
    text += reader.exclusive ? ", kept by another program\n"
            : reader.in_use  ? ", in use by another program\n"
                             : "\n";
  }
  return text.empty() ? "no reader\n" : text;
}

std::string show(const CardReport& report, Format format) {
  if (format == Format::json) {
    json value = {{"reader", report.reader},
                  {"atr", to_hex(report.atr)},
                  {"protocol", protocol_name(report.protocol)}};
    if (!report.iccid.empty()) {
      value["iccid"] = report.iccid;
    }
    json applications = json::array();
    for (const auto& application : report.applications) {
      applications.push_back({{"aid", to_hex(application.aid)}, {"label", application.label}});
    }
    value["applications"] = std::move(applications);
    if (report.pin) {
      json pin = {{"needed", !report.pin->satisfied},
                  {"blocked", report.pin->blocked},
                  {"reference", report.pin->reference}};
      if (report.pin->tries_left) {
        pin["tries_left"] = *report.pin->tries_left;
      }
      value["pin"] = std::move(pin);
    }
    if (report.identity) {
      value["identity"] = json_of(*report.identity);
    }
    if (report.abilities) {
      value["can"] = {{"gba_me", report.abilities->gba_me},
                      {"gba_u", report.abilities->gba_u},
                      {"http_digest", report.abilities->http_digest}};
    }
    if (report.stats) {
      value["stats"] = {{"commands", report.stats->commands}, {"files", report.stats->files}};
    }
    if (report.failure) {
      value["error"] = json_of(*report.failure);
    }
    return dump(value);
  }
  std::string text = line("reader", report.reader);
  text +=
      line("ATR", to_hex(report.atr) + " (" + std::string(protocol_name(report.protocol)) + ")");
  if (!report.iccid.empty()) {
    text += line("ICCID", report.iccid);
  }
  for (const auto& application : report.applications) {
    text += line(&application == &report.applications.front() ? "applications" : "",
                 to_hex(application.aid) + " " + application.label);
  }
  if (report.pin) {
    text += line("PIN", pin_text(*report.pin));
  }
  if (report.identity) {
    text += text_of(*report.identity);
  }
  if (report.abilities) {
    text += line("GBA_ME", report.abilities->gba_me ? "yes" : "no");
    text += line("GBA_U", report.abilities->gba_u ? "yes" : "no");
    text += line("HTTP Digest", report.abilities->http_digest ? "yes" : "no");
  }
  if (report.stats) {
    text += line("APDUs", std::to_string(report.stats->commands) + " for " +
                              std::to_string(report.stats->files) + " files");
  }
  return text;
}

SecretBytes show(const AuthReport& report, Format format, bool secrets) {
  SecretText out;
  if (format == Format::json) {
    out += "{\"reader\":";
    out += json(report.reader).dump(-1, ' ', false, json::error_handler_t::replace);
    out += ",";
    std::visit(ShowJson{out, secrets}, report.outcome);
    out += report.check ? ",\"check\":" + json_of(*report.check) : "";
    out += "}\n";
  } else {
    out += line("reader", report.reader);
    std::visit(ShowText{out, secrets}, report.outcome);
    out += report.check ? text_of(*report.check) : "";
  }
  return out.take();
}

}  // namespace ut::probe
