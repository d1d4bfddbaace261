#include "base/log.h"
#include "base/log_output.h"
#include "base/secret.h"
#include "tests/support/catch.h"

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace ut;

static_assert(!std::is_constructible_v<log::Field, std::string_view, SecretBytes>);

TEST_CASE("a message is one line whatever a peer put into it") {
  CHECK(
      log::format("ub.refused", {{"status", 403}, {"realm", "a b\n\"c\"\x7f"}, {"again", false}}) ==
      R"(ub.refused status=403 realm="a b\x0a\"c\"\x7f" again=no)");
}

TEST_CASE("personal data is a pseudonym unless a setting asks for it", "[KEY-6]") {
  const auto first = log::personal("impi", "user1_private@home1.net");
  CHECK(first.starts_with("impi#"));
  CHECK(first.find("user1") == std::string::npos);
  CHECK(first == log::personal("impi", "user1_private@home1.net"));
  CHECK(first != log::personal("impi", "user2_private@home1.net"));
  log::show_personal_data(true);
  CHECK(log::personal("impi", "user1_private@home1.net") == "user1_private@home1.net");
  log::show_personal_data(false);
}

TEST_CASE("levels are named as they are written") {
  CHECK(log::level_named("trace") == log::Level::trace);
  CHECK(log::level_named("warning") == log::Level::warning);
  CHECK(log::level_named("error") == log::Level::error);
  CHECK_FALSE(log::level_named("loud").has_value());
}

namespace {

struct Kept {
  std::vector<std::string> lines;
  bool broken = false;
};

class KeepingOutput final : public log::Output {
 public:
  explicit KeepingOutput(Kept& kept) : kept_(kept) {}
  bool write(const log::Message& message) override {
    if (!kept_.broken) {
      kept_.lines.push_back(log::format(message.event, message.fields, message.audit));
    }
    return !kept_.broken;
  }

 private:
  Kept& kept_;
};

}  // namespace

TEST_CASE("a record of the audit is written at whatever level, unless they are off", "[API-8]") {
  Kept kept;
  log::set_output(std::make_unique<KeepingOutput>(kept));
  log::set_level(log::Level::error);
  const std::array fields = {log::Field("a", 1)};
  log::info("not.written");
  log::audit("key.derived", fields);
  log::set_audit(false);
  log::audit("not.written", fields);
  log::set_audit(false);
  log::set_audit(true);
  log::set_output(nullptr);
  log::set_level(log::Level::info);
  CHECK(kept.lines == std::vector<std::string>{"key.derived audit=yes a=1", "audit.off audit=yes",
                                               "audit.on audit=yes"});
}

TEST_CASE("no message is lost unseen", "[API-8]") {
  Kept kept;
  log::set_output(std::make_unique<KeepingOutput>(kept));
  const auto before = log::lost();
  kept.broken = true;
  log::info("first");
  log::info("second");
  CHECK(log::lost() == before + 2);
  kept.broken = false;
  log::info("third");
  log::info("fourth");
  log::set_output(nullptr);
  CHECK(kept.lines == std::vector<std::string>{"third", "log.lost messages=2", "fourth"});
}
