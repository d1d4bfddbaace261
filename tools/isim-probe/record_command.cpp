// record and replay: a session for a bug report, without what nobody else may know.
#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/recording.h"
#include "tools/isim-probe/run.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace ut::probe {
namespace {

// FILE, and then another command with its options as they are.
std::shared_ptr<std::string> add_file_and_command(CLI::App& app, const char* what) {
  auto file = std::make_shared<std::string>();
  app.add_option("FILE", *file, what)->required()->type_name("");
  app.fallthrough(false);
  app.prefix_command();
  return file;
}

Result<Exit> run_command(const CLI::App& app, World& world, const Settings& settings) {
  auto arguments = app.remaining();
  const bool nested = std::ranges::any_of(
      arguments, [](const auto& one) { return one == "record" || one == "replay"; });
  if (arguments.empty() || nested) {
    return fail(
        ErrorCode::input_malformed, "command line",
        "after FILE comes one command, as in 'isim-probe " + app.get_name() + " FILE info'");
  }
  return static_cast<Exit>(run(std::move(arguments), world, settings));
}

}  // namespace

Run add_record(CLI::App& app, Settings&) {
  const auto file = add_file_and_command(app, "where the recording goes");
  const auto identities = std::make_shared<bool>(false);
  app.add_flag("--identities", *identities,
               "before FILE: keep ICCID, IMSI, IMPI, IMPU and domain as they are");
  return [&app, file, identities](const Context& context) -> Result<Exit> {
    TRY(World world,
        recorded(context.world, *file, *identities ? Keep::identities : Keep::harmless));
    return run_command(app, world, context.settings);
  };
}

Run add_replay(CLI::App& app, Settings&) {
  const auto file = add_file_and_command(app, "the recording");
  return [&app, file](const Context& context) -> Result<Exit> {
    TRY(World world, replayed(context.world, *file));
    return run_command(app, world, context.settings);
  };
}

}  // namespace ut::probe
