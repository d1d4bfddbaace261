#include "isim/soft/authenticate.h"

#include "isim/length_value.h"

#include <algorithm>
#include <expected>
#include <initializer_list>
#include <iterator>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::uint8_t kSuccessTag = 0xdb;
constexpr std::uint8_t kSynchronisationFailureTag = 0xdc;

constexpr StatusWord kOk = 0x9000;
constexpr StatusWord kMemoryProblem = 0x6581;
constexpr StatusWord kWrongLength = 0x6700;
constexpr StatusWord kConditions = 0x6985;
constexpr StatusWord kWrongData = 0x6a80;
constexpr StatusWord kWrongP1P2 = 0x6a86;
constexpr StatusWord kIncorrectMac = 0x9862;
constexpr StatusWord kContextUnsupported = 0x9864;
constexpr StatusWord kNoMemory = 0x9866;

// The first octet of the data in the GBA context.
constexpr std::uint8_t kGbaBootstrapping = 0xdd;
constexpr std::uint8_t kGbaNafDerivation = 0xde;

// [tag] { length value } ..., every length one octet.
SecretBytes length_value_list(std::initializer_list<ByteView> values,
                              std::optional<std::uint8_t> tag = std::nullopt) {
  std::size_t size = tag ? 1 : 0;
  for (const auto value : values) {
    size += 1 + value.size();
  }
  SecretBytes octets(size);
  auto to = octets.expose_mutable().begin();
  if (tag) {
    *to++ = *tag;
  }
  for (const auto value : values) {
    *to++ = static_cast<std::uint8_t>(value.size());
    to = std::ranges::copy(value, to).out;
  }
  return octets;
}

struct Challenge {
  Rand rand;
  Autn autn;
};

// 10 RAND 10 AUTN, or the status word that refuses it.
std::expected<Challenge, StatusWord> read_challenge(ByteView data) {
  if (data.size() != 1 + Rand::size + 1 + Autn::size) {
    return std::unexpected(kWrongLength);
  }
  const auto rand = take_length_value(data);
  const auto autn = rand ? take_length_value(data) : std::nullopt;
  if (!autn || rand->size() != Rand::size || autn->size() != Autn::size) {
    return std::unexpected(kWrongData);
  }
  return Challenge{*Rand::from(*rand), *Autn::from(*autn)};
}

template <class... Outcomes>
struct Overload : Outcomes... {
  using Outcomes::operator()...;
};

}  // namespace

// TS 31.103 table 7.1 and TS 31.102 table 7.1: what P2 may say. A context is added by one row.
const Authenticator::Context Authenticator::kContexts[] = {
    {Application::isim, 0x81, &Authenticator::aka},          // IMS AKA
    {Application::isim, 0x82, &Authenticator::http_digest},  // HTTP Digest
    {Application::isim, 0x84, &Authenticator::gba},          // GBA
    {Application::usim, 0x80, &Authenticator::gsm},
    {Application::usim, 0x81, &Authenticator::aka},          // 3G
    {Application::usim, 0x82, &Authenticator::unsupported},  // VGCS/VBS
    {Application::usim, 0x84, &Authenticator::gba},          // GBA
};

AuthenticateAnswer Authenticator::run(Application application, std::uint8_t p2, ByteView data) {
  const auto context = std::ranges::find_if(kContexts, [&](const Context& row) {
    return row.application == application && row.p2 == p2;
  });
  if (context == std::end(kContexts)) {
    return {.sw = kWrongP1P2};
  }
  return (this->*context->run)(application, data);
}

std::optional<KsIntNaf> Authenticator::use_ks_int_naf(Application application, ByteView naf_id) {
  const auto context = contexts_.gba.find(application);
  return context == contexts_.gba.end() ? std::nullopt : context->second.use_ks_int_naf(naf_id);
}

AuthenticateAnswer Authenticator::end(Application application, AuthenticateEvent event,
                                      StatusWord sw) {
  observer_(application, event);
  return {.sw = sw};
}

AuthenticateAnswer Authenticator::end(Application application, AuthenticateEvent event,
                                      SecretBytes data) {
  observer_(application, event);
  return {std::move(data), kOk};
}

AuthenticateAnswer Authenticator::failure(Application application,
                                          const AkaSynchronisationFailure& failure) {
  return end(application, AuthenticateEvent::synchronisation_failure,
             length_value_list({failure.auts.view()}, kSynchronisationFailureTag));
}

AuthenticateAnswer Authenticator::failure(Application application, const AkaMacFailure&) {
  return end(application, AuthenticateEvent::mac_failure, kIncorrectMac);
}

AuthenticateAnswer Authenticator::aka(Application application, ByteView data) {
  const auto challenge = read_challenge(data);
  if (!challenge) {
    return {.sw = challenge.error()};
  }
  const auto outcome = aka_.authenticate(challenge->rand, challenge->autn);
  if (!outcome) {
    return end(application, AuthenticateEvent::store_failure, kMemoryProblem);
  }
  const auto answer =
      Overload{[&](const AkaSuccess& success) {
                 const ByteView res = success.res.octets.expose();
                 const ByteView ck = success.ck.expose();
                 const ByteView ik = success.ik.expose();
                 if (application == Application::usim && contexts_.kc) {
                   const Kc kc = kc_of(success.ck, success.ik);
                   return end(application, AuthenticateEvent::success,
                              length_value_list({res, ck, ik, kc.expose()}, kSuccessTag));
                 }
                 return end(application, AuthenticateEvent::success,
                            length_value_list({res, ck, ik}, kSuccessTag));
               },
               [&](const auto& failed) { return failure(application, failed); }};
  return std::visit(answer, *outcome);
}

AuthenticateAnswer Authenticator::gsm(Application application, ByteView data) {
  if (!contexts_.gsm) {
    return unsupported(application, data);
  }
  if (data.size() != 1 + Rand::size) {
    return {.sw = kWrongLength};
  }
  if (data[0] != Rand::size) {
    return {.sw = kWrongData};
  }
  const auto response = aka_.authenticate_gsm(*Rand::from(data.subspan(1)));
  return end(application, AuthenticateEvent::gsm_success,
             length_value_list({response.sres.expose(), response.kc.expose()}));
}

AuthenticateAnswer Authenticator::http_digest(Application application, ByteView data) {
  if (!contexts_.http_digest) {
    return unsupported(application, data);
  }
  const auto realm = take_length_value(data);
  const auto nonce = realm ? take_length_value(data) : std::nullopt;
  const auto cnonce = nonce ? take_length_value(data) : std::nullopt;
  if (!cnonce || !data.empty()) {
    return {.sw = kWrongLength};
  }
  if (realm->empty() || nonce->empty() || cnonce->empty()) {
    return {.sw = kWrongData};
  }
  const auto key = contexts_.http_digest->session_key(*realm, *nonce, *cnonce);
  return end(application, AuthenticateEvent::http_digest_success,
             length_value_list({key.expose()}, kSuccessTag));
}

AuthenticateAnswer Authenticator::gba(Application application, ByteView data) {
  const auto context = contexts_.gba.find(application);
  if (context == contexts_.gba.end()) {
    return unsupported(application, data);
  }
  if (data.empty()) {
    return {.sw = kWrongLength};
  }
  switch (data.front()) {
    case kGbaBootstrapping:
      return gba_bootstrap(application, context->second, data.subspan(1));
    case kGbaNafDerivation:
      return gba_derive(application, context->second, data.subspan(1));
    default:
      return {.sw = kWrongData};
  }
}

AuthenticateAnswer Authenticator::gba_bootstrap(Application application, GbaContext& context,
                                                ByteView fields) {
  const auto challenge = read_challenge(fields);
  if (!challenge) {
    return {.sw = challenge.error()};
  }
  const auto outcome = aka_.authenticate_gba_u(challenge->rand, challenge->autn);
  if (!outcome) {
    return end(application, AuthenticateEvent::store_failure, kMemoryProblem);
  }
  const auto answer =
      Overload{[&](const AkaSuccess& success) {
                 context.bootstrap(challenge->rand, success.ck, success.ik);
                 // RES alone: CK and IK are Ks, which stays on the card.
                 return end(application, AuthenticateEvent::gba_bootstrapped,
                            length_value_list({success.res.octets.expose()}, kSuccessTag));
               },
               [&](const auto& failed) { return failure(application, failed); }};
  return std::visit(answer, *outcome);
}

AuthenticateAnswer Authenticator::gba_derive(Application application, GbaContext& context,
                                             ByteView fields) {
  const auto naf_id = take_length_value(fields);
  const auto impi = naf_id ? take_length_value(fields) : std::nullopt;
  if (!impi || !fields.empty()) {
    return {.sw = kWrongLength};
  }
  // NAF_Id is an FQDN and the 5 octets of the Ua security protocol.
  if (naf_id->size() <= 5 || impi->empty()) {
    return {.sw = kWrongData};
  }
  const auto ks_ext_naf = context.derive(*naf_id, *impi);
  if (ks_ext_naf) {
    return end(application, AuthenticateEvent::gba_naf_derived,
               length_value_list({ks_ext_naf->expose()}, kSuccessTag));
  }
  switch (ks_ext_naf.error()) {
    case GbaContext::Refusal::not_bootstrapped:
      return end(application, AuthenticateEvent::gba_not_bootstrapped, kConditions);
    case GbaContext::Refusal::no_room:
      return end(application, AuthenticateEvent::gba_no_room, kNoMemory);
  }
  return {.sw = kConditions};
}

AuthenticateAnswer Authenticator::unsupported(Application application, ByteView) {
  return end(application, AuthenticateEvent::context_unsupported, kContextUnsupported);
}

}  // namespace ut::isim::soft
