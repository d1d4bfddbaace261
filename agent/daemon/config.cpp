#include "agent/daemon/config.h"

#include "agent/daemon/toml_reader.h"
#include "agent/gba/host_name.h"
#include "agent/gba/xcap_root.h"
#include "agent/token/token_uri.h"
#include "base/encoding.h"
#include "isim/uicc_files.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace ut::daemon {
namespace {

using std::chrono::seconds;

constexpr seconds kDay{86400};

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || at != end) {
    return std::nullopt;
  }
  return value;
}

struct HostAndPort {
  std::string host;
  std::uint16_t port;
};

// "192.0.2.1:8080", "[::1]:8080", "host:80".
std::optional<HostAndPort> host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = number<std::uint16_t>(text.substr(colon + 1));
  if (host.empty() || !port || *port == 0) {
    return std::nullopt;
  }
  return HostAndPort{std::string(host), *port};
}

void read_log(TomlTable table, AgentConfig& config) {
  const auto level = table.choice("level", "info", {"trace", "debug", "info", "warning", "error"});
  config.log_level = *log::level_named(level);
  config.personal_data = table.boolean("personal_data", config.personal_data);
  const auto format = table.choice("format", "auto", {"auto", "text", "json", "journal"});
  for (const auto one :
       {LogFormat::automatic, LogFormat::text, LogFormat::json, LogFormat::journal}) {
    config.log_format = format == name(one) ? one : config.log_format;
  }
  config.audit = table.boolean("audit", config.audit);
  config.local.access_log = table.boolean("access", config.local.access_log);
  config.ua.log_exchanges = config.local.access_log;
  table.finish();
}

void read_sandbox(TomlTable table, SandboxSettings& sandbox) {
  const std::string mode = table.choice("mode", "auto", {"off", "auto", "required"});
  sandbox.mode = mode == "off"        ? SandboxMode::off
                 : mode == "required" ? SandboxMode::required
                                      : SandboxMode::automatic;
  sandbox.read_paths = table.texts("read_paths", {});
  sandbox.write_paths = table.texts("write_paths", {});
  for (const auto* paths : {&sandbox.read_paths, &sandbox.write_paths}) {
    for (const auto& path : *paths) {
      if (!path.starts_with('/')) {
        table.error(paths == &sandbox.read_paths ? "read_paths" : "write_paths",
                    "\"" + path + "\" must be an absolute path");
      }
    }
  }
  table.finish();
}

// Which card, and which application of it.
void read_choice_of_card(TomlTable& table, CardSettings& card) {
  card.readers = table.texts("readers", card.readers);
  if (std::ranges::all_of(card.readers, [](const auto& one) { return one.starts_with('!'); })) {
    table.error("readers", "must have one pattern at least that does not exclude");
  }
  card.iccid = table.text("iccid", card.iccid);
  if (!card.iccid.empty() && !isim::is_iccid(card.iccid)) {
    table.error("iccid", "must be 10 to 20 decimal digits");
  }
  card.impi = table.text("impi", card.impi);
  if (!card.impi.empty() && card.impi.find('@') == std::string::npos) {
    table.error("impi", "must be a private identity such as \"user@home1.net\"");
  }
  const auto aid = from_hex(table.text("aid", to_hex(card.aid)));
  if (aid && (aid->empty() || (aid->size() >= 5 && aid->size() <= 16))) {
    card.aid = *aid;
  } else {
    table.error("aid", "must be 5 to 16 octets in hexadecimal");
  }
}

void read_pin_place(TomlTable& table, CardSettings& card) {
  // What is given in this table replaces what another table gave, whichever of the two it was.
  if (table.has("pin_file") && !table.has("pin_credential")) {
    card.pin_credential.clear();
  }
  if (table.has("pin_credential") && !table.has("pin_file")) {
    card.pin_file.clear();
  }
  card.pin_file = table.text("pin_file", card.pin_file);
  card.pin_credential = table.text("pin_credential", card.pin_credential);
  if (!card.pin_file.empty() && !card.pin_credential.empty()) {
    table.error("pin_credential", "must be empty when there is a pin_file");
  }
  if (card.pin_credential.find('/') != std::string::npos) {
    table.error("pin_credential", "must be the name of a credential, not a path");
  }
  card.min_pin_tries =
      static_cast<unsigned>(table.integer("min_pin_tries", card.min_pin_tries, 2, 10));
}

// Settings that are absent stay as they are.
void read_card(TomlTable& table, CardSettings& card) {
  read_choice_of_card(table, card);
  const auto mode =
      table.choice("mode", card.exclusive ? "exclusive" : "shared", {"shared", "exclusive"});
  card.exclusive = mode == "exclusive";
  read_pin_place(table, card);
  card.allow_usim = table.boolean("allow_usim", card.allow_usim);
  const auto mnc_length = table.integer("mnc_length", card.mnc_length.value_or(0), 0, 3);
  if (mnc_length == 1) {
    table.error("mnc_length", "must be 2 or 3, or 0 for what the card or the country says");
  } else {
    card.mnc_length =
        mnc_length == 0 ? std::nullopt : std::optional(static_cast<std::uint8_t>(mnc_length));
  }
  card.timeout = table.seconds("timeout", card.timeout, seconds(1), seconds(60));
  card.toolkit = table.boolean("toolkit", card.toolkit);
  card.look_again = table.seconds("look_again", card.look_again, seconds(0), seconds(3600));
}

std::string_view name_of(ub::GbaMode mode) {
  switch (mode) {
    case ub::GbaMode::u:
      return "u";
    case ub::GbaMode::me:
      return "me";
    case ub::GbaMode::automatic:
      break;
  }
  return "auto";
}

// Settings that are absent stay as they are.
void read_ub(TomlTable table, ub::UbConfig& ub) {
  const auto time = [&](std::string_view key, auto value, seconds least, seconds most) {
    return table.seconds(key, std::chrono::duration_cast<seconds>(value), least, most);
  };
  ub.bsf_host = table.text("bsf_host", ub.bsf_host);
  ub.fallback_bsf_host = table.text("fallback_bsf_host", ub.fallback_bsf_host);
  for (const auto& [key, host] : {std::pair{"bsf_host", &ub.bsf_host},
                                  std::pair{"fallback_bsf_host", &ub.fallback_bsf_host}}) {
    if (!host->empty() && !gba::normal_host_name(*host)) {
      table.error(key, "must be a host name such as \"bsf.home1.net\"");
    }
  }
  ub.bsf_port = static_cast<std::uint16_t>(table.integer("bsf_port", ub.bsf_port, 1, 65535));
  ub.bsf_address = table.text("bsf_address", ub.bsf_address);
  if (!ub.bsf_address.empty() && !host_and_port(ub.bsf_address)) {
    table.error("bsf_address", "must be \"address:port\", an IPv6 address in brackets");
  }
  ub.http_proxy = table.text("http_proxy", ub.http_proxy);
  if (!ub.http_proxy.empty() && !ub.http_proxy.starts_with("http://")) {
    table.error("http_proxy", "must begin with http://");
  }
  const auto mode = table.choice("gba_mode", name_of(ub.gba_mode), {"auto", "me", "u"});
  ub.gba_mode = mode == "u"    ? ub::GbaMode::u
                : mode == "me" ? ub::GbaMode::me
                               : ub::GbaMode::automatic;
  ub.tmpi = table.boolean("tmpi", ub.tmpi);
  ub.require_rspauth = table.boolean("require_rspauth", ub.require_rspauth);
  ub.accept_foreign_realm = table.boolean("accept_foreign_realm", ub.accept_foreign_realm);
  ub.max_lifetime = table.seconds("max_lifetime", ub.max_lifetime, seconds(10), 366 * kDay);
  ub.min_age = table.seconds("min_age", ub.min_age, seconds(0), seconds(3600));
  ub.request_timeout = time("timeout", ub.request_timeout, seconds(1), seconds(300));
  ub.back_off_first = time("back_off", ub.back_off_first, seconds(1), seconds(600));
  ub.back_off_greatest = time("longest_back_off", ub.back_off_greatest, seconds(1), kDay);
  ub.longest_retry_after =
      table.seconds("longest_retry_after", ub.longest_retry_after, seconds(0), kDay);
  if (ub.back_off_first > ub.back_off_greatest) {
    table.error("longest_back_off", "must not be less than back_off");
  }
  table.finish();
}

// Settings that are absent stay as they are.
void read_xcap(TomlTable table, std::string& xcap_root) {
  xcap_root = table.text("root", xcap_root);
  if (!xcap_root.empty() && !gba::normal_xcap_root(xcap_root)) {
    table.error("root", "must be an XCAP root such as \"http://xcap.home1.net/\"");
  }
  table.finish();
}

// Whether nothing tells the cards of the two apart.
bool same_choice(const CardSettings& a, const CardSettings& b) {
  return a.readers == b.readers && a.iccid == b.iccid && a.impi == b.impi && a.aid == b.aid;
}

void read_subscriber(TomlTable table, const SubscriberSettings& common, AgentConfig& config) {
  SubscriberSettings subscriber = common;
  subscriber.name = table.text("name", "");
  if (subscriber.name.empty()) {
    table.error("name", "every [[subscriber]] needs a name of your choice");
  }
  auto card = table.table("card");
  read_card(card, subscriber.card);
  card.finish();
  read_ub(table.table("ub"), subscriber.ub);
  read_xcap(table.table("xcap"), subscriber.xcap_root);
  for (const auto& other : config.subscribers) {
    if (other.name == subscriber.name) {
      table.error("name", "there is another [[subscriber]] of this name");
    }
    if (same_choice(other.card, subscriber.card)) {
      table.error("card", "readers, iccid, impi and aid are those of \"" + other.name +
                              "\": they would be the same card");
    }
  }
  table.finish();
  config.subscribers.push_back(std::move(subscriber));
}

// [card], [ub] and [xcap] hold for every [[subscriber]] that does not say otherwise; without one
// they are the only one.
void read_subscribers(TomlTable& root, AgentConfig& config) {
  SubscriberSettings common;
  auto card = root.table("card");
  read_card(card, common.card);
  // One memory of refused PINs for all.
  common.card.pin_latch_file = card.text("pin_latch_file", common.card.pin_latch_file);
  card.finish();
  read_ub(root.table("ub"), common.ub);
  read_xcap(root.table("xcap"), common.xcap_root);
  config.subscribers.clear();
  for (auto& subscriber : root.tables("subscriber")) {
    read_subscriber(std::move(subscriber), common, config);
  }
  if (config.subscribers.empty()) {
    config.subscribers.push_back(std::move(common));
  }
  for (const auto& subscriber : config.subscribers) {
    config.local.subscribers.push_back(subscriber.name);
  }
}

void read_ua(TomlTable table, ua::UaConfig& ua) {
  ua.channels_per_naf = static_cast<std::size_t>(
      table.integer("channels_per_naf", static_cast<std::int64_t>(ua.channels_per_naf), 1, 1024));
  ua.waiting_per_naf = static_cast<std::size_t>(
      table.integer("waiting_per_naf", static_cast<std::int64_t>(ua.waiting_per_naf), 0, 65536));
  ua.connect_timeout = table.seconds("connect_timeout", seconds(10), seconds(1), seconds(300));
  ua.answer_timeout = table.seconds("answer_timeout", seconds(30), seconds(1), seconds(3600));
  ua.idle_timeout = table.seconds("idle_timeout", seconds(30), seconds(1), kDay);
  table.finish();
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// A list of distinct names, one at least, each as `value_of` knows it.
template <class Value, class ValueOf>
std::vector<Value> distinct(TomlTable& table, std::string_view key, std::vector<Value> fallback,
                            std::string_view choices, ValueOf value_of) {
  if (!table.has(key)) {
    table.texts(key, {});
    return fallback;
  }
  std::vector<Value> values;
  for (const auto& text : table.texts(key, {})) {
    const auto value = value_of(text);
    if (!value || std::ranges::find(values, *value) != values.end()) {
      table.error(key, "\"" + text + "\" must be one of " + std::string(choices) + ", each once");
    } else {
      values.push_back(*value);
    }
  }
  if (values.empty()) {
    table.error(key, "must name one at least of " + std::string(choices));
    return fallback;
  }
  return values;
}

std::optional<tls::Version> tls_version(std::string_view text) {
  return text == "1.3"   ? std::optional(tls::Version::tls13)
         : text == "1.2" ? std::optional(tls::Version::tls12)
                         : std::nullopt;
}

void read_ways(TomlTable& table, ua::NafSettings& naf) {
  naf.ways.methods =
      distinct(table, "methods", naf.ways.methods,
               "\"digest\", \"psk\", \"aka\", \"certificate\" and \"subscriber_certificate\"",
               [](std::string_view text) { return ua::method_named(text); });
  naf.ways.psk_versions =
      distinct(table, "psk_tls", naf.ways.psk_versions, "\"1.3\" and \"1.2\"", tls_version);
  naf.psk_separator = table.text("psk_separator", naf.psk_separator);
  const bool printable =
      std::ranges::all_of(naf.psk_separator, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || naf.psk_separator.size() > 8) {
    table.error("psk_separator", "must be at most 8 printable ASCII characters without blanks");
  }
}

std::optional<gba::DigestAlgorithm> aka_algorithm(std::string_view text) {
  const auto named = gba::digest_algorithm_named(text);
  return named && gba::is_aka(*named) ? named : std::nullopt;
}

void read_aka(TomlTable& table, ua::NafSettings& naf) {
  naf.aka_algorithms =
      distinct(table, "aka_algorithms", naf.aka_algorithms,
               "\"AKAv2-SHA-256\", \"AKAv2-MD5\" and \"AKAv1-MD5\"", aka_algorithm);
  naf.aka_realms = table.texts("aka_realms", {});
  for (const auto& realm : naf.aka_realms) {
    const bool plain = std::ranges::all_of(
        realm, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
    if (realm.empty() || !plain) {
      table.error("aka_realms", "must be names in printable ASCII without blanks and quotes");
    }
  }
}

void read_client_certificate(TomlTable& table, ua::NafSettings& naf) {
  naf.client_certificate_file = table.text("client_certificate", "");
  naf.client_key_file = table.text("client_key", "");
  naf.client_key_pin_file = table.text("client_key_pin_file", "");
  if (naf.client_certificate_file.empty() != naf.client_key_file.empty()) {
    table.error("client_key", "client_certificate and client_key belong together");
  }
  if (auto problem = token::problem_of_key(naf.client_key_file, naf.client_key_pin_file);
      !problem.empty()) {
    table.error("client_key", std::move(problem));
  }
  if (auto problem =
          token::problem_of_certificate(naf.client_certificate_file, naf.client_key_file);
      !problem.empty()) {
    table.error("client_certificate", std::move(problem));
  }
  if (naf.ways.has(ua::Method::certificate) && naf.client_certificate_file.empty()) {
    table.error("client_certificate", "\"certificate\" in methods needs the file of one");
  }
}

// The Ua security protocol identifier as it is written: "tls", ten digits or nothing.
std::string read_enrolment(TomlTable& table, const std::string& name, ua::NafSettings& naf) {
  naf.pki_portal = lower_case(table.text("pki_portal", ""));
  if (naf.ways.has(ua::Method::subscriber_certificate) == naf.pki_portal.empty()) {
    table.error("pki_portal", "and \"subscriber_certificate\" in methods belong together");
  } else if (naf.pki_portal == name) {
    table.error("pki_portal", "must be another NAF: this one cannot issue what it asks for");
  }
  std::string id = table.text("ua_protocol_id", "");
  if (!id.empty() && id != "tls") {
    naf.ua_protocol_id = gba::UaProtocolId::from_text(id);
    if (!naf.ua_protocol_id) {
      table.error("ua_protocol_id", "must be \"tls\" or ten hexadecimal digits");
    }
  }
  return id;
}

// A PKI portal that nothing is said of is asked with the key of TS 33.221.
void give_portals_their_ua(ua::UaConfig& ua, const std::set<std::string>& with_ua) {
  std::set<std::string> portals;
  for (const auto& [fqdn, naf] : ua.nafs) {
    if (!naf.pki_portal.empty() && !with_ua.contains(naf.pki_portal)) {
      portals.insert(naf.pki_portal);
    }
  }
  for (const auto& portal : portals) {
    ua.nafs[portal].ua_protocol_id = gba::UaProtocolId::subscriber_certificates();
  }
}

void read_pins(TomlTable& table, ua::NafSettings& naf) {
  for (const auto& text : table.texts("pins", {})) {
    const auto pin = tls::pin_from_text(text);
    if (!pin) {
      table.error("pins", "\"" + text + "\" must be \"sha256//\" and the base64 of a SHA-256");
      return;
    }
    naf.pins.push_back(*pin);
  }
}

tls::Revocation revocation(TomlTable& tls, std::string_view key) {
  const std::string name = tls.choice(key, "soft", {"off", "soft", "hard"});
  if (name == "off") {
    return tls::Revocation::off;
  }
  return name == "hard" ? tls::Revocation::hard : tls::Revocation::soft;
}

void read_tls(TomlTable tls, AgentConfig& config) {
  config.trust.ca_file = tls.text("ca_file", "");
  config.trust.crl_file = tls.text("crl_file", "");
  config.ua.crls = revocation(tls, "crl_check");
  config.ua.ocsp_stapling = revocation(tls, "ocsp_stapling");
  if (config.ua.crls == tls::Revocation::hard && config.trust.crl_file.empty()) {
    tls.error("crl_check", "\"hard\" needs crl_file: without CRLs no NAF could be reached");
  }
  tls.finish();
}

void read_plain_http(TomlTable& table, PlainHttpSetting setting, ua::NafSettings& naf) {
  naf.plain_http = table.boolean("plain_http", naf.plain_http);
  if (!naf.plain_http) {
    return;
  }
  if (setting == PlainHttpSetting::refused) {
    table.error("plain_http",
                "this build speaks TLS only; a build for conformance tests has -Dplain_http=true");
  }
  // What the card answers without TLS could be used inside TLS by who passes it on [UT-7].
  if (naf.ways.methods != std::vector{ua::Method::digest}) {
    table.error("plain_http", "without TLS methods may hold \"digest\" alone");
  }
}

void read_naf(TomlTable table, PlainHttpSetting plain_http, ua::UaConfig& ua,
              std::set<std::string>& with_ua) {
  const std::string name = lower_case(table.text("name", ""));
  if (name.empty()) {
    table.error("name", "every [[naf]] needs the FQDN of the NAF");
  } else if (ua.nafs.contains(name)) {
    table.error("name", "there is another [[naf]] of this name");
  }
  ua::NafSettings naf;
  if (const auto address = table.text("address", ""); !address.empty()) {
    if (auto parts = host_and_port(address)) {
      naf.address = std::move(parts->host);
      naf.address_port = parts->port;
    } else {
      table.error("address", "must be \"address:port\", an IPv6 address in brackets");
    }
  }
  naf.allow_unauthenticated = table.boolean("allow_unauthenticated", naf.allow_unauthenticated);
  naf.require_rspauth = table.boolean("require_rspauth", naf.require_rspauth);
  naf.qop = table.boolean("prefer_auth_int", false) ? ua::QopPreference::auth_int
                                                    : ua::QopPreference::auth;
  read_ways(table, naf);
  read_aka(table, naf);
  read_client_certificate(table, naf);
  if (!read_enrolment(table, name, naf).empty()) {
    with_ua.insert(name);
  }
  read_pins(table, naf);
  read_plain_http(table, plain_http, naf);
  table.finish();
  ua.nafs.emplace(name, std::move(naf));
}

void read_limits(TomlTable table, AgentConfig& config) {
  auto& limits = config.local.limits;
  const auto size = [&](std::string_view key, std::size_t& value, std::int64_t least,
                        std::int64_t most) {
    value =
        static_cast<std::size_t>(table.integer(key, static_cast<std::int64_t>(value), least, most));
  };
  size("connections", limits.connections, 1, 65536);
  size("connections_per_uid", limits.connections_per_uid, 1, 65536);
  size("connections_per_caller", limits.connections_per_caller, 1, 65536);
  size("header_octets", limits.header_octets, 1024, 1024 * 1024);
  size("body_octets", limits.body_octets, 0, 1024 * 1024 * 1024);
  auto& timeouts = config.local.timeouts;
  const auto time = [&](std::string_view key, std::chrono::milliseconds& value) {
    value =
        table.seconds(key, std::chrono::duration_cast<seconds>(value), seconds(1), seconds(3600));
  };
  time("idle_timeout", timeouts.idle);
  time("header_timeout", timeouts.header);
  time("body_timeout", timeouts.body);
  time("answer_timeout", timeouts.answer);
  time("write_timeout", timeouts.write);
  config.drain = table.seconds("drain", config.drain, seconds(0), seconds(300));
  table.finish();
}

// Of the table that a socket's path stands in.
void read_mode_and_group(TomlTable& table, local::UnixSocketConfig& socket) {
  const auto mode_text = table.text("mode", "0600");
  const auto mode = number<unsigned>(mode_text, 8);
  if (!mode || *mode > 0777) {
    table.error("mode", "must be an octal number in quotes, such as \"0660\"");
  } else {
    socket.mode = static_cast<mode_t>(*mode);
  }
  socket.group = table.text("group", "");
}

void read_socket(TomlTable table, local::LocalConfig& local) {
  local::UnixSocketConfig socket;
  socket.name = table.text("name", "");
  socket.path = table.text("path", "");
  read_mode_and_group(table, socket);
  table.finish();
  local.unix_sockets.push_back(std::move(socket));
}

void read_control(TomlTable table, local::LocalConfig& local) {
  local::UnixSocketConfig socket;
  socket.name = local::kControlSocketName;
  socket.path = table.text("socket", "");
  read_mode_and_group(table, socket);
  table.finish();
  if (!socket.path.empty()) {
    local.control_socket = std::move(socket);
  }
}

void read_tokens(TomlTable table, AgentConfig& config) {
  config.token_file = table.text("file", "");
  if (!config.token_file.empty() && config.token_file.front() != '/') {
    table.error("file", "must be an absolute path");
  }
  table.finish();
}

void read_metrics(TomlTable table, local::LocalConfig& local) {
  const std::string address = table.text("address", "");
  table.finish();
  if (address.empty()) {
    return;
  }
  const auto place = host_and_port(address);
  if (!place) {
    table.error("address", "must be \"127.0.0.1:PORT\" or \"[::1]:PORT\"");
    return;
  }
  local.metrics_socket = {.address = place->host, .port = place->port};
}

void read_tcp(TomlTable table, local::LocalConfig& local) {
  local::TcpSocketConfig socket;
  socket.address = table.text("address", socket.address);
  socket.port = static_cast<std::uint16_t>(table.integer("port", 0, 1, 65535));
  if (!table.has("port")) {
    table.error("port", "must be given");
  }
  table.finish();
  local.tcp_sockets.push_back(std::move(socket));
}

// The number of a user or group that is given as a name or a number.
template <class Id, class Lookup>
std::optional<Id> account(const std::string& text, Lookup lookup) {
  if (const auto id = number<Id>(text)) {
    return id;
  }
  return lookup(text);
}

void read_application(TomlTable table, AgentConfig& config) {
  auto& local = config.local;
  local::Application application;
  application.name = table.text("name", "");
  application.sockets = table.texts("sockets", {});
  for (const auto& user : table.texts("users", {})) {
    const auto uid = account<uid_t>(user, [](const std::string& name) -> std::optional<uid_t> {
      const auto* entry = ::getpwnam(name.c_str());
      return entry == nullptr ? std::nullopt : std::optional(entry->pw_uid);
    });
    if (uid) {
      application.uids.push_back(*uid);
    } else {
      table.error("users", "there is no user \"" + user + "\"");
    }
  }
  for (const auto& group : table.texts("groups", {})) {
    const auto gid = account<gid_t>(group, [](const std::string& name) -> std::optional<gid_t> {
      const auto* entry = ::getgrnam(name.c_str());
      return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
    });
    if (gid) {
      application.gids.push_back(*gid);
    } else {
      table.error("groups", "there is no group \"" + group + "\"");
    }
  }
  if (const auto token = table.text("token_sha256", ""); !token.empty()) {
    application.token = local::token_hash_from_hex(token);
    if (!application.token) {
      table.error("token_sha256", "must be 64 hexadecimal digits: printf %s TOKEN | sha256sum");
    }
  }
  application.takes_made_tokens = table.boolean("made_tokens", false);
  if (application.takes_made_tokens && config.token_file.empty()) {
    table.error("made_tokens", "needs [tokens] file");
  }
  application.executables = table.texts("executables", {});
  application.units = table.texts("units", {});
  application.nafs = table.texts("nafs", {});
  application.methods = table.texts("methods", {"GET", "HEAD", "PUT", "DELETE"});
  application.auids = table.texts("auids", {});
  application.roots = table.texts("roots", {"/"});
  application.own_xui_only = table.boolean("own_xui_only", true);
  application.identities = table.texts("identities", {});
  application.rate.per_second = static_cast<unsigned>(table.integer("rate", 0, 0, 1'000'000));
  application.rate.burst = static_cast<unsigned>(
      table.integer("burst", std::max<std::int64_t>(application.rate.per_second, 1), 1, 1'000'000));
  application.subscribers = table.texts("subscribers", {local.subscribers.front()});
  if (application.subscribers.empty()) {
    table.error("subscribers", "must name one at least");
  }
  table.finish();
  local.applications.push_back(std::move(application));
}

void read_key_grant(TomlTable table, AgentConfig& config) {
  control::KeyGrant grant;
  grant.application = table.text("application", "");
  const auto& applications = config.local.applications;
  const auto application =
      std::ranges::find(applications, grant.application, &local::Application::name);
  if (application == applications.end()) {
    table.error("application", "there is no application \"" + grant.application + "\"");
  } else if (application->sockets == std::vector{std::string(local::kTcpSocketName)}) {
    table.error("application", "it has tcp alone, over which no key is given");
  }
  grant.nafs = table.texts("nafs", {});
  for (const auto& text : table.texts("ua_protocol_ids", {})) {
    if (const auto id = gba::UaProtocolId::from_text(text)) {
      grant.ua_protocol_ids.push_back(*id);
    } else {
      table.error("ua_protocol_ids", "\"" + text + "\" must be ten hexadecimal digits");
    }
  }
  for (const auto& problem : control::problems_of(grant)) {
    table.error("nafs and ua_protocol_ids", problem);
  }
  table.finish();
  config.control.key_grants.push_back(std::move(grant));
}

}  // namespace

Result<AgentConfig> parse_config(std::string_view text, PlainHttpSetting plain_http) {
  TRY(auto document, TomlDocument::parse(text));
  AgentConfig config;
  auto root = document.root();
  read_log(root.table("log"), config);
  read_subscribers(root, config);
  read_tls(root.table("tls"), config);
  read_ua(root.table("ua"), config.ua);
  std::set<std::string> with_ua;
  for (auto& naf : root.tables("naf")) {
    read_naf(std::move(naf), plain_http, config.ua, with_ua);
  }
  give_portals_their_ua(config.ua, with_ua);
  read_limits(root.table("limits"), config);
  for (auto& socket : root.tables("socket")) {
    read_socket(std::move(socket), config.local);
  }
  if (root.has("tcp")) {
    read_tcp(root.table("tcp"), config.local);
  }
  read_control(root.table("control"), config.local);
  read_metrics(root.table("metrics"), config.local);
  read_sandbox(root.table("sandbox"), config.sandbox);
  read_tokens(root.table("tokens"), config);
  for (auto& application : root.tables("application")) {
    read_application(std::move(application), config);
  }
  for (auto& grant : root.tables("keys")) {
    read_key_grant(std::move(grant), config);
  }
  root.finish();

  auto errors = document.errors();
  for (auto& problem : local::problems_of(config.local)) {
    errors.push_back(std::move(problem));
  }
  if (!errors.empty()) {
    std::string all;
    for (const auto& error : errors) {
      all += (all.empty() ? "" : "\n") + error;
    }
    return fail(ErrorCode::config_invalid, "read configuration", std::move(all));
  }
  return config;
}

Result<AgentConfig> load_config(const std::string& path, PlainHttpSetting plain_http) {
  std::ifstream in(path, std::ios::binary);
  const int reason = errno;
  if (!in) {
    return fail(ErrorCode::config_unreadable, "read configuration",
                ForeignNumber{ForeignKind::system, reason}, path);
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto config = parse_config(text, plain_http);
  if (!config) {
    config.error().detail = path + ": " + config.error().detail;
    return config;
  }
  config->path = path;
  config->text = text;
  return config;
}

}  // namespace ut::daemon
