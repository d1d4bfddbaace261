#include "agent/card/card_jobs.h"

#include "base/log.h"
#include "isim/aka.h"
#include "isim/gba.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace ut::card {
namespace {

// After these a new connection may well succeed.
bool is_passing(ErrorCode code) {
  return code == ErrorCode::card_reset || code == ErrorCode::card_transport;
}

// Connects, runs `use` on a session and disconnects. A connection that was reset by another program
// or broke is made anew once, unless `use` says that it must not be repeated.
template <class Use>
auto with_card(const JobContext& context, const std::string& reader, const bool& repeatable,
               Use use) -> std::invoke_result_t<Use, isim::CardSession&> {
  for (bool again = false;; again = true) {
    auto attempt = [&]() -> std::invoke_result_t<Use, isim::CardSession&> {
      TRY(const auto transport, context.connect(reader));
      TRY(isim::CardSession session, isim::CardSession::open(*transport, context.session));
      auto result = use(session);
      if (const auto closed = session.close(); !closed) {
        log::debug("card.close_failed", {{"error", to_text(closed.error())}});
      }
      return result;
    }();
    if (attempt || again || !repeatable || !is_passing(attempt.error().code)) {
      return attempt;
    }
    log::debug("card.repeated", {{"reader", reader}, {"error", to_text(attempt.error())}});
  }
}

// Sent twice, an AUTHENTICATE would move the card's sequence number: the second answer would be a
// synchronisation failure.
enum class Repeat : std::uint8_t { allowed, never };

// The same with the application of `expected` selected, once the card is seen to be his. `repeat`
// is about `use` alone.
template <class Use>
auto with_subscriber(const JobContext& context, const std::string& reader,
                     const isim::Identity& expected, Repeat repeat, Use use)
    -> std::invoke_result_t<Use, isim::CardSession&> {
  bool repeatable = true;
  return with_card(
      context, reader, repeatable,
      [&](isim::CardSession& session) -> std::invoke_result_t<Use, decltype(session)> {
        TRY(const std::string iccid, session.iccid());
        if (iccid != expected.iccid) {
          return fail(ErrorCode::card_identity_changed, "EF_ICCID");
        }
        TRY(const auto application, isim::select_subscriber_application(session, context.policy));
        TRY(const std::string impi, isim::read_impi(session, application, context.policy));
        if (application != expected.application || impi != expected.impi) {
          return fail(ErrorCode::card_identity_changed, "EF_IMPI");
        }
        repeatable = repeat == Repeat::allowed;
        return use(session);
      });
}

Result<isim::Identity> identity_of(isim::CardSession& session, const JobContext& context) {
  if (!context.iccid.empty()) {
    TRY(const std::string iccid, session.iccid());
    if (iccid != context.iccid) {
      return fail(ErrorCode::card_not_chosen, "EF_ICCID");
    }
  }
  return isim::read_identity(session, context.policy);
}

// How much more than others an error of one card among several tells.
int weight(const Error& error) {
  switch (error.code) {
    case ErrorCode::card_no_isim:
      return 0;
    case ErrorCode::card_not_chosen:
      return 1;
    default:
      return 2;
  }
}

// EF_GBABP holds the bootstrapping with this RAND and B-TID.
bool holds(const isim::StoredGbaBootstrapping& stored, const isim::Rand& rand,
           std::string_view b_tid) {
  return stored.content && std::ranges::equal(stored.content->rand, rand.view()) &&
         stored.content->b_tid == b_tid;
}

}  // namespace

Result<Identified> identify(const JobContext& context, const std::vector<std::string>& readers) {
  std::optional<Error> first;
  for (const auto& reader : readers) {
    auto identity = with_card(context, reader, true, [&](isim::CardSession& session) {
      return identity_of(session, context);
    });
    if (identity) {
      return Identified{reader, std::make_shared<const isim::Identity>(*std::move(identity))};
    }
    log::info("card.unusable", {{"reader", reader}, {"error", to_text(identity.error())}});
    if (!first || weight(identity.error()) > weight(*first)) {
      first = std::move(identity).error();
    }
  }
  return std::unexpected(first.value_or(Error{ErrorCode::card_absent, "identify"}));
}

Result<bool> same_card(const JobContext& context, const std::string& reader,
                       const std::string& iccid) {
  return with_card(context, reader, true, [&](isim::CardSession& session) -> Result<bool> {
    TRY(const std::string found, session.iccid());
    return found == iccid;
  });
}

Result<isim::AkaOutcome> authenticate(const JobContext& context, const std::string& reader,
                                      const isim::Identity& expected, const isim::Rand& rand,
                                      const isim::Autn& autn) {
  return with_subscriber(context, reader, expected, Repeat::never, [&](isim::CardSession& session) {
    return isim::authenticate(session, rand, autn);
  });
}

Result<isim::GbaBootstrappingOutcome> gba_bootstrap(const JobContext& context,
                                                    const std::string& reader,
                                                    const isim::Identity& expected,
                                                    const isim::Rand& rand,
                                                    const isim::Autn& autn) {
  return with_subscriber(context, reader, expected, Repeat::never, [&](isim::CardSession& session) {
    return isim::gba_bootstrap(session, rand, autn);
  });
}

Result<isim::StoredGbaBootstrapping> stored_gba_bootstrapping(const JobContext& context,
                                                              const std::string& reader,
                                                              const isim::Identity& expected) {
  return with_subscriber(context, reader, expected, Repeat::allowed,
                         [&](isim::CardSession& session) {
                           return isim::read_gba_bootstrapping(session, expected.application);
                         });
}

Result<void> store_gba_bootstrapping(const JobContext& context, const std::string& reader,
                                     const isim::Identity& expected,
                                     const isim::GbaBootstrapping& bootstrapping) {
  const auto rand = isim::Rand::from(bootstrapping.rand);
  if (!rand) {
    return fail(ErrorCode::input_malformed, "EF_GBABP", "RAND has 16 octets");
  }
  return with_subscriber(
      context, reader, expected, Repeat::allowed, [&](isim::CardSession& session) {
        return isim::store_gba_bootstrapping(session, expected.application, *rand,
                                             bootstrapping.b_tid, bootstrapping.key_lifetime);
      });
}

Result<void> erase_gba_bootstrapping(const JobContext& context, const std::string& reader,
                                     const isim::Identity& expected, const isim::Rand& rand) {
  return with_subscriber(
      context, reader, expected, Repeat::allowed, [&](isim::CardSession& session) {
        return isim::erase_gba_bootstrapping(session, expected.application, rand);
      });
}

Result<isim::GbaDerivationOutcome> gba_derive(const JobContext& context, const std::string& reader,
                                              const isim::Identity& expected,
                                              const isim::Rand& rand, std::string_view b_tid,
                                              ByteView naf_id) {
  return with_subscriber(context, reader, expected, Repeat::allowed,
                         [&](isim::CardSession& session) -> Result<isim::GbaDerivationOutcome> {
                           TRY(const auto stored,
                               isim::read_gba_bootstrapping(session, expected.application));
                           if (!holds(stored, rand, b_tid)) {
                             return isim::GbaDerivationOutcome(isim::GbaNotBootstrapped{});
                           }
                           return isim::gba_derive(session, naf_id, expected.impi);
                         });
}

}  // namespace ut::card
