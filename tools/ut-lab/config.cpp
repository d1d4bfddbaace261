#include "tools/ut-lab/config.h"

#include "base/encoding.h"
#include "isim/soft/algorithm_settings.h"
#include "isim/soft/card_profile.h"
#include "tools/ut-lab/http.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace ut::lab {
namespace {

// The separation bit is set; whether IMS vectors set it is the operator's choice (from memory), and
// cards of the IMS AKA context take both.
constexpr std::array<std::uint8_t, 2> kDefaultAmf = {0x80, 0x00};

// TS 33.220 annex H.
constexpr UaProtocolId kSubscriberCertificates = {0x01, 0x00, 0x00, 0x00, 0x00};
constexpr UaProtocolId kHttpDigest = {0x01, 0x00, 0x00, 0x00, 0x02};  // without TLS

// Reads one table key by key and remembers what is wrong.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string path, std::vector<std::string>& errors)
      : table_(table), path_(std::move(path)), errors_(errors) {}

  template <class T>
  std::optional<T> get(std::string_view key) {
    known_.emplace(key);
    const auto* node = table_.get(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    const auto value = node->value_exact<T>();
    if (!value) {
      wrong(key, "has the wrong type");
    }
    return value;
  }

  std::optional<std::vector<std::string>> get_texts(std::string_view key) {
    known_.emplace(key);
    const auto* node = table_.get(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    std::vector<std::string> texts;
    const auto* array = node->as_array();
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      if (const auto text = (*array)[i].value_exact<std::string>()) {
        texts.push_back(*text);
      }
    }
    if (array == nullptr || texts.size() != array->size() || texts.empty()) {
      wrong(key, "is not a list of strings");
      return std::nullopt;
    }
    return texts;
  }

  template <std::size_t N>
  std::optional<Bytes> get_hex(std::string_view key) {
    const auto text = get<std::string>(key);
    if (!text) {
      return std::nullopt;
    }
    auto octets = from_hex(*text);
    if (!octets || octets->size() != N) {
      wrong(key, "is not " + std::to_string(N) + " octets in hexadecimal digits");
      return std::nullopt;
    }
    return octets;
  }

  std::optional<std::uint16_t> get_port(std::string_view key) {
    const auto number = get<std::int64_t>(key);
    if (number && (*number < 0 || *number > 65535)) {
      wrong(key, "is not a port");
      return std::nullopt;
    }
    return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
  }

  std::optional<std::chrono::seconds> get_seconds(std::string_view key) {
    const auto number = get<std::int64_t>(key);
    if (number && *number < 1) {
      wrong(key, "is not a number of seconds above zero");
      return std::nullopt;
    }
    return number ? std::optional(std::chrono::seconds(*number)) : std::nullopt;
  }

  std::optional<std::uint64_t> get_count(std::string_view key) {
    const auto number = get<std::int64_t>(key);
    if (number && *number < 0) {
      wrong(key, "is not a count");
      return std::nullopt;
    }
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
  }

  void wrong(std::string_view key, std::string_view what) {
    errors_.push_back(path_ + std::string(key) + " " + std::string(what));
  }

  // To be called last.
  void refuse_unknown_keys() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(key.str())) {
        wrong(key.str(), "is not a setting");
      }
    }
  }
  // A key whose value is a table of its own.
  void know(std::string_view key) { known_.emplace(key); }

 private:
  const toml::table& table_;
  std::string path_;
  std::vector<std::string>& errors_;
  std::set<std::string, std::less<>> known_;
};

template <class T>
void assign(T& to, std::optional<T> from) {
  if (from) {
    to = std::move(*from);
  }
}

std::optional<NonceMode> nonce_mode(std::string_view text) {
  if (text == "set") {
    return NonceMode::set;
  }
  if (text == "increasing") {
    return NonceMode::increasing;
  }
  if (text == "exact") {
    return NonceMode::exact;
  }
  if (text == "one-time") {
    return NonceMode::one_time;
  }
  return std::nullopt;
}

void read_portal(TableReader& reader, NafConfig& naf) {
  assign(naf.pki_portal, reader.get<bool>("pki_portal"));
  assign(naf.certificate_lifetime, reader.get_seconds("certificate_lifetime"));
  if (naf.pki_portal) {
    naf.ua_protocol_id = kSubscriberCertificates;
  } else if (naf.plain_http) {
    naf.ua_protocol_id = kHttpDigest;
  }
  const auto text = reader.get<std::string>("ua_protocol_id");
  if (text == "tls") {
    naf.ua_protocol_id.reset();
  } else if (text) {
    const auto octets = from_hex(*text);
    if (octets && octets->size() == kSubscriberCertificates.size()) {
      std::ranges::copy(*octets, naf.ua_protocol_id.emplace().begin());
    } else {
      reader.wrong("ua_protocol_id", "is neither 5 octets in hexadecimal digits nor tls");
    }
  }
}

// What a NAF and an Authentication Proxy have in common.
NafConfig read_server(TableReader& reader) {
  NafConfig naf;
  assign(naf.port, reader.get_port("port"));
  if (const auto names = reader.get_texts("algorithms")) {
    naf.algorithms.clear();
    for (const auto& each : *names) {
      if (const auto algorithm = digest_algorithm(each)) {
        naf.algorithms.push_back(*algorithm);
      } else {
        reader.wrong("algorithms", "knows MD5, MD5-sess and SHA-256, not " + each);
      }
    }
  }
  assign(naf.qops, reader.get_texts("qops"));
  for (const auto& qop : naf.qops) {
    if (qop != "auth" && qop != "auth-int") {
      reader.wrong("qops", "knows auth and auth-int");
    }
  }
  if (const auto text = reader.get<std::string>("nonce_mode")) {
    const auto mode = nonce_mode(*text);
    if (!mode) {
      reader.wrong("nonce_mode", "is none of set, increasing, exact, one-time");
    }
    assign(naf.nonce_mode, mode);
  }
  assign(naf.nonce_lifetime, reader.get_seconds("nonce_lifetime"));
  assign(naf.next_nonce, reader.get<bool>("next_nonce"));
  assign(naf.tls_min, reader.get<std::string>("tls_min"));
  assign(naf.tls_max, reader.get<std::string>("tls_max"));
  assign(naf.cipher_list, reader.get<std::string>("cipher_list"));
  assign(naf.ciphersuites, reader.get<std::string>("ciphersuites"));
  assign(naf.tls_tickets, reader.get<bool>("tls_tickets"));
  assign(naf.rsa, reader.get<bool>("rsa"));
  if (const auto methods = reader.get_texts("methods")) {
    const auto place = [&](std::string_view method) { return std::ranges::find(*methods, method); };
    naf.digest = place("digest") != methods->end();
    naf.psk = place("psk") != methods->end();
    naf.aka = place("aka") != methods->end();
    naf.client_certificate = place("certificate") != methods->end();
    naf.aka_before = place("aka") < place("digest");
    if (std::ranges::any_of(*methods, [](const auto& each) {
          return each != "digest" && each != "psk" && each != "aka" && each != "certificate";
        })) {
      reader.wrong("methods", "knows digest, psk, aka and certificate");
    }
  }
  if (const auto names = reader.get_texts("aka_algorithms")) {
    naf.aka_algorithms.clear();
    for (const auto& each : *names) {
      if (const auto algorithm = aka_digest(each)) {
        naf.aka_algorithms.push_back(*algorithm);
      } else {
        reader.wrong("aka_algorithms", "knows AKAv1-MD5, AKAv2-MD5 and AKAv2-SHA-256, not " + each);
      }
    }
  }
  assign(naf.aka_realm, reader.get<std::string>("aka_realm"));
  assign(naf.psk_hints, reader.get_texts("psk_hints"));
  assign(naf.client_ca_file, reader.get<std::string>("client_ca_file"));
  return naf;
}

NafConfig read_naf(TableReader& reader) {
  auto naf = read_server(reader);
  assign(naf.name, reader.get<std::string>("name"));
  assign(naf.realms, reader.get_texts("realms"));
  assign(naf.plain_http, reader.get<bool>("plain_http"));
  if (naf.plain_http && (naf.psk || naf.aka || naf.client_certificate)) {
    reader.wrong("plain_http", "has no TLS, so that digest alone can be its method");
  }
  read_portal(reader, naf);
  return naf;
}

NafConfig read_proxy(TableReader& reader) {
  auto proxy = read_server(reader);
  assign(proxy.proxy_names, reader.get_texts("names"));
  if (proxy.proxy_names.empty()) {
    reader.wrong("names", "is missing");
  } else {
    proxy.name = proxy.proxy_names.front();
  }
  return proxy;
}

std::unique_ptr<const isim::soft::AkaAlgorithm> read_algorithm(TableReader& reader) {
  const isim::soft::AlgorithmSettings settings{
      .algorithm = reader.get<std::string_view>("algorithm"),
      .k = reader.get<std::string_view>("k"),
      .op = reader.get<std::string_view>("op"),
      .opc = reader.get<std::string_view>("opc"),
      .top = reader.get<std::string_view>("top"),
      .topc = reader.get<std::string_view>("topc"),
      .keccak_iterations = reader.get_count("keccak_iterations"),
      .res_octets = reader.get_count("res_octets")};
  return isim::soft::make_algorithm(
      settings,
      [&reader](std::string_view setting, std::string_view what) { reader.wrong(setting, what); });
}

std::optional<Subscriber> read_subscriber(TableReader& reader) {
  Subscriber subscriber;
  const auto impi = reader.get<std::string>("impi");
  const auto impus = reader.get_texts("impus");
  auto algorithm = read_algorithm(reader);
  const auto amf = reader.get_hex<2>("amf");
  const auto sqn = reader.get_hex<6>("sqn");
  if (!impi || impi->find('@') == std::string::npos) {
    reader.wrong("impi", "is missing or has no domain");
  }
  if (!impus) {
    reader.wrong("impus", "is missing");
  }
  if (!impi || !impus || !algorithm) {
    return std::nullopt;
  }
  subscriber.impi = *impi;
  subscriber.impus = *impus;
  subscriber.algorithm = std::move(algorithm);
  subscriber.amf = *isim::soft::Amf::from(amf.value_or(to_bytes(kDefaultAmf)));
  if (sqn) {
    subscriber.sqn = isim::soft::Sqn::read(std::span<const std::uint8_t, 6>(*sqn));
  }
  assign(subscriber.gba_u, reader.get<bool>("gba_u"));
  return subscriber;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += (text.empty() ? "" : "; ") + line;
  }
  return text;
}

}  // namespace

Result<void> apply_toml(Config& config, std::string_view toml, const std::string& source) {
  toml::table top_table;
  try {
    top_table = toml::parse(toml, source);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::config_syntax, "ut-lab configuration",
                source + " line " + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
  }
  std::vector<std::string> errors;
  TableReader top(top_table, "", errors);
  assign(config.bsf.name, top.get<std::string>("bsf_name"));
  assign(config.bsf.key_lifetime, top.get_seconds("key_lifetime"));
  assign(config.bsf.next_nonce, top.get<bool>("bsf_next_nonce"));
  assign(config.bsf.tmpi, top.get<bool>("bsf_tmpi"));
  assign(config.bsf_port, top.get_port("bsf_port"));
  assign(config.control_port, top.get_port("control_port"));
  assign(config.reveal_secrets, top.get<bool>("reveal_secrets"));
  assign(config.xcap_root, top.get<std::string>("xcap_root"));
  top.know("naf");
  top.know("ap");
  top.know("subscriber");
  top.refuse_unknown_keys();

  const auto each_table = [&](std::string_view key, auto&& read) {
    const auto* node = top_table.get(key);
    if (node == nullptr) {
      return;
    }
    if (!node->is_array_of_tables()) {
      top.wrong(key, "is not [[" + std::string(key) + "]]");
      return;
    }
    std::size_t index = 0;
    for (const auto& element : *node->as_array()) {
      TableReader reader(*element.as_table(),
                         std::string(key) + "[" + std::to_string(index++) + "].", errors);
      read(reader);
      reader.refuse_unknown_keys();
    }
  };
  each_table("naf", [&](TableReader& reader) { config.nafs.push_back(read_naf(reader)); });
  each_table("ap", [&](TableReader& reader) { config.nafs.push_back(read_proxy(reader)); });
  each_table("subscriber", [&](TableReader& reader) {
    if (auto subscriber = read_subscriber(reader)) {
      config.subscribers.push_back(std::move(*subscriber));
    }
  });
  if (!errors.empty()) {
    return fail(ErrorCode::config_invalid, "ut-lab configuration", source + ": " + joined(errors));
  }
  return {};
}

Result<Subscriber> subscriber_from_profile(const std::filesystem::path& file) {
  TRY(auto card, isim::soft::load_card_profile(file));
  return Subscriber{.impi = std::move(card.impi),
                    .impus = std::move(card.impus),
                    .algorithm = std::move(card.algorithm),
                    .amf = isim::soft::Amf(kDefaultAmf),
                    .sqn = {}};
}

std::string public_domain(std::string_view impi) {
  const auto at = impi.find('@');
  std::string domain(at == std::string_view::npos ? impi : impi.substr(at + 1));
  constexpr std::string_view kNetwork = ".3gppnetwork.org";
  if (domain.ends_with(kNetwork) && !domain.ends_with(".pub.3gppnetwork.org")) {
    domain.insert(domain.size() - kNetwork.size(), ".pub");
  }
  return domain;
}

Result<void> complete(Config& config) {
  std::vector<std::string> errors;
  if (config.subscribers.empty()) {
    return fail(ErrorCode::config_invalid, "ut-lab configuration", "there is no subscriber");
  }
  const std::string domain = public_domain(config.subscribers.front().impi);
  if (config.bsf.name.empty()) {
    config.bsf.name = "bsf." + domain;
  }
  if (config.nafs.empty()) {
    config.nafs.push_back({.name = "xcap." + domain});
  }
  std::set<std::string> names;
  for (auto& naf : config.nafs) {
    naf.name = lower_case(naf.name);
    for (auto& name : naf.proxy_names) {
      name = lower_case(name);
    }
    for (const auto& name : naf.host_names()) {
      if (name.empty() || !names.insert(name).second) {
        errors.push_back("the name of a NAF is missing or doubled");
      }
    }
  }
  std::set<std::string> impis;
  for (const auto& subscriber : config.subscribers) {
    if (!impis.insert(subscriber.impi).second) {
      errors.push_back("an IMPI is doubled");
    }
  }
  if (!errors.empty()) {
    return fail(ErrorCode::config_invalid, "ut-lab configuration", joined(errors));
  }
  return {};
}

}  // namespace ut::lab
