#include "agent/card/pin_latch.h"

#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace ut;
using card::PinLatch;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "ut-pin-latch-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

constexpr const char* kIccid = "8901";

}  // namespace

TEST_CASE("a PIN that was sent and not accepted is not sent again", "[IS-4]") {
  PinLatch latch({}, "source 1");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  const auto again = latch.before_verify(kIccid, 2);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::pin_wrong);
  // Another card is another PIN's.
  CHECK(latch.before_verify("8902", 3).has_value());
}

TEST_CASE("a token is remembered by its serial number, beside the cards", "[IS-4][UA-7]") {
  CHECK(card::latch_name_of_token("0a1B") == "token-0a1B");
  CHECK(card::latch_name_of_token("a b\n-") == "token-a_b__");
  CHECK(card::latch_name_of_token(std::string(99, 'x')) == "token-" + std::string(32, 'x'));
  CHECK(card::token_serial_of({"token-0a1B", 0, "s"}) == "0a1B");
  CHECK_FALSE(card::token_serial_of({kIccid, 3, "s"}));
  const Folder folder;
  PinLatch latch(folder / "latch", "s");
  CHECK(latch.before_verify(card::latch_name_of_token("1"), 0));
  CHECK(latch.before_verify(card::latch_name_of_token("2"), 0));
  CHECK(latch.before_verify(kIccid, 3));
  latch.after_success(kIccid);
  latch.after_success(card::latch_name_of_token("2"));
  const auto remembered = card::read_pin_latch(folder / "latch");
  REQUIRE(remembered);
  CHECK(*remembered == std::vector<card::LatchedPin>{{"token-1", 0, "s"}});
  CHECK_FALSE(PinLatch(folder / "latch", "s").before_verify("token-1", 0));
}

TEST_CASE("success clears the memory", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "latch", "s");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  CHECK(fs::exists(folder / "latch"));
  latch.after_success(kIccid);
  CHECK_FALSE(fs::exists(folder / "latch"));
  CHECK(latch.before_verify(kIccid, 3).has_value());
}

TEST_CASE("the memory is on disk before the PIN is sent, and outlives the program", "[IS-4]") {
  const Folder folder;
  {
    PinLatch latch(folder / "latch", "source 1");
    CHECK(latch.before_verify(kIccid, 3).has_value());
    struct stat status{};
    REQUIRE(::stat((folder / "latch").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  PinLatch same(folder / "latch", "source 1");
  CHECK(same.before_verify(kIccid, 3).error().code == ErrorCode::pin_wrong);
  PinLatch corrected(folder / "latch", "source 2");
  CHECK(corrected.before_verify(kIccid, 3).has_value());
}

TEST_CASE("the user clears the memory, while the agent runs too", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "latch", "s");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  CHECK(latch.before_verify("8902", 3).has_value());
  CHECK(card::clear_pin_latch(folder / "latch", "8903") == 0U);
  CHECK(card::clear_pin_latch(folder / "latch", kIccid) == 1U);
  CHECK(latch.before_verify("8902", 2).error().code == ErrorCode::pin_wrong);
  CHECK(latch.before_verify(kIccid, 2).has_value());
  CHECK(card::clear_pin_latch(folder / "latch", std::nullopt) == 2U);
  CHECK_FALSE(fs::exists(folder / "latch"));
  CHECK(latch.before_verify("8902", 2).has_value());
  CHECK(card::clear_pin_latch(folder / "no such file", std::nullopt) == 0U);
}

TEST_CASE("every card has a memory of its own", "[IS-4]") {
  const Folder folder;
  for (const auto& file : {fs::path(), folder / "latch"}) {
    PinLatch latch(file, "s");
    CHECK(latch.before_verify(kIccid, 3).has_value());
    CHECK(latch.before_verify("8902", 3).has_value());
    latch.after_success("8902");
    // Swapping cards to and fro spends no further try.
    CHECK(latch.before_verify(kIccid, 2).error().code == ErrorCode::pin_wrong);
    CHECK(latch.before_verify("8902", 3).has_value());
  }
}

TEST_CASE("several cards that are used at once lose nothing of a common memory", "[IS-4][IS-7]") {
  const Folder folder;
  constexpr int kCards = 4;
  constexpr int kTries = 20;
  {
    std::vector<std::jthread> threads;
    for (int card = 0; card < kCards; ++card) {
      threads.emplace_back([&, card] {
        PinLatch latch(folder / "latch", "source");
        for (int i = 0; i < kTries; ++i) {
          const auto iccid = std::to_string(8900000 + 1000 * card + i);
          (void)latch.before_verify(iccid, 3);
        }
      });
    }
  }
  const auto entries = card::read_pin_latch(folder / "latch");
  REQUIRE(entries.has_value());
  CHECK(entries->size() == kCards * kTries);
}

TEST_CASE("the memory tells cards and tries, and nothing of the PIN", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "latch", "source of it");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  CHECK(latch.before_verify("", 12).error().code == ErrorCode::pin_wrong);
  const auto entries = card::read_pin_latch(folder / "latch");
  REQUIRE(entries.has_value());
  CHECK(*entries == std::vector{card::LatchedPin{kIccid, 3, "source of it"}});
  PinLatch other(folder / "other", "s");
  CHECK(other.before_verify("", 3).has_value());
  CHECK(other.before_verify(kIccid, 3).error().code == ErrorCode::pin_wrong);
  CHECK(card::read_pin_latch(folder / "other")->at(0).iccid.empty());
}

TEST_CASE("the memory stays the agent's when root clears a part of it", "[IS-4]") {
  if (::geteuid() != 0) {
    WARN("only root can give files away");
    return;
  }
  const Folder folder;
  PinLatch latch(folder / "latch", "s");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  CHECK(latch.before_verify("8902", 3).has_value());
  REQUIRE(::chown((folder / "latch").c_str(), 65534, 65534) == 0);
  CHECK(card::clear_pin_latch(folder / "latch", kIccid) == 1U);
  struct stat status{};
  REQUIRE(::stat((folder / "latch").c_str(), &status) == 0);
  CHECK(status.st_uid == 65534);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a memory that cannot be understood counts against every PIN", "[IS-4]") {
  const std::string title = "ut-agent PIN latch, cleared by: utctl pin clear\n";
  for (const std::string& text :
       {std::string(), std::string("8901\n3\ns\n"), title + "8901\n", title + "8901 x s\n",
        title + "8901 33 s\n", title + " 3 s\n", title + "89g1 3 s\n", title + "\n",
        std::string("\x01\x02\n\n")}) {
    const Folder folder;
    std::ofstream(folder / "latch") << text;
    CHECK(card::read_pin_latch(folder / "latch").error().code == ErrorCode::input_malformed);
    PinLatch latch(folder / "latch", "s");
    CHECK(latch.before_verify("any", 3).error().code == ErrorCode::pin_wrong);
    CHECK(card::clear_pin_latch(folder / "latch", "any").error().code ==
          ErrorCode::input_malformed);
    CHECK(card::clear_pin_latch(folder / "latch", std::nullopt) == 1U);
    CHECK(latch.before_verify("any", 3).has_value());
  }
}

TEST_CASE("a memory that grew without end is not written on", "[IS-4]") {
  PinLatch latch({}, "s");
  for (int card = 0; card < 366; ++card) {
    CHECK(latch.before_verify(std::to_string(1000 + card), 3).has_value());
  }
  CHECK(latch.before_verify("89", 3).error().code == ErrorCode::pin_wrong);
}

TEST_CASE("no PIN is sent when the memory cannot be written", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "no-such-folder/latch", "s");
  CHECK(latch.before_verify(kIccid, 3).error().code == ErrorCode::config_unreadable);
  CHECK(latch.before_verify(kIccid, 3).error().code == ErrorCode::config_unreadable);
}

TEST_CASE("a changed PIN file is another source", "[IS-4]") {
  const Folder folder;
  CHECK(card::pin_source_of(folder / "pin").empty());
  std::ofstream(folder / "pin") << "1234";
  const auto first = card::pin_source_of(folder / "pin");
  CHECK_FALSE(first.empty());
  CHECK(card::pin_source_of(folder / "pin") == first);
  std::ofstream(folder / "pin") << "12345";
  CHECK(card::pin_source_of(folder / "pin") != first);
}
