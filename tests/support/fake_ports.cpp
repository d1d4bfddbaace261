#include "tests/support/fake_ports.h"

#include "tls/crypto/kdf.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace ut::test {
namespace asio = boost::asio;

void FakeRandom::fill(std::span<std::uint8_t> octets) {
  for (auto& octet : octets) {
    if (queue_.empty()) {
      octet = count_++;
    } else {
      octet = queue_.front();
      queue_.pop_front();
    }
  }
}

Bytes fake_res(const isim::Rand& rand) {
  Bytes res = to_bytes(rand.view().first(8));
  for (auto& octet : res) {
    octet = static_cast<std::uint8_t>(~octet);
  }
  return res;
}

isim::AkaSuccess fake_aka(const isim::Rand& rand) {
  isim::AkaSuccess success{{SecretBytes::copy_of(fake_res(rand))}, {}, {}};
  std::ranges::copy(rand.view(), success.ck.expose_mutable().begin());
  std::ranges::reverse_copy(rand.view(), success.ik.expose_mutable().begin());
  return success;
}

FakeCardService::FakeCardService() {
  isim::Identity identity;
  identity.iccid = "89440000000000000001";
  identity.impi = "user1_private@home1.net";
  identity.domain = "home1.net";
  identity.impus = {"sip:user1_public1@home1.net"};
  set_identity(std::move(identity));
}

void FakeCardService::set_identity(isim::Identity identity) {
  identity_ = std::make_shared<const isim::Identity>(std::move(identity));
}

ports::Task<Result<ports::Subscriber>> FakeCardService::subscriber() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  if (error_) {
    co_return std::unexpected(*error_);
  }
  co_return ports::Subscriber{epoch_, identity_};
}

ports::Task<Result<isim::AkaOutcome>> FakeCardService::authenticate(ports::Subscriber subscriber,
                                                                    isim::Rand rand,
                                                                    isim::Autn autn) {
  ++authentications_;
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  if (subscriber.epoch != epoch_) {
    co_return fail(ErrorCode::card_identity_changed, "AUTHENTICATE");
  }
  if (!answers_.empty()) {
    const Answer answer = std::move(answers_.front());
    answers_.pop_front();
    co_return answer(rand, autn);
  }
  if (gba.wanted) {
    co_return isim::AkaMacFailure{};
  }
  co_return fake_aka(rand);
}

void FakeCardService::offer_gba(bool offered) {
  isim::Identity identity = *identity_;
  identity.services.octets = {static_cast<std::uint8_t>(offered ? 0x02 : 0x00)};
  set_identity(std::move(identity));
}

ports::Task<Result<void>> FakeCardService::reach(ports::Subscriber subscriber,
                                                 std::optional<Error> error) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  if (subscriber.epoch != epoch_) {
    co_return fail(ErrorCode::card_identity_changed, "card");
  }
  if (error) {
    co_return std::unexpected(*std::move(error));
  }
  co_return Result<void>{};
}

ports::Task<Result<isim::StoredGbaBootstrapping>> FakeCardService::stored_gba_bootstrapping(
    ports::Subscriber subscriber) {
  ++gba.reads;
  CO_TRY_VOID(co_await reach(std::move(subscriber), gba.read_error));
  co_return isim::StoredGbaBootstrapping{gba.room, gba.stored};
}

ports::Task<Result<isim::GbaBootstrappingOutcome>> FakeCardService::gba_bootstrap(
    ports::Subscriber subscriber, isim::Rand rand, isim::Autn) {
  ++gba.bootstraps;
  CO_TRY_VOID(co_await reach(std::move(subscriber), gba.bootstrap_error));
  if (!gba.wanted) {
    co_return isim::GbaBootstrappingOutcome(isim::AkaMacFailure{});
  }
  if (!gba.synchronisation_failures.empty()) {
    const auto auts = gba.synchronisation_failures.front();
    gba.synchronisation_failures.pop_front();
    co_return isim::GbaBootstrappingOutcome(isim::AkaSynchronisationFailure{auts});
  }
  gba.ks = fake_aka(rand);
  gba.stored = isim::GbaBootstrapping{.rand = to_bytes(rand.view())};
  co_return isim::GbaBootstrappingOutcome(
      isim::GbaBootstrapped{{SecretBytes::copy_of(fake_res(rand))}});
}

ports::Task<Result<void>> FakeCardService::store_gba_bootstrapping(
    ports::Subscriber subscriber, isim::GbaBootstrapping bootstrapping) {
  ++gba.stores;
  CO_TRY_VOID(co_await reach(std::move(subscriber), gba.store_error));
  const auto size = isim::gbabp_size(bootstrapping.b_tid.size(), bootstrapping.key_lifetime.size());
  if (!gba.stored || gba.stored->rand != bootstrapping.rand || size > gba.room) {
    co_return fail(ErrorCode::card_file_malformed, "EF_GBABP");
  }
  gba.stored = std::move(bootstrapping);
  co_return Result<void>{};
}

ports::Task<Result<void>> FakeCardService::erase_gba_bootstrapping(ports::Subscriber subscriber,
                                                                   isim::Rand rand) {
  ++gba.erasures;
  CO_TRY_VOID(co_await reach(std::move(subscriber), std::nullopt));
  if (gba.stored && gba.stored->rand == to_bytes(rand.view())) {
    gba.stored = isim::GbaBootstrapping{.rand = gba.stored->rand};
  }
  co_return Result<void>{};
}

ports::Task<Result<isim::GbaDerivationOutcome>> FakeCardService::gba_derive(
    ports::Subscriber subscriber, isim::Rand rand, std::string b_tid, Bytes naf_id) {
  ++gba.derivations;
  const std::string impi = subscriber.identity->impi;
  CO_TRY_VOID(co_await reach(std::move(subscriber), gba.derive_error));
  const bool held = gba.ks && gba.stored && gba.stored->rand == to_bytes(rand.view()) &&
                    gba.stored->b_tid == b_tid;
  if (!held) {
    co_return isim::GbaDerivationOutcome(isim::GbaNotBootstrapped{});
  }
  SecretBytes ks(32);
  std::ranges::copy(gba.ks->ck.expose(), ks.expose_mutable().begin());
  std::ranges::copy(gba.ks->ik.expose(), ks.expose_mutable().subspan(16).begin());
  const SecretBytes key =
      crypto::kdf(ks.expose(), 0x01, {as_bytes("gba-me"), rand.view(), as_bytes(impi), naf_id});
  co_return isim::GbaDerivationOutcome(isim::GbaNafDerived{*isim::KsExtNaf::from(key.expose())});
}

void FakeCardService::push_mac_failure() {
  push([](const isim::Rand&, const isim::Autn&) { return isim::AkaMacFailure{}; });
}

void FakeCardService::push_synchronisation_failure(isim::Auts auts) {
  push([auts](const isim::Rand&, const isim::Autn&) {
    return isim::AkaSynchronisationFailure{auts};
  });
}

void FakeCardService::swap(isim::Identity identity) {
  const auto gone = epoch_++;
  set_identity(std::move(identity));
  for (const auto& listener : listeners_) {
    listener(gone);
  }
}

}  // namespace ut::test
