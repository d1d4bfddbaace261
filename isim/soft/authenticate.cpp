#include "isim/soft/authenticate.h"

#include <algorithm>
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
constexpr StatusWord kWrongData = 0x6a80;
constexpr StatusWord kWrongP1P2 = 0x6a86;
constexpr StatusWord kIncorrectMac = 0x9862;
constexpr StatusWord kContextUnsupported = 0x9864;

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

template <class... Outcomes>
struct Overload : Outcomes... {
  using Outcomes::operator()...;
};

}  // namespace

// TS 31.103 table 7.1 and TS 31.102 table 7.1: what P2 may say. A context is added by one row.
const Authenticator::Context Authenticator::kContexts[] = {
    {Application::isim, 0x81, &Authenticator::aka},          // IMS AKA
    {Application::isim, 0x82, &Authenticator::unsupported},  // HTTP Digest
    {Application::isim, 0x84, &Authenticator::unsupported},  // GBA
    {Application::usim, 0x80, &Authenticator::gsm},
    {Application::usim, 0x81, &Authenticator::aka},          // 3G
    {Application::usim, 0x82, &Authenticator::unsupported},  // VGCS/VBS
    {Application::usim, 0x84, &Authenticator::unsupported},  // GBA
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

AuthenticateAnswer Authenticator::aka(Application application, ByteView data) {
  if (data.size() != 1 + Rand::size + 1 + Autn::size) {
    return {.sw = kWrongLength};
  }
  if (data[0] != Rand::size || data[1 + Rand::size] != Autn::size) {
    return {.sw = kWrongData};
  }
  const auto rand = *Rand::from(data.subspan(1, Rand::size));
  const auto autn = *Autn::from(data.last(Autn::size));
  const auto outcome = aka_.authenticate(rand, autn);
  if (!outcome) {
    observer_(application, AuthenticateEvent::store_failure);
    return {.sw = kMemoryProblem};
  }
  const auto answer = Overload{
      [&](const AkaSuccess& success) -> AuthenticateAnswer {
        observer_(application, AuthenticateEvent::success);
        const ByteView res = success.res.octets.expose();
        if (application == Application::usim && gsm_access_) {
          const Kc kc = kc_of(success.ck, success.ik);
          return {length_value_list({res, success.ck.expose(), success.ik.expose(), kc.expose()},
                                    kSuccessTag),
                  kOk};
        }
        return {length_value_list({res, success.ck.expose(), success.ik.expose()}, kSuccessTag),
                kOk};
      },
      [&](const AkaSynchronisationFailure& failure) -> AuthenticateAnswer {
        observer_(application, AuthenticateEvent::synchronisation_failure);
        return {length_value_list({failure.auts.view()}, kSynchronisationFailureTag), kOk};
      },
      [&](const AkaMacFailure&) -> AuthenticateAnswer {
        observer_(application, AuthenticateEvent::mac_failure);
        return {.sw = kIncorrectMac};
      }};
  return std::visit(answer, *outcome);
}

AuthenticateAnswer Authenticator::gsm(Application application, ByteView data) {
  if (!gsm_access_) {
    return unsupported(application, data);
  }
  if (data.size() != 1 + Rand::size) {
    return {.sw = kWrongLength};
  }
  if (data[0] != Rand::size) {
    return {.sw = kWrongData};
  }
  const auto response = aka_.authenticate_gsm(*Rand::from(data.subspan(1)));
  observer_(application, AuthenticateEvent::gsm_success);
  return {length_value_list({response.sres.expose(), response.kc.expose()}), kOk};
}

AuthenticateAnswer Authenticator::unsupported(Application application, ByteView) {
  observer_(application, AuthenticateEvent::context_unsupported);
  return {.sw = kContextUnsupported};
}

}  // namespace ut::isim::soft
