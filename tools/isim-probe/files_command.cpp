#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/file_report.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

namespace ut::probe {
namespace {

using Read = std::function<Result<void>(isim::CardSession&, std::vector<FileShown>&)>;

// `read` fills the files within one session on the first card that suits.
Result<Exit> show_files(const Context& context, bool raw, const Read& read) {
  std::vector<FileShown> shown;
  TRY_VOID(context.on_card(
      [&](const std::string&, isim::CardSession& card) { return read(card, shown); }));
  context.print(show(shown, {context.settings.format(), raw, context.settings.show_secrets}));
  const auto failed =
      std::ranges::find_if(shown, [](const FileShown& file) { return file.failure.has_value(); });
  return failed == shown.end() ? Exit::done : exit_of(*failed->failure);
}

std::shared_ptr<bool> add_file_options(CLI::App& app, Settings& settings) {
  auto raw = std::make_shared<bool>(false);
  add_card_options(app, settings);
  app.add_flag("--raw", *raw, "octets instead of what they mean");
  add_show_secrets(app, settings, "keys and passwords");
  return raw;
}

}  // namespace

Run add_files(CLI::App& app, Settings& settings) {
  const auto raw = add_file_options(app, settings);
  return [raw](const Context& context) {
    return show_files(context, *raw,
                      [&](isim::CardSession& card, std::vector<FileShown>& shown) -> Result<void> {
                        TRY(shown, read_all(card, context.policy()));
                        return {};
                      });
  };
}

Run add_read(CLI::App& app, Settings& settings) {
  const auto raw = add_file_options(app, settings);
  const auto file = std::make_shared<std::string>();
  app.add_option("FILE", *file, "name, file identifier or path")->required()->type_name("");
  return [raw, file](const Context& context) {
    return show_files(context, *raw,
                      [&](isim::CardSession& card, std::vector<FileShown>& shown) -> Result<void> {
                        TRY(FileShown one, read_one(card, context.policy(), *file));
                        shown.push_back(std::move(one));
                        return {};
                      });
  };
}

}  // namespace ut::probe
