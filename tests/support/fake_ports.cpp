#include "tests/support/fake_ports.h"

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
  co_return fake_aka(rand);
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
