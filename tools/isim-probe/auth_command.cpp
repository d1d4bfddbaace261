// auth: AUTHENTICATE in the contexts that take a challenge of the network.
#include "base/encoding.h"
#include "isim/aka.h"
#include "isim/gsm.h"
#include "isim/http_digest.h"
#include "tls/crypto/constant_time.h"
#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/hex_argument.h"
#include "tools/isim-probe/key_file.h"
#include "tools/isim-probe/secret_report.h"

#include <memory>
#include <optional>
#include <string>

namespace ut::probe {
namespace {

using isim::soft::AuthenticationVector;

struct Options {
  std::string rand;
  std::string autn;
  std::string context = "ims";
  std::string key_file;
  std::string realm;
  std::string nonce;
  std::string cnonce;
};

std::unexpected<Error> wrong_use(std::string detail) {
  return fail(ErrorCode::input_malformed, "command line", std::move(detail));
}

bool same(ByteView a, ByteView b) {
  return a.size() == b.size() && crypto::constant_time_equal(a, b);
}

bool as_computed(const isim::AkaSuccess& success, const AuthenticationVector& vector) {
  const bool res = same(success.res.octets.expose(), vector.xres.octets.expose());
  const bool ck = same(success.ck.expose(), vector.ck.expose());
  const bool ik = same(success.ik.expose(), vector.ik.expose());
  return res && ck && ik;
}

// With the subscriber's keys.
Result<void> authenticate_with_keys(isim::CardSession& session, SubscriberKeys& keys,
                                    std::optional<AuthReport>& report, const std::string& reader) {
  KeyCheck check;
  std::optional<AuthenticationVector> vector;
  TRY(auto outcome, challenge<isim::AkaOutcome>(
                        keys, isim::soft::make_vector,
                        [&](const isim::Rand& rand, const isim::Autn& autn) {
                          return isim::authenticate(session, rand, autn);
                        },
                        vector, check));
  if (const auto* success = std::get_if<isim::AkaSuccess>(&outcome)) {
    check.right = as_computed(*success, *vector);
  }
  report = AuthReport{reader, std::move(outcome), check};
  return {};
}

Result<Exit> run_ims(const Context& context, const Options& options) {
  std::optional<SubscriberKeys> keys;
  std::optional<isim::Rand> rand;
  std::optional<isim::Autn> autn;
  if (!options.key_file.empty()) {
    if (!options.rand.empty()) {
      return wrong_use("give RAND and AUTN, or --key-file");
    }
    TRY(keys, read_key_file(options.key_file));
  } else {
    TRY(rand, hex_argument<isim::Rand>(options.rand, "RAND"));
    TRY(autn, hex_argument<isim::Autn>(options.autn, "AUTN"));
  }
  std::optional<AuthReport> report;
  TRY_VOID(
      context.on_card([&](const std::string& reader, isim::CardSession& session) -> Result<void> {
        TRY_VOID(isim::select_subscriber_application(session, context.policy()));
        if (keys) {
          return authenticate_with_keys(session, *keys, report, reader);
        }
        TRY(auto outcome, isim::authenticate(session, *rand, *autn));
        report = AuthReport{reader, std::move(outcome), {}};
        return {};
      }));
  context.print(show(*report, context.settings.format(), context.settings.show_secrets));
  return exit_of(*report);
}

Result<void> select_usim(isim::CardSession& session) {
  TRY(const auto applications, session.applications());
  for (const auto& application : applications) {
    if (isim::has_prefix(application.aid, isim::kUsimAidPrefix)) {
      TRY_VOID(session.select_application(application.aid));
      return {};
    }
  }
  return fail(ErrorCode::card_aka_unsupported, "EF_DIR",
              "the GSM context is the USIM's, and the card has none");
}

Result<Exit> run_gsm(const Context& context, const Options& options) {
  if (!options.autn.empty()) {
    return wrong_use("the GSM context takes RAND alone");
  }
  std::optional<SubscriberKeys> keys;
  isim::Rand rand = fresh_rand();
  if (!options.key_file.empty() && options.rand.empty()) {
    TRY(keys, read_key_file(options.key_file));
  } else {
    TRY(rand, hex_argument<isim::Rand>(options.rand, "RAND"));
  }
  Exit exit = Exit::done;
  TRY_VOID(context.on_card([&](const std::string& reader,
                               isim::CardSession& session) -> Result<void> {
    TRY_VOID(select_usim(session));
    TRY(const auto response, isim::gsm_authenticate(session, rand));
    const auto sres = SecretBytes::copy_of(response.sres.expose());
    const auto kc = SecretBytes::copy_of(response.kc.expose());
    std::vector<Row> rows = {{"reader", "reader", reader},
                             {"outcome", "outcome", "success"},
                             {"SRES", "sres", {}, &sres},
                             {"Kc", "kc", {}, &kc}};
    if (keys) {
      const auto expected = keys->algorithm->f2345(rand);
      const bool right = same(sres.expose(), isim::soft::sres_of(expected.res).expose()) &&
                         same(kc.expose(), isim::soft::kc_of(expected.ck, expected.ik).expose());
      rows.push_back({"check", "check", right ? "right" : "wrong"});
      exit = right ? Exit::done : Exit::wrong_response;
    }
    context.print(show(rows, context.settings.format(), context.settings.show_secrets));
    return {};
  }));
  return exit;
}

Result<Exit> run_digest(const Context& context, const Options& options) {
  if (!options.rand.empty() || !options.key_file.empty()) {
    return wrong_use("the HTTP Digest context takes --realm, --nonce and --cnonce");
  }
  TRY_VOID(
      context.on_card([&](const std::string& reader, isim::CardSession& session) -> Result<void> {
        TRY_VOID(isim::select_subscriber_application(session, context.policy()));
        TRY(const auto response,
            isim::http_digest(session, options.realm, options.nonce, options.cnonce));
        context.print(show({{"reader", "reader", reader},
                            {"outcome", "outcome", "success"},
                            {"H(A1)", "ha1", {}, &response.octets}},
                           context.settings.format(), context.settings.show_secrets));
        return {};
      }));
  return Exit::done;
}

}  // namespace

Run add_auth(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  add_card_options(app, settings);
  add_show_secrets(app, settings, "RES, CK, IK and what other contexts answer");
  app.add_option("RAND", options->rand, "32 hexadecimal digits")->type_name("");
  app.add_option("AUTN", options->autn, "32 hexadecimal digits")->type_name("");
  app.add_option("--context", options->context,
                 "ims; gsm: of the USIM, RAND alone; digest: HTTP Digest")
      ->type_name("NAME")
      ->check(CLI::IsMember({"ims", "gsm", "digest"}).description(""))
      ->capture_default_str();
  app.add_option("--key-file", options->key_file,
                 "keys of the subscriber, 0600: makes the challenge and checks the answer")
      ->type_name("FILE");
  app.add_option("--realm", options->realm, "of the digest context")->type_name("TEXT");
  app.add_option("--nonce", options->nonce, "of the digest context")->type_name("TEXT");
  app.add_option("--cnonce", options->cnonce, "of the digest context")->type_name("TEXT");
  return [options](const Context& context) -> Result<Exit> {
    if (options->context == "gsm") {
      return run_gsm(context, *options);
    }
    return options->context == "digest" ? run_digest(context, *options)
                                        : run_ims(context, *options);
  };
}

}  // namespace ut::probe
