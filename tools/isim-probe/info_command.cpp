#include "tools/isim-probe/commands.h"

#include <memory>

namespace ut::probe {

Run add_info(CLI::App& app, Settings& settings) {
  const auto stats = std::make_shared<bool>(false);
  add_card_options(app, settings);
  app.add_flag("--stats", *stats, "how many APDUs and files it took");
  return [stats](const Context& context) -> Result<Exit> {
    SecretBytes pin;
    TRY(const auto session, context.session_options(pin));
    TRY(const auto readers, context.readers());
    TRY(CardReport report, inspect(context.world.connect, readers, session, context.policy()));
    if (!*stats) {
      report.stats.reset();
    }
    context.print(show(report, context.settings.format()));
    if (report.failure && !context.settings.json) {
      context.world.err(show(*report.failure, Format::text));
    }
    return exit_of(report);
  };
}

}  // namespace ut::probe
