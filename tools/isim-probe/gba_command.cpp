// gba: what the card holds of GBA_U, a bootstrapping on the card, and keys of NAFs.
#include "base/encoding.h"
#include "isim/file_reader.h"
#include "isim/gba.h"
#include "isim/gba_files.h"
#include "isim/soft/gba_u.h"
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

using isim::Application;
using isim::CardSession;
using isim::Directory;
using isim::soft::AuthenticationVector;

struct ProtocolTag;
using UaProtocol = SizedBytes<ProtocolTag, 5>;  // TS 33.220 annex H

struct Options {
  std::string rand;
  std::string autn;
  std::string key_file;
  std::string naf;
  std::string protocol;
  std::string impi;
  std::string b_tid;
  std::string lifetime = "2099-12-31T23:59:59Z";
};

struct Wanted {
  std::optional<SubscriberKeys> keys{};
  std::optional<isim::Rand> rand{};
  std::optional<isim::Autn> autn{};
  Bytes naf_id{};  // empty: no key of a NAF
  bool bootstrap() const { return keys || rand; }
};

Result<Wanted> read_options(const Options& options) {
  Wanted wanted;
  if (!options.key_file.empty() && !options.rand.empty()) {
    return fail(ErrorCode::input_malformed, "command line", "give RAND and AUTN, or --key-file");
  }
  if (!options.key_file.empty()) {
    TRY(wanted.keys, read_key_file(options.key_file));
  } else if (!options.rand.empty()) {
    TRY(wanted.rand, hex_argument<isim::Rand>(options.rand, "RAND"));
    TRY(wanted.autn, hex_argument<isim::Autn>(options.autn, "AUTN"));
  }
  if (options.naf.empty() != options.protocol.empty()) {
    return fail(ErrorCode::input_malformed, "command line",
                "--naf and --protocol are given together, as in --naf naf.example.org --protocol "
                "0100000002");
  }
  if (!options.naf.empty()) {
    TRY(const auto protocol, hex_argument<UaProtocol>(options.protocol, "--protocol"));
    wanted.naf_id = to_bytes(as_bytes(options.naf));
    append(wanted.naf_id, protocol.view());
  }
  return wanted;
}

// What the card offers and holds, as it is before anything is done.
Result<void> look(CardSession& session, Application application, std::vector<Row>& rows) {
  const auto directory = application == Application::isim ? Directory::isim : Directory::usim;
  const auto* table_file =
      isim::find_file(directory, application == Application::isim ? "EF_IST" : "EF_UST");
  TRY(const auto table, isim::read_file(session, *table_file));
  const ByteView services = table.parts.empty() ? ByteView() : table.parts[0].octets.expose();
  // TS 31.103 clause 4.2.7 and TS 31.102 clause 4.2.8.
  const unsigned number = application == Application::isim ? 2 : 68;
  const std::size_t at = (number - 1) / 8;
  const bool available = at < services.size() && (services[at] & (1U << ((number - 1) % 8))) != 0;
  rows.push_back({"GBA service", "service", available ? "available" : "not available"});
  const auto parts = [&](std::string_view name) {
    return isim::read_file(session, *isim::find_file(directory, name));
  };
  if (const auto file = parts("EF_GBABP"); file && !file->parts.empty()) {
    TRY(const auto bootstrapping, isim::decode_gbabp(file->parts[0].octets.expose()));
    rows.push_back({"last B-TID", "last_b_tid", bootstrapping ? bootstrapping->b_tid : "none"});
  }
  if (const auto file = parts("EF_GBANL"); file) {
    std::string names;
    for (const auto& part : file->parts) {
      const auto entry = isim::decode_gbanl_record(part.octets.expose());
      if (entry && *entry) {
        names += (names.empty() ? "" : " ") + (*entry)->naf_id.fqdn;
      }
    }
    rows.push_back({"NAFs", "nafs", names.empty() ? "none" : names});
  }
  return {};
}

// "" for success, else the exit status that the failure has.
struct Bootstrapping {
  isim::GbaBootstrappingOutcome outcome;
  std::optional<AuthenticationVector> vector{};
  KeyCheck check{};
};

Result<Bootstrapping> bootstrap(CardSession& session, Wanted& wanted) {
  Bootstrapping result{isim::AkaMacFailure{}};
  const auto ask = [&](const isim::Rand& rand, const isim::Autn& autn) {
    return isim::gba_bootstrap(session, rand, autn);
  };
  if (wanted.keys) {
    TRY(result.outcome,
        challenge<isim::GbaBootstrappingOutcome>(*wanted.keys, isim::soft::make_gba_u_vector, ask,
                                                 result.vector, result.check));
  } else {
    TRY(result.outcome, ask(*wanted.rand, *wanted.autn));
  }
  return result;
}

class Conversation {
 public:
  Conversation(const Context& context, const Options& options, Wanted& wanted)
      : context_(context), options_(options), wanted_(wanted) {}

  Result<Exit> run(const std::string& reader, CardSession& session) {
    rows_.push_back({"reader", "reader", reader});
    TRY(const auto application, isim::select_subscriber_application(session, context_.policy()));
    TRY_VOID(look(session, application, rows_));
    Exit exit = Exit::done;
    if (wanted_.bootstrap()) {
      TRY(exit, bootstrap_and_store(session, application));
    }
    if (exit == Exit::done && !wanted_.naf_id.empty()) {
      TRY(exit, derive(session, application));
    }
    context_.print(show(rows_, context_.settings.format(), context_.settings.show_secrets));
    return exit;
  }

 private:
  Result<Exit> bootstrap_and_store(CardSession& session, Application application) {
    TRY(Bootstrapping result, bootstrap(session, wanted_));
    if (const auto* failure = std::get_if<isim::AkaSynchronisationFailure>(&result.outcome)) {
      rows_.push_back({"outcome", "outcome", "synchronisation-failure"});
      rows_.push_back({"AUTS", "auts", to_hex(failure->auts.view())});
      return Exit::synchronisation_failure;
    }
    auto* success = std::get_if<isim::GbaBootstrapped>(&result.outcome);
    if (success == nullptr) {
      rows_.push_back({"outcome", "outcome", "mac-failure"});
      return Exit::mac_failure;
    }
    rows_.push_back({"outcome", "outcome", "bootstrapped"});
    res_ = std::move(success->res.octets);
    rows_.push_back({"RES", "res", {}, &res_});
    vector_ = std::move(result.vector);
    const isim::Rand rand = vector_ ? vector_->rand : *wanted_.rand;
    TRY(const std::string impi, identity(session, application));
    // base64(RAND)@server (TS 33.220 clause 4.5.2); no BSF gave a name here.
    const std::string b_tid = !options_.b_tid.empty()
                                  ? options_.b_tid
                                  : to_base64(rand.view()) + impi.substr(impi.find('@'));
    TRY_VOID(isim::store_gba_bootstrapping(session, application, rand, b_tid, options_.lifetime));
    rows_.push_back({"B-TID", "b_tid", b_tid});
    if (vector_) {
      const auto& xres = vector_->xres.octets;
      if (xres.size() != res_.size() ||
          !crypto::constant_time_equal(xres.expose(), res_.expose())) {
        rows_.push_back({"check", "check", "wrong"});
        return Exit::wrong_response;
      }
      rows_.push_back({"check", "check", "right"});
    }
    return Exit::done;
  }

  Result<Exit> derive(CardSession& session, Application application) {
    TRY(const std::string impi, identity(session, application));
    TRY(auto outcome, isim::gba_derive(session, wanted_.naf_id, impi));
    auto* derived = std::get_if<isim::GbaNafDerived>(&outcome);
    if (derived == nullptr) {
      rows_.push_back({"NAF key", "naf_outcome", "not-bootstrapped"});
      return Exit::card;
    }
    key_ = SecretBytes::copy_of(derived->ks_ext_naf.expose());
    rows_.push_back({"NAF key", "naf_outcome", "derived"});
    rows_.push_back({"Ks_ext_NAF", "ks_ext_naf", {}, &key_});
    if (!vector_) {
      return Exit::done;
    }
    const auto keys = isim::soft::derive_gba_u_keys(isim::soft::make_ks(vector_->ck, vector_->ik),
                                                    vector_->rand, as_bytes(impi), wanted_.naf_id);
    const bool right = crypto::constant_time_equal(keys.ks_ext_naf.expose(), key_.expose());
    rows_.push_back({"NAF check", "naf_check", right ? "right" : "wrong"});
    return right ? Exit::done : Exit::wrong_response;
  }

  // Read once, and the application selected again, as EFs of it were.
  Result<std::string> identity(CardSession& session, Application application) {
    if (!options_.impi.empty()) {
      return options_.impi;
    }
    if (impi_.empty()) {
      TRY(impi_, isim::read_impi(session, application, context_.policy()));
    }
    return impi_;
  }

  const Context& context_;
  const Options& options_;
  Wanted& wanted_;
  std::vector<Row> rows_{};
  SecretBytes res_{};
  SecretBytes key_{};
  std::optional<AuthenticationVector> vector_{};
  std::string impi_{};
};

}  // namespace

Run add_gba(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<Options>();
  add_card_options(app, settings);
  add_show_secrets(app, settings, "RES and Ks_ext_NAF");
  auto* rand = app.add_option("RAND", options->rand, "32 hexadecimal digits")->type_name("");
  auto* autn = app.add_option("AUTN", options->autn, "AUTN*, 32 hexadecimal digits")->type_name("");
  rand->needs(autn);
  app.add_option("--key-file", options->key_file,
                 "keys of the subscriber, 0600: makes the challenge and checks the answers")
      ->type_name("FILE");
  app.add_option("--naf", options->naf, "derive the key of this NAF")->type_name("FQDN");
  app.add_option("--protocol", options->protocol, "Ua security protocol of the NAF, 10 digits")
      ->type_name("HEX");
  app.add_option("--impi", options->impi, "in place of the card's")->type_name("NAI");
  app.add_option("--b-tid", options->b_tid, "written into EF_GBABP; made of RAND otherwise")
      ->type_name("TEXT");
  app.add_option("--lifetime", options->lifetime, "of the key, written into EF_GBABP")
      ->type_name("TIME")
      ->capture_default_str();
  return [options](const Context& context) -> Result<Exit> {
    TRY(Wanted wanted, read_options(*options));
    Exit exit = Exit::done;
    TRY_VOID(
        context.on_card([&](const std::string& reader, isim::CardSession& session) -> Result<void> {
          Conversation conversation(context, *options, wanted);
          TRY(exit, conversation.run(reader, session));
          return {};
        }));
    return exit;
  };
}

}  // namespace ut::probe
