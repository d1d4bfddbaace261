// apdu: command APDUs as they are, from the command line, from standard input, or at a prompt.
#include "base/encoding.h"
#include "isim/status_word.h"
#include "tools/isim-probe/apdu_text.h"
#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/line_input.h"
#include "tools/isim-probe/raw_exchange.h"
#include "tools/isim-probe/secret_text.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace ut::probe {
namespace {

using isim::CardTransport;

constexpr const char* kPromptHelp =
    "a command APDU in hexadecimal digits, as 00a40004023f00; 'reset' resets the card; 'quit' "
    "ends\n"
    "no history is kept\n";

struct Options {
  std::vector<std::string> apdus;
  bool plain = false;
  bool allow_pin_commands = false;
};

void show(const Context& context, const RawAnswer& answer) {
  const ByteView data = answer.data.expose();
  const auto tree = answer.hidden ? std::nullopt : tlv_tree(data);
  SecretText out;
  if (context.settings.json) {
    out += R"({"command":")";
    out.append_hex(answer.command.expose());
    out += R"(","data":")";
    out.append_hex(data);
    nlohmann::json rest = {{"sw", sw_hex(answer.sw)},
                           {"meaning", isim::meaning_of(answer.sw).text},
                           {"hidden", answer.hidden}};
    if (tree) {
      rest["tlv"] = tlv_json(*tree);
    }
    out += "\"," + rest.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(1) +
           "\n";
    return context.print(out.take());
  }
  const Paint paint = context.paint();
  out += "> ";
  out.append_hex(answer.command.expose());
  out += "\n";
  if (!data.empty()) {
    out += "< ";
    out.append_hex(data);
    out += answer.hidden ? " (zeros: hidden, --show-secrets)\n" : "\n";
  }
  const std::string status = status_text(answer.sw);
  out += "< " + (isim::executed(answer.sw) ? paint.good(status) : paint.bad(status)) + "\n";
  if (tree) {
    out += tlv_text(*tree, 4);
  }
  context.print(out.take());
}

Result<void> send(const Context& context, RawExchange& exchange, ByteView line) {
  const auto command = octets_of(as_text(line));
  if (!command) {
    return fail(ErrorCode::input_malformed, "command APDU",
                "it is an even number of hexadecimal digits");
  }
  TRY(const RawAnswer answer, exchange.send(command->expose()));
  show(context, answer);
  return {};
}

bool is_comment(std::string_view line) {
  const auto at = line.find_first_not_of(" \t\r");
  return at == line.npos || line[at] == '#';
}

// All in one transaction, up to the first that cannot be sent.
Result<void> send_all(const Context& context, RawExchange& exchange,
                      const std::vector<std::string>& apdus) {
  if (!apdus.empty()) {
    for (const auto& apdu : apdus) {
      TRY_VOID(send(context, exchange, as_bytes(apdu)));
    }
    return {};
  }
  LineInput input(context.world.in);
  while (true) {
    TRY(const auto line, input.next());
    if (!line) {
      return {};
    }
    if (!is_comment(as_text(line->expose()))) {
      TRY_VOID(send(context, exchange, line->expose()));
    }
  }
}

// A transaction for each line: the card is free while somebody thinks.
Result<void> prompt(const Context& context, CardTransport& transport, RawExchange& exchange) {
  LineInput input(context.world.in);
  context.print(kPromptHelp);
  while (true) {
    context.print("apdu> ");
    TRY(const auto line, input.next());
    const std::string_view text = line ? as_text(line->expose()) : "quit";
    if (text == "quit" || text == "exit") {
      return {};
    }
    if (text == "help" || text == "?") {
      context.print(kPromptHelp);
      continue;
    }
    if (is_comment(text)) {
      continue;
    }
    Result<void> done = transport.begin();
    if (done && text == "reset") {
      done = transport.end(CardTransport::Leave::reset);
    } else if (done) {
      done = send(context, exchange, line->expose());
      const auto ended = transport.end(CardTransport::Leave::as_is);
      done = done ? ended : done;
    }
    if (!done) {
      context.world.err(show(done.error(), Format::text));
      if (done.error().code == ErrorCode::card_reset) {
        TRY_VOID(transport.reset());
      } else if (family(done.error().code) == ErrorFamily::card) {
        return done;
      }
    }
  }
}

Result<Exit> run_apdu(const Context& context, const Options& options) {
  for (const auto& apdu : options.apdus) {
    const auto octets = from_hex(apdu);
    if (octets && spends_try(*octets)) {
      return fail(ErrorCode::input_malformed, "command line",
                  "every user of this machine can read a PIN here: give the command on standard "
                  "input");
    }
  }
  TRY(const auto readers, context.readers());
  TRY(const auto transport, context.world.connect(readers.front()));
  RawExchange exchange(*transport,
                       {options.plain, options.allow_pin_commands, context.settings.show_secrets});
  const auto leave = [&] {
    return exchange.unlocked() ? CardTransport::Leave::reset : CardTransport::Leave::as_is;
  };
  if (options.apdus.empty() && ::isatty(context.world.in) == 1) {
    const auto done = prompt(context, *transport, exchange);
    if (exchange.unlocked()) {  // [IS-8]
      TRY_VOID(transport->begin());
      TRY_VOID(transport->end(CardTransport::Leave::reset));
    }
    TRY_VOID(done);
    return Exit::done;
  }
  TRY_VOID(transport->begin());
  const auto done = send_all(context, exchange, options.apdus);
  const auto ended = transport->end(leave());
  TRY_VOID(done);
  TRY_VOID(ended);
  return Exit::done;
}

}  // namespace

Run add_apdu(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  app.add_option("APDU", options->apdus,
                 "command APDUs in hexadecimal digits; lines of standard input without any")
      ->type_name("");
  app.add_flag("--plain", options->plain, "hand over 61xx and 6Cxx as they come");
  app.add_flag("--allow-pin-commands", options->allow_pin_commands,
               "send commands that may spend a try of a PIN");
  add_show_secrets(app, settings, "answers of AUTHENTICATE, PINs and files with keys");
  return [options](const Context& context) { return run_apdu(context, *options); };
}

}  // namespace ut::probe
