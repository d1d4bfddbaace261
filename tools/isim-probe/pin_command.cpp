// pin status, verify, change and unblock.
#include "tools/isim-probe/commands.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ut::probe {
namespace {

using nlohmann::json;

struct Options {
  std::string new_pin_file;
  std::string puk_file;
};

struct State {
  std::string reader;
  isim::PinState pin{};
  std::optional<unsigned> puk_tries{};
};

// Spends no try of either.
Result<State> look(const Context& context) {
  State state;
  TRY_VOID(
      context.on_card([&](const std::string& reader, isim::CardSession& session) -> Result<void> {
        TRY_VOID(isim::select_subscriber_application(session, context.policy()));
        state.reader = reader;
        TRY(state.pin, session.pin_state());
        TRY(state.puk_tries, session.puk_tries());
        return {};
      }));
  return state;
}

std::string_view name(const isim::PinState& pin) {
  return pin.blocked ? "blocked" : pin.satisfied ? "not-needed" : "needed";
}

std::string tries_text(std::optional<unsigned> tries) {
  return tries ? std::to_string(*tries) + " tries left" : "number of tries unknown";
}

std::string show(const State& state, std::string_view outcome, Format format) {
  if (format == Format::json) {
    json value = {{"reader", state.reader},
                  {"pin", {{"state", name(state.pin)}, {"reference", state.pin.reference}}}};
    if (state.pin.tries_left) {
      value["pin"]["tries_left"] = *state.pin.tries_left;
    }
    if (state.puk_tries) {
      value["puk"] = {{"tries_left", *state.puk_tries}};
    }
    if (!outcome.empty()) {
      value["outcome"] = outcome;
    }
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
  std::string text = "reader        " + printable(state.reader) + "\n";
  if (!outcome.empty()) {
    text += "outcome       " + std::string(outcome) + "\n";
  }
  text += "PIN           ";
  text += state.pin.satisfied ? "not needed: disabled, or another program has verified it"
          : state.pin.blocked ? "blocked: 'isim-probe pin unblock' with the PUK"
                              : "needed, " + tries_text(state.pin.tries_left);
  text += "\nPUK           " +
          (state.puk_tries == 0U ? "blocked for good" : tries_text(state.puk_tries)) + "\n";
  return text;
}

// A PIN that another program has verified hides how many tries are left: the card is reset then.
Result<void> lock(const Context& context) {
  TRY(const State state, look(context));
  if (!state.pin.satisfied) {
    return {};
  }
  TRY(const auto transport, context.world.connect(state.reader));
  TRY_VOID(transport->begin());
  TRY_VOID(transport->end(isim::CardTransport::Leave::reset));
  TRY(const State after, look(context));
  if (after.pin.satisfied) {
    return fail(ErrorCode::pin_tries_unknown, "PIN", "it is disabled on this card");
  }
  return {};
}

// `use` in one session with the configured PIN; the state of the card after it is shown.
Result<Exit> use_pin(const Context& context, const SecretBytes* pin, std::string_view outcome,
                     const std::function<Result<void>(isim::CardSession&)>& use) {
  isim::SessionOptions session = {.pin = pin};
  session.min_pin_tries = context.settings.min_pin_tries;
  session.logical_channel = !context.settings.basic_channel;
  TRY(const auto readers, context.readers());
  TRY_VOID(probe::on_card(context.world.connect, readers, session,
                          [&](const std::string&, isim::CardSession& card) -> Result<void> {
                            TRY_VOID(isim::select_subscriber_application(card, context.policy()));
                            TRY_VOID(use(card));
                            return card.close();
                          }));
  TRY(const State after, look(context));
  context.print(show(after, outcome, context.settings.format()));
  return Exit::done;
}

Result<Exit> status(const Context& context) {
  TRY(const State state, look(context));
  context.print(show(state, {}, context.settings.format()));
  return state.pin.blocked ? Exit::pin : Exit::done;
}

Result<Exit> verify(const Context& context) {
  TRY(const SecretBytes pin, context.code(context.settings.pin_file, "PIN", "--pin-file"));
  TRY_VOID(lock(context));
  return use_pin(context, &pin, "right", [](isim::CardSession& card) { return card.verify_pin(); });
}

Result<Exit> change(const Context& context, const Options& options) {
  TRY(const SecretBytes pin, context.code(context.settings.pin_file, "PIN", "--pin-file"));
  TRY(const SecretBytes new_pin, context.new_pin(options.new_pin_file));
  TRY_VOID(lock(context));
  return use_pin(context, &pin, "changed",
                 [&](isim::CardSession& card) { return card.change_pin(new_pin); });
}

Result<Exit> unblock(const Context& context, const Options& options) {
  TRY(const State before, look(context));
  context.world.err("isim-probe: the PUK has " + tries_text(before.puk_tries) +
                    "; after the last wrong one the card can never be unblocked again\n");
  TRY(const SecretBytes puk, context.code(options.puk_file, "PUK", "--puk-file"));
  TRY(const SecretBytes new_pin, context.new_pin(options.new_pin_file));
  return use_pin(context, nullptr, "unblocked",
                 [&](isim::CardSession& card) { return card.unblock_pin(puk, new_pin); });
}

void add_new_pin(CLI::App& app, Options& options) {
  app.add_option("--new-pin-file", options.new_pin_file,
                 "file with the new PIN, 0600; asked for twice without it")
      ->type_name("FILE");
}

}  // namespace

Run add_pin(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  app.require_subcommand(1);
  auto* status_part = app.add_subcommand("status", "tries left to PIN and PUK; spends none");
  auto* verify_part = app.add_subcommand("verify", "whether the PIN is right");
  auto* change_part = app.add_subcommand("change", "another PIN in place of the old one");
  auto* unblock_part = app.add_subcommand("unblock", "a new PIN by the PUK");
  add_session_options(*status_part, settings);
  add_card_options(*verify_part, settings);
  add_card_options(*change_part, settings);
  add_session_options(*unblock_part, settings);
  add_new_pin(*change_part, *options);
  add_new_pin(*unblock_part, *options);
  unblock_part
      ->add_option("--puk-file", options->puk_file, "file with the PUK, 0600; asked for without it")
      ->type_name("FILE");
  return [=](const Context& context) -> Result<Exit> {
    if (verify_part->parsed()) {
      return verify(context);
    }
    if (change_part->parsed()) {
      return change(context, *options);
    }
    return unblock_part->parsed() ? unblock(context, *options) : status(context);
  };
}

}  // namespace ut::probe
