#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/doctor.h"

namespace ut::probe {

Run add_doctor(CLI::App& app, Settings& settings) {
  add_card_options(app, settings);
  return [](const Context& context) -> Result<Exit> {
    SecretBytes pin;
    TRY(const auto session, context.session_options(pin));
    TRY(const auto picture, context.look());
    const auto findings = diagnose(picture, context.world.connect, session, context.policy());
    context.print(show(findings, context.settings.format(), context.paint()));
    return exit_of(findings);
  };
}

}  // namespace ut::probe
