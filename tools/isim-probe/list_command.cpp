#include "tools/isim-probe/commands.h"

namespace ut::probe {

Run add_list(CLI::App&, Settings&) {
  return [](const Context& context) -> Result<Exit> {
    TRY(const auto picture, context.look());
    if (!picture.service) {
      return fail(ErrorCode::card_service_unavailable, "readers");
    }
    context.print(show(picture, context.settings.format()));
    return Exit::done;
  };
}

}  // namespace ut::probe
