#include "tools/ut-lab/control.h"

#include "tools/ut-lab/subscriber_certificates.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace ut::lab {
namespace {

Response done(nlohmann::json body = nlohmann::json::object()) {
  return json(200, body.dump());
}

Response wrong(std::string_view why) {
  return json(400, nlohmann::json{{"error", why}}.dump());
}

}  // namespace

std::string control_help() {
  std::string text =
      "GET /stats            counters and the rules that clients broke\n"
      "GET /faults           faults that are set, and all there are\n"
      "POST /faults          set one: {\"fault\": NAME, \"count\": N, \"naf\": NAME,\n"
      "                      \"delay_ms\": N}; without count until cleared, without naf at all\n"
      "DELETE /faults        clear all; DELETE /faults/NAME clears one\n"
      "GET /documents        what the XCAP store of the NAFs holds; each application server behind "
      "a\n"
      "                      proxy has one of its own\n"
      "GET /certificates     [{\"impi\": TEXT, \"serial\": HEX, \"not_after\": TIME}, ...]: "
      "issued by PKI\n"
      "                      portals\n"
      "POST /revoke          a certificate: {\"serial\": HEX}; NAFs forget the TLS sessions of "
      "certificates\n"
      "POST /forget-keys     every B-TID becomes unknown\n"
      "POST /forget-tmpis    every TMPI becomes unknown\n"
      "POST /forget-nonces   every nonce of the NAFs becomes unknown\n"
      "POST /forget-sessions no TLS session can be resumed any more\n"
      "POST /close-idle      close connections between requests; ?abrupt without close_notify\n"
      "POST /ks-naf         for a NAF that is not the lab's (Zn): {\"b_tid\": TEXT, \"naf\": "
      "FQDN,\n"
      "                      \"suite\": IANA NUMBER} gives {\"ks_naf\": BASE64}\n"
      "GET /secrets          [{\"name\": TEXT, \"octets\": HEX}, ...]: RES, CK, IK, Ks, Ks_NAF, "
      "HA1 and TLS\n"
      "                      secrets that the lab made; only with reveal_secrets = true\n"
      "POST /reset           forget documents, keys, nonces, certificates, faults and counters\n"
      "\nFaults:\n";
  for (const auto& each : all_faults()) {
    text += "  " + std::string(each.name);
    text.append(each.name.size() < 30 ? 30 - each.name.size() : 1, ' ');
    text += std::string(each.what) + "\n";
  }
  return text;
}

Control::Control(Faults& faults, Stats& stats, XcapStore& store, const SecretJournal& journal,
                 std::vector<std::string> naf_names, ControlHooks hooks)
    : faults_(faults),
      stats_(stats),
      store_(store),
      journal_(journal),
      naf_names_(std::move(naf_names)),
      hooks_(std::move(hooks)) {}

Response Control::answer(const Request& request) {
  const std::string asked = request.method + " " + request.target;
  if (asked == "GET /") {
    return plain(200, control_help());
  }
  if (asked == "GET /stats") {
    return done(to_json(stats_));
  }
  if (asked == "GET /faults") {
    return list_faults();
  }
  if (asked == "GET /documents") {
    return list_documents();
  }
  if (asked == "GET /certificates") {
    return json(200, hooks_.certificates());
  }
  if (asked == "POST /revoke") {
    return revoke(request.body);
  }
  if (asked == "GET /secrets" && journal_.enabled()) {
    return json(200, journal_.json());
  }
  if (asked == "POST /faults") {
    return set_fault(request.body);
  }
  if (asked == "DELETE /faults") {
    faults_.clear_all();
    hooks_.faults_changed();
    return done();
  }
  if (asked.starts_with("DELETE /faults/")) {
    const auto fault = fault_named(asked.substr(std::string_view("DELETE /faults/").size()));
    if (!fault) {
      return wrong("no such fault");
    }
    faults_.clear(*fault);
    hooks_.faults_changed();
    return done();
  }
  if (asked == "POST /forget-keys") {
    hooks_.forget_keys();
    return done();
  }
  if (asked == "POST /forget-tmpis") {
    hooks_.forget_tmpis();
    return done();
  }
  if (asked == "POST /forget-nonces") {
    hooks_.forget_nonces();
    return done();
  }
  if (asked == "POST /forget-sessions") {
    hooks_.forget_sessions();
    return done();
  }
  if (asked == "POST /close-idle" || asked == "POST /close-idle?abrupt") {
    return done({{"closed", hooks_.close_idle(asked.ends_with("?abrupt"))}});
  }
  if (asked == "POST /ks-naf") {
    return ks_naf(request.body);
  }
  if (asked == "POST /reset") {
    reset();
    return done();
  }
  return plain(404, "GET / lists what there is");
}

void Control::reset() {
  faults_.clear_all();
  hooks_.faults_changed();
  hooks_.forget_keys();
  hooks_.forget_tmpis();
  hooks_.forget_nonces();
  hooks_.forget_certificates();
  store_.clear();
  hooks_.forget_documents();
  stats_.reset();
}

Response Control::set_fault(const std::string& body) {
  const auto wanted = nlohmann::json::parse(body, nullptr, false);
  if (!wanted.is_object() || !wanted.contains("fault") || !wanted["fault"].is_string()) {
    return wrong("the body is not {\"fault\": NAME, ...}");
  }
  const auto fault = fault_named(wanted["fault"].get<std::string>());
  if (!fault) {
    return wrong("no such fault");
  }
  ActiveFault active{.fault = *fault};
  for (const auto& [key, value] : wanted.items()) {
    if (key == "fault") {
      continue;
    }
    if (key == "count" && value.is_number_unsigned()) {
      active.remaining = value.get<unsigned>();
    } else if (key == "delay_ms" && value.is_number_unsigned()) {
      active.delay = std::chrono::milliseconds(value.get<unsigned>());
    } else if (key == "naf" && value.is_string()) {
      active.naf = value.get<std::string>();
    } else {
      return wrong("unknown or malformed member " + key);
    }
  }
  if (!active.naf.empty() && (!all_faults()[static_cast<std::size_t>(*fault)].at_naf ||
                              std::ranges::find(naf_names_, active.naf) == naf_names_.end())) {
    return wrong("naf names no NAF of this lab, or the fault is not a NAF's");
  }
  if (*fault == Fault::bsf_down && active.remaining && *active.remaining != 0) {
    return wrong("bsf-down has no count");
  }
  faults_.set(std::move(active));
  hooks_.faults_changed();
  return done();
}

Response Control::ks_naf(const std::string& body) const {
  const auto wanted = nlohmann::json::parse(body, nullptr, false);
  const auto has = [&wanted](const char* key, auto is) {
    return wanted.contains(key) && (wanted[key].*is)();
  };
  if (!wanted.is_object() || !has("b_tid", &nlohmann::json::is_string) ||
      !has("naf", &nlohmann::json::is_string) ||
      !has("suite", &nlohmann::json::is_number_unsigned) || wanted["suite"] > 0xffff) {
    return wrong("the body is not {\"b_tid\": TEXT, \"naf\": FQDN, \"suite\": IANA NUMBER}");
  }
  const auto key =
      hooks_.ks_naf(wanted["b_tid"].get<std::string>(), wanted["naf"].get<std::string>(),
                    wanted["suite"].get<std::uint16_t>());
  if (!key) {
    return json(404, nlohmann::json{{"error", "no live key of this B-TID"}}.dump());
  }
  // A key of a lab, for a peer on the same loopback: here it becomes text.
  return done({{"ks_naf", std::string(key->expose().begin(), key->expose().end())}});
}

Response Control::revoke(const std::string& body) const {
  const auto wanted = nlohmann::json::parse(body, nullptr, false);
  auto serial = wanted.is_object() && wanted.contains("serial") && wanted["serial"].is_string()
                    ? serial_number(wanted["serial"].get<std::string>())
                    : std::nullopt;
  if (!serial) {
    return wrong("the body is not {\"serial\": HEX}");
  }
  hooks_.revoke(*std::move(serial));
  return done();
}

Response Control::list_faults() const {
  auto set = nlohmann::json::array();
  for (const auto& each : faults_.active()) {
    nlohmann::json entry = {{"fault", name(each.fault)}};
    if (each.remaining) {
      entry["count"] = *each.remaining;
    }
    if (!each.naf.empty()) {
      entry["naf"] = each.naf;
    }
    set.push_back(std::move(entry));
  }
  auto all = nlohmann::json::object();
  for (const auto& each : all_faults()) {
    all[std::string(each.name)] = each.what;
  }
  return done({{"set", set}, {"all", all}});
}

Response Control::list_documents() const {
  auto list = nlohmann::json::array();
  for (const auto& [key, document] : store_.documents()) {
    list.push_back({{"path", key}, {"etag", document.etag}, {"octets", document.content.size()}});
  }
  return done(std::move(list));
}

}  // namespace ut::lab
