// isim-probe: looks at readers, cards and the ISIM through PC/SC.
#include "base/encoding.h"
#include "base/secret.h"
#include "isim/pcsc/pcsc_transport.h"
#include "isim/pcsc/reader_monitor.h"
#include "tools/isim-probe/doctor.h"
#include "tools/isim-probe/file_report.h"
#include "tools/isim-probe/pin_input.h"
#include "tools/isim-probe/probe.h"
#include "tools/isim-probe/report.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace ut;
using namespace ut::probe;

constexpr const char* kDescription = "Looks at card readers, the UICC and its ISIM through PC/SC.";

constexpr const char* kFooter = R"(
Exit status: 0 done; 1 other failure; 2 wrong use or unreadable PIN file; 3 no smart card
service, reader or card; 4 PIN needed, wrong, blocked or too few tries left; 5 the card
failed, refused or has no ISIM; 6 synchronisation failure; 7 MAC failure.

The PIN is sent only when the card asks for it and tells that at least --min-pin-tries tries
are left. Never put it on a command line: --pin-file or --ask-pin.

Examples:
  isim-probe list
  isim-probe info --reader 'ACS*'
  isim-probe info --ask-pin --json
  isim-probe doctor --pin-file /etc/ut-agent/pin
  isim-probe files --ask-pin
  isim-probe read USIM/EF_IMSI --raw
  isim-probe auth 23553cbe9637a89d218ae64dae47bf35 aa689c6482518000283d95cc0bf9a93c \
      --pin-file /etc/ut-agent/pin)";

struct Options {
  std::string reader = "*";
  bool json = false;
  std::string pin_file;
  bool ask_pin = false;
  unsigned min_pin_tries = 2;
  bool usim = false;
  bool basic_channel = false;
  std::string rand;
  std::string autn;
  bool show_secrets = false;
  bool stats = false;
  bool raw = false;
  std::string file;

  Format format() const { return json ? Format::json : Format::text; }
};

// Straight to the descriptor: a stream would keep a copy.
void write_out(ByteView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, octets.data(), octets.size());
    if (written <= 0) {
      return;
    }
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
}

int ended(Exit exit) {
  return static_cast<int>(exit);
}

int failed(const Error& error, Format format) {
  (format == Format::json ? std::cout : std::cerr) << show(error, format);
  return ended(exit_of(error));
}

Result<isim::ReaderPicture> look(const Options& options) {
  const auto watch = isim::pcsc::watch_readers({options.reader});
  return watch->wait({}, {});
}

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

Result<int> list(const Options& options) {
  TRY(const auto picture, look(options));
  if (!picture.service) {
    return fail(ErrorCode::card_service_unavailable, "readers");
  }
  std::cout << show(picture, options.format());
  return ended(Exit::done);
}

Result<isim::SessionOptions> session_options(const Options& options, SecretBytes& pin) {
  isim::SessionOptions session;
  if (!options.pin_file.empty()) {
    TRY(pin, read_pin_file(options.pin_file));
  } else if (options.ask_pin) {
    TRY(pin, ask_for_pin());
  }
  session.pin = options.pin_file.empty() && !options.ask_pin ? nullptr : &pin;
  session.min_pin_tries = options.min_pin_tries;
  session.logical_channel = !options.basic_channel;
  return session;
}

Result<int> info(const Options& options) {
  SecretBytes pin;
  TRY(const auto session, session_options(options, pin));
  TRY(const auto picture, look(options));
  TRY(const auto readers, readers_with_card(picture));
  TRY(CardReport report,
      inspect(isim::pcsc::PcscTransport::connect, readers, session, {.allow_usim = options.usim}));
  if (!options.stats) {
    report.stats.reset();
  }
  std::cout << show(report, options.format());
  if (report.failure && !options.json) {
    std::cerr << show(*report.failure, Format::text);
  }
  return ended(exit_of(report));
}

Result<int> auth(const Options& options) {
  TRY(const auto rand, hex_argument<isim::Rand>(options.rand, "RAND"));
  TRY(const auto autn, hex_argument<isim::Autn>(options.autn, "AUTN"));
  SecretBytes pin;
  TRY(const auto session, session_options(options, pin));
  TRY(const auto picture, look(options));
  TRY(const auto readers, readers_with_card(picture));
  TRY(const AuthReport report, authenticate(isim::pcsc::PcscTransport::connect, readers, session,
                                            {.allow_usim = options.usim}, rand, autn));
  write_out(show(report, options.format(), options.show_secrets).expose());
  return ended(exit_of(report));
}

// `read` fills the files within one session on the first card that suits.
Result<int> show_files(
    const Options& options,
    const std::function<Result<void>(isim::CardSession&, std::vector<FileShown>&)>& read) {
  SecretBytes pin;
  TRY(const auto session, session_options(options, pin));
  TRY(const auto picture, look(options));
  TRY(const auto readers, readers_with_card(picture));
  std::vector<FileShown> shown;
  TRY_VOID(on_card(isim::pcsc::PcscTransport::connect, readers, session,
                   [&](isim::CardSession& card) { return read(card, shown); }));
  write_out(show(shown, {options.format(), options.raw, options.show_secrets}).expose());
  const auto failed_file =
      std::ranges::find_if(shown, [](const FileShown& file) { return file.failure.has_value(); });
  return ended(failed_file == shown.end() ? Exit::done : exit_of(*failed_file->failure));
}

Result<int> files(const Options& options) {
  return show_files(options,
                    [&](isim::CardSession& card, std::vector<FileShown>& shown) -> Result<void> {
                      TRY(shown, read_all(card, {.allow_usim = options.usim}));
                      return {};
                    });
}

Result<int> read(const Options& options) {
  return show_files(
      options, [&](isim::CardSession& card, std::vector<FileShown>& shown) -> Result<void> {
        TRY(FileShown one, read_one(card, {.allow_usim = options.usim}, options.file));
        shown.push_back(std::move(one));
        return {};
      });
}

Result<int> doctor(const Options& options) {
  SecretBytes pin;
  TRY(const auto session, session_options(options, pin));
  TRY(const auto picture, look(options));
  const auto findings =
      diagnose(picture, isim::pcsc::PcscTransport::connect, session, {.allow_usim = options.usim});
  std::cout << show(findings, options.format());
  return ended(exit_of(findings));
}

void add_card_options(CLI::App& command, Options& options) {
  auto* file = command.add_option("--pin-file", options.pin_file,
                                  "file with the PIN in its first line, mode 0600");
  command.add_flag("--ask-pin", options.ask_pin, "ask for the PIN on the terminal")->excludes(file);
  command
      .add_option("--min-pin-tries", options.min_pin_tries,
                  "send the PIN only when so many tries are left")
      ->check(CLI::Range(1U, 15U))
      ->capture_default_str();
  command.add_flag("--usim", options.usim, "use the USIM on a card without ISIM");
  command.add_flag("--basic-channel", options.basic_channel, "open no logical channel");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(kDescription, "isim-probe");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--reader", options.reader, "shell pattern over reader names")
      ->capture_default_str();
  app.add_flag("--json", options.json, "JSON on standard output, errors too");
  const auto* list_command = app.add_subcommand("list", "the readers, and which have a card");
  auto* info_command = app.add_subcommand("info", "the card, its applications, identity and PIN");
  auto* auth_command = app.add_subcommand("auth", "AUTHENTICATE in the IMS AKA context");
  auto* files_command = app.add_subcommand("files", "all files of MF and ISIM, decoded");
  auto* read_command = app.add_subcommand("read", "one file: EF_IMPI, 6F02, MF/EF_DIR, USIM/6F07");
  auto* doctor_command =
      app.add_subcommand("doctor", "what is wrong between here and the subscriber, and what to do");
  add_card_options(*info_command, options);
  add_card_options(*files_command, options);
  add_card_options(*read_command, options);
  add_card_options(*doctor_command, options);
  info_command->add_flag("--stats", options.stats, "how many APDUs and files it took");
  for (auto* command : {files_command, read_command}) {
    command->add_flag("--raw", options.raw, "octets instead of what they mean");
    command->add_flag("--show-secrets", options.show_secrets, "show keys and passwords");
  }
  read_command->add_option("FILE", options.file, "name, file identifier or path")->required();
  add_card_options(*auth_command, options);
  auth_command->add_option("RAND", options.rand, "32 hexadecimal digits")->required();
  auth_command->add_option("AUTN", options.autn, "32 hexadecimal digits")->required();
  auth_command->add_flag("--show-secrets", options.show_secrets, "show RES, CK and IK");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : ended(Exit::usage);
  }
  if (const auto done = forbid_core_dumps(); !done) {
    return failed(done.error(), options.format());
  }
  if (const auto done = locked_memory::require(); !done) {
    return failed(done.error(), options.format());
  }
  const auto result = list_command->parsed()     ? list(options)
                      : info_command->parsed()   ? info(options)
                      : files_command->parsed()  ? files(options)
                      : read_command->parsed()   ? read(options)
                      : doctor_command->parsed() ? doctor(options)
                                                 : auth(options);
  return result ? *result : failed(result.error(), options.format());
}
