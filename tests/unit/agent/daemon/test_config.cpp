#include "agent/daemon/config.h"

#include "tests/support/catch.h"

#include <regex>
#include <string>

using namespace ut;
using namespace ut::daemon;
using namespace std::chrono_literals;

namespace {

constexpr const char* kSocket = "[[socket]]\nname = \"apps\"\npath = \"/run/ut-agent/ut.sock\"\n";

std::string errors_of(const std::string& text) {
  const auto config = parse_config(text);
  return config ? "" : config.error().detail;
}

// The default text with every commented setting switched on.
std::string uncommented(std::string_view text) {
  return std::regex_replace(std::string(text), std::regex("\n# (\\[|[a-z])"), "\n$1");
}

}  // namespace

TEST_CASE("without the access log no line tells of a request") {
  const auto on = parse_config(kSocket);
  REQUIRE(on.has_value());
  CHECK(on->local.access_log);
  CHECK(on->ua.log_exchanges);
  const auto off = parse_config(std::string("[log]\naccess = false\n") + kSocket);
  REQUIRE(off.has_value());
  CHECK_FALSE(off->local.access_log);
  CHECK_FALSE(off->ua.log_exchanges);
}

TEST_CASE("the printed defaults are the defaults") {
  const auto printed = parse_config(std::string(default_config_text()) + kSocket);
  if (!printed) {
    FAIL(printed.error().detail);
  }
  const auto empty = parse_config(kSocket);
  REQUIRE(empty.has_value());
  CHECK(printed->log_level == empty->log_level);
  CHECK(printed->personal_data == empty->personal_data);
  CHECK(printed->drain == empty->drain);
  CHECK(printed->ca_file == empty->ca_file);
  CHECK(printed->card.readers == empty->card.readers);
  CHECK(printed->card.min_pin_tries == empty->card.min_pin_tries);
  CHECK(printed->card.pin_latch_file == empty->card.pin_latch_file);
  CHECK(printed->card.pin_credential == empty->card.pin_credential);
  CHECK(printed->card.exclusive == empty->card.exclusive);
  CHECK(printed->card.timeout == empty->card.timeout);
  CHECK(printed->card.look_again == empty->card.look_again);
  CHECK(printed->card.allow_usim == empty->card.allow_usim);
  CHECK(printed->card.mnc_length == empty->card.mnc_length);
  CHECK(printed->ub.gba_mode == empty->ub.gba_mode);
  CHECK(printed->ub.tmpi == empty->ub.tmpi);
  CHECK(printed->ub.require_rspauth == empty->ub.require_rspauth);
  CHECK(printed->ub.max_lifetime == empty->ub.max_lifetime);
  CHECK(printed->ub.min_age == empty->ub.min_age);
  CHECK(printed->ub.request_timeout == empty->ub.request_timeout);
  CHECK(printed->ub.back_off_first == empty->ub.back_off_first);
  CHECK(printed->ub.back_off_greatest == empty->ub.back_off_greatest);
  CHECK(printed->ub.bsf_port == empty->ub.bsf_port);
  CHECK(printed->ua.channels_per_naf == empty->ua.channels_per_naf);
  CHECK(printed->ua.waiting_per_naf == empty->ua.waiting_per_naf);
  CHECK(printed->ua.connect_timeout == empty->ua.connect_timeout);
  CHECK(printed->ua.answer_timeout == empty->ua.answer_timeout);
  CHECK(printed->ua.idle_timeout == empty->ua.idle_timeout);
  CHECK(printed->local.limits.connections == empty->local.limits.connections);
  CHECK(printed->local.limits.connections_per_uid == empty->local.limits.connections_per_uid);
  CHECK(printed->local.limits.header_octets == empty->local.limits.header_octets);
  CHECK(printed->local.limits.body_octets == empty->local.limits.body_octets);
  CHECK(printed->local.timeouts.idle == empty->local.timeouts.idle);
  CHECK(printed->local.timeouts.answer == empty->local.timeouts.answer);
  CHECK(printed->local.timeouts.write == empty->local.timeouts.write);
  CHECK(printed->local.access_log == empty->local.access_log);
}

TEST_CASE("the commented settings of the printed defaults are settings that exist") {
  auto text = uncommented(default_config_text());
  text = std::regex_replace(text, std::regex("users = \\[\"alice\"\\]"), "users = [\"root\"]");
  CHECK(errors_of(text) == "");
}

TEST_CASE("a configuration reaches the part it is for") {
  const auto config = parse_config(R"(
[log]
level = "debug"
[card]
readers = ["*ACR*", "Virtual*"]
mode = "exclusive"
pin_file = "/etc/ut-agent/pin"
mnc_length = 3
[ub]
bsf_address = "127.0.0.1:8080"
require_rspauth = false
gba_mode = "u"
tmpi = false
[[naf]]
name = "XCAP.home1.net"
address = "[::1]:8443"
allow_unauthenticated = true
prefer_auth_int = true
[[socket]]
name = "apps"
path = "/run/ut-agent/ut.sock"
mode = "0660"
[[application]]
name = "presence"
users = ["root", "1000"]
token_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
nafs = ["*.home1.net"]
auids = ["pres-rules"]
)");
  if (!config) {
    FAIL(config.error().detail);
  }
  CHECK(config->log_level == log::Level::debug);
  CHECK(config->card.readers.size() == 2);
  CHECK(config->card.exclusive);
  CHECK(config->card.mnc_length == 3);
  CHECK(config->ub.bsf_address == "127.0.0.1:8080");
  CHECK_FALSE(config->ub.require_rspauth);
  CHECK(config->ub.gba_mode == ub::GbaMode::u);
  CHECK_FALSE(config->ub.tmpi);
  CHECK(parse_config("[ub]\ngba_mode = \"me\"\n" + std::string(kSocket))->ub.gba_mode ==
        ub::GbaMode::me);
  const auto& naf = config->ua.nafs.at("xcap.home1.net");
  CHECK(naf.address == "::1");
  CHECK(naf.address_port == 8443);
  CHECK(naf.allow_unauthenticated);
  CHECK(naf.qop == ua::QopPreference::auth_int);
  CHECK(config->local.unix_sockets.at(0).mode == 0660);
  const auto& application = config->local.applications.at(0);
  CHECK(application.uids == std::vector<uid_t>{0, 1000});
  CHECK(application.token == local::hash_token("abc"));
  CHECK(application.own_xui_only);
}

TEST_CASE("all that is wrong is told at once, with lines") {
  const auto errors = errors_of(R"([log]
level = "loud"
[card]
min_pin_tries = 1
mnc_length = 1
[ub]
bsf_address = "127.0.0.1"
back_off = 60
longest_back_off = 10
[[naf]]
address = "nowhere"
[[socket]]
name = "apps"
path = "/run/ut.sock"
mode = "rw"
[[application]]
name = "x"
users = ["no-such-user-here"]
token_sha256 = "abc"
colour = "blue"
)");
  for (const auto* expected :
       {"line 2: log.level: must be one of", "line 4: card.min_pin_tries: must be",
        "line 5: card.mnc_length: must be 2 or 3", "line 7: ub.bsf_address: must be",
        "line 9: ub.longest_back_off: must not be less", "naf[0].name: every [[naf]] needs",
        "line 11: naf[0].address: must be", "line 15: socket[0].mode: must be an octal",
        "application[0].users: there is no user",
        "line 19: application[0].token_sha256: must be 64", "line 20: application[0].colour"}) {
    INFO(errors);
    CHECK(errors.find(expected) != std::string::npos);
  }
}

TEST_CASE("a card that could never be used as configured is refused", "[IS-4][IS-7]") {
  CHECK(errors_of("[card]\nreaders = [\"!NFC*\"]\n").find("card.readers: must have one pattern") !=
        std::string::npos);
  CHECK(errors_of("[card]\nmode = \"alone\"\n").find("card.mode: must be one of") !=
        std::string::npos);
  CHECK(errors_of("[card]\npin_file = \"/pin\"\npin_credential = \"pin\"\n")
            .find("card.pin_credential: must be empty") != std::string::npos);
  CHECK(errors_of("[card]\npin_credential = \"../pin\"\n").find("not a path") != std::string::npos);
}

TEST_CASE("a configuration without any socket, or with TCP beyond the loopback, is refused",
          "[API-1]") {
  CHECK(errors_of("").find("no socket is configured") != std::string::npos);
  CHECK(errors_of("[tcp]\naddress = \"0.0.0.0\"\nport = 80\n").find("127.0.0.1 or ::1") !=
        std::string::npos);
}

TEST_CASE("an unreadable file is told by its name") {
  const auto config = load_config("/nonexistent/ut-agent.toml");
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().code == ErrorCode::config_unreadable);
  CHECK(config.error().detail == "/nonexistent/ut-agent.toml");
}

TEST_CASE("the control socket and grants of keys reach the part they are for", "[KEY-5]") {
  const auto without = parse_config(kSocket);
  REQUIRE(without.has_value());
  CHECK_FALSE(without->local.control_socket.has_value());
  CHECK(without->control.key_grants.empty());
  const auto config = parse_config(std::string(kSocket) + R"(
[control]
socket = "/run/ut-agent/control.sock"
[[application]]
name = "kms"
sockets = ["apps"]
[[keys]]
application = "kms"
nafs = ["kms.home1.net"]
ua_protocol_ids = ["0100000006", "FF00000001"]
)");
  if (!config) {
    FAIL(config.error().detail);
  }
  REQUIRE(config->local.control_socket.has_value());
  CHECK(config->local.control_socket->path == "/run/ut-agent/control.sock");
  CHECK(config->local.control_socket->mode == 0600);
  CHECK(config->local.unix_sockets.size() == 1);
  const auto& grant = config->control.key_grants.at(0);
  CHECK(grant.application == "kms");
  CHECK(grant.nafs == std::vector<std::string>{"kms.home1.net"});
  CHECK(grant.ua_protocol_ids.at(1).to_text() == "ff00000001");
}

TEST_CASE("a grant that can never be right is refused", "[KEY-5]") {
  const auto with = [](const std::string& keys) {
    return errors_of(std::string(kSocket) + "[tcp]\nport = 8055\n" +
                     "[[application]]\nname = \"kms\"\nsockets = [\"apps\"]\n" +
                     "[[application]]\nname = \"remote\"\nsockets = [\"tcp\"]\n" +
                     "token_sha256 = \"" + std::string(64, 'a') + "\"\n[[keys]]\n" + keys);
  };
  const std::string good = "nafs = [\"kms.home1.net\"]\nua_protocol_ids = [\"0100000006\"]\n";
  CHECK(with("application = \"kms\"\n" + good).empty());
  CHECK(with("application = \"nobody\"\n" + good).find("there is no application \"nobody\"") !=
        std::string::npos);
  CHECK(with(good).find("there is no application") != std::string::npos);
  CHECK(with("application = \"remote\"\n" + good).find("it has tcp alone") != std::string::npos);
  CHECK(with("application = \"kms\"\n").find("it names no NAF") != std::string::npos);
  CHECK(with("application = \"kms\"\n" + good + "colour = 1\n").find("no such setting") !=
        std::string::npos);
  for (const char* id : {"0100000000", "0100000002", "0100000007", "0100000100", "0100011301"}) {
    CHECK(with("application = \"kms\"\nnafs = [\"kms.home1.net\"]\nua_protocol_ids = [\"" +
               std::string(id) + "\"]\n")
              .find("never leave the agent") != std::string::npos);
  }
  CHECK(with("application = \"kms\"\nnafs = [\"*.home1.net\"]\nua_protocol_ids = [\"01\"]\n")
            .find("must be ten hexadecimal digits") != std::string::npos);
  CHECK(errors_of(std::string(kSocket) + "[control]\nsocket = \"/run/c\"\nmode = \"0666\"\n")
            .find("must leave others out") != std::string::npos);
}
