#include "tools/utctl/pin_commands.h"

#include "agent/card/pin_latch.h"
#include "agent/daemon/pin_settings.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::utctl;
namespace fs = std::filesystem;

namespace {

constexpr const char* kIccid = "8988211000000123456";

// A state directory and a PIN file of its own.
class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "ut-utctl-XXXXXX";
    path_ = ::mkdtemp(name.data());
    subscribers[0].card.pin_file = path_ / "pin";
    subscribers[0].card.pin_latch_file = path_ / "latch";
    std::ofstream(settings.pin_file) << "9999";
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // The agent sends the PIN, and the card refuses it.
  void refuse(const std::string& iccid) const {
    card::PinLatch latch(settings.pin_latch_file, daemon::pin_source(settings));
    REQUIRE(latch.before_verify(iccid, 3).has_value());
  }

  std::vector<daemon::SubscriberSettings> subscribers{1};
  daemon::CardSettings& settings = subscribers[0].card;

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("without any refusal the status is open", "[IS-4]") {
  const Folder folder;
  const auto status = pin_status(folder.subscribers);
  REQUIRE(status.has_value());
  CHECK(status->exit == Exit::done);
  CHECK(status->text.find("no PIN was refused") != std::string::npos);
  CHECK(status->json["closed"] == false);
  CHECK(status->json["cards"].empty());
}

TEST_CASE("a refused PIN is told by card until it is cleared or corrected", "[IS-4]") {
  const Folder folder;
  folder.refuse(kIccid);
  const auto closed = pin_status(folder.subscribers);
  REQUIRE(closed.has_value());
  CHECK(closed->exit == Exit::pin_closed);
  CHECK(closed->text.find(kIccid) != std::string::npos);
  CHECK(closed->text.find("utctl pin clear") != std::string::npos);
  CHECK(closed->json["cards"][0]["iccid"] == kIccid);
  CHECK(closed->json["cards"][0]["tries_left_before"] == 3);
  CHECK(closed->json["cards"][0]["closed"] == true);

  std::ofstream(folder.settings.pin_file) << "12345";
  const auto corrected = pin_status(folder.subscribers);
  CHECK(corrected->exit == Exit::done);
  CHECK(corrected->json["cards"][0]["closed"] == false);

  const auto cleared = pin_clear(folder.subscribers, std::nullopt);
  REQUIRE(cleared.has_value());
  CHECK(cleared->json["cleared"] == 1);
  CHECK(pin_status(folder.subscribers)->json["cards"].empty());
  CHECK(pin_clear(folder.subscribers, std::nullopt)->json["cleared"] == 0);
}

TEST_CASE("a refused PIN of a token is told with the NAF's setting", "[IS-4][UA-7]") {
  const Folder folder;
  ua::UaConfig ua;
  auto& naf = ua.nafs["x.home1.net"];
  naf.client_key_file = "pkcs11:token=t;object=k?module-path=/m.so";
  naf.client_key_pin_file = folder.settings.pin_file;
  folder.refuse(card::latch_name_of_token("0a1b"));
  const auto closed = pin_status(folder.subscribers, ua);
  REQUIRE(closed);
  CHECK(closed->exit == Exit::pin_closed);
  CHECK(closed->text.find("PIN of the token of x.home1.net: file ") != std::string::npos);
  CHECK(closed->text.find("the token with the serial number 0a1b: not accepted; it is not sent") !=
        std::string::npos);
  CHECK(closed->json["token_pins"][0]["naf"] == "x.home1.net");
  CHECK(closed->json["tokens"][0] == nlohmann::ordered_json{{"serial", "0a1b"}, {"closed", true}});
  CHECK(closed->json["cards"].empty());
  std::ofstream(folder.settings.pin_file) << "12345";
  CHECK(pin_status(folder.subscribers, ua)->exit == Exit::done);
  CHECK(pin_clear(folder.subscribers, std::nullopt)->json["cleared"] == 1);
}

TEST_CASE("one card is cleared by its ICCID", "[IS-4]") {
  const Folder folder;
  folder.refuse(kIccid);
  folder.refuse("8988211000000654321");
  CHECK(pin_clear(folder.subscribers, kIccid)->json["cleared"] == 1);
  const auto status = pin_status(folder.subscribers);
  CHECK(status->exit == Exit::pin_closed);
  CHECK(status->json["cards"].size() == 1);
  CHECK(status->json["cards"][0]["iccid"] == "8988211000000654321");
  for (const char* wrong : {"", "898821100", "898821100000012345678", "89882110000001234x6"}) {
    CHECK(pin_clear(folder.subscribers, wrong).error().code == ErrorCode::input_malformed);
  }
}

TEST_CASE("a latch that cannot be understood is closed, and can be cleared", "[IS-4]") {
  const Folder folder;
  std::ofstream(folder.settings.pin_latch_file) << "what is this?\n";
  const auto status = pin_status(folder.subscribers);
  REQUIRE(status.has_value());
  CHECK(status->exit == Exit::pin_closed);
  CHECK(status->json["understood"] == false);
  CHECK(pin_clear(folder.subscribers, std::nullopt).has_value());
  CHECK(pin_status(folder.subscribers)->exit == Exit::done);
}

TEST_CASE("a credential is the same source whenever the service starts", "[IS-4]") {
  const Folder folder;
  folder.settings.pin_file.clear();
  CHECK(daemon::pin_source(folder.settings).empty());
  CHECK(pin_status(folder.subscribers)->json["pins"][0]["pin"].is_null());
  folder.settings.pin_credential = "ut-pin";
  CHECK(daemon::pin_source(folder.settings) == "credential ut-pin");
  CHECK(pin_status(folder.subscribers)->json["pins"][0]["pin"] == "credential ut-pin");
}

TEST_CASE("one latch closes for the PIN of each subscriber", "[IS-4][IS-7]") {
  Folder folder;
  daemon::SubscriberSettings other{.name = "other", .card = folder.settings};
  other.card.pin_file = folder.settings.pin_file + ".other";
  std::ofstream(other.card.pin_file) << "8888";
  card::PinLatch latch(other.card.pin_latch_file, daemon::pin_source(other.card));
  REQUIRE(latch.before_verify(kIccid, 3).has_value());
  CHECK(pin_status(folder.subscribers)->exit == Exit::done);
  folder.subscribers.push_back(other);
  const auto status = pin_status(folder.subscribers);
  CHECK(status->exit == Exit::pin_closed);
  CHECK(status->text.find("PIN of other: file " + other.card.pin_file) != std::string::npos);
  CHECK(status->json["pins"].size() == 2);
  CHECK(status->json["pins"][1]["subscriber"] == "other");
}

TEST_CASE("failures are told as text and as JSON", "[IS-4]") {
  const Error error{ErrorCode::config_unreadable, "load", {}, "/nowhere"};
  CHECK(exit_of(error) == Exit::bad_configuration);
  CHECK(show(error, Format::text).starts_with("utctl: "));
  CHECK(nlohmann::json::parse(show(error, Format::json))["error"]["code"] == "config-unreadable");
  const Folder folder;
  fs::create_directories(fs::path(folder.settings.pin_latch_file) / "in the way");
  const auto cleared = pin_clear(folder.subscribers, std::nullopt);
  REQUIRE_FALSE(cleared.has_value());
  CHECK(exit_of(cleared.error()) == Exit::failed);
  CHECK(pin_status(folder.subscribers)->exit == Exit::pin_closed);
}
