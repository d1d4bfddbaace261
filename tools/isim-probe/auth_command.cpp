#include "base/encoding.h"
#include "isim/aka.h"
#include "tools/isim-probe/commands.h"

#include <memory>
#include <string>

namespace ut::probe {
namespace {

template <class T>
Result<T> hex_argument(const std::string& text, const char* name) {
  const auto octets = from_hex(text);
  const auto value = octets ? T::from(*octets) : std::nullopt;
  if (!value) {
    return fail(ErrorCode::input_malformed, "command line",
                std::string(name) + " has 32 hexadecimal digits");
  }
  return *value;
}

struct Options {
  std::string rand;
  std::string autn;
};

}  // namespace

Run add_auth(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  add_card_options(app, settings);
  add_show_secrets(app, settings, "RES, CK and IK");
  app.add_option("RAND", options->rand, "32 hexadecimal digits")->required()->type_name("");
  app.add_option("AUTN", options->autn, "32 hexadecimal digits")->required()->type_name("");
  return [options](const Context& context) -> Result<Exit> {
    TRY(const auto rand, hex_argument<isim::Rand>(options->rand, "RAND"));
    TRY(const auto autn, hex_argument<isim::Autn>(options->autn, "AUTN"));
    SecretBytes pin;
    TRY(const auto session, context.session_options(pin));
    TRY(const auto readers, context.readers());
    TRY(const AuthReport report,
        authenticate(context.world.connect, readers, session, context.policy(), rand, autn));
    context.print(show(report, context.settings.format(), context.settings.show_secrets));
    return exit_of(report);
  };
}

}  // namespace ut::probe
