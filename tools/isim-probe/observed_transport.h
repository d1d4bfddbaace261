// A transport that tells somebody what goes through it.
#pragma once

#include "isim/card_transport.h"
#include "tools/isim-probe/probe.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ut::probe {

class TransportObserver {
 public:
  virtual ~TransportObserver() = default;
  virtual void exchanged(ByteView command_apdu, const Result<SecretBytes>& answer) = 0;
  // `call` is "begin", "end" or "reset".
  virtual void called(std::string_view call, const Result<void>& result) = 0;
  // The card has lost selections, channels and PIN state: by a call of this transport.
  virtual void card_was_reset() = 0;
};

class ObservedTransport final : public isim::CardTransport {
 public:
  ObservedTransport(std::unique_ptr<isim::CardTransport> inner,
                    std::unique_ptr<TransportObserver> observer)
      : inner_(std::move(inner)), observer_(std::move(observer)) {}

  isim::CardProtocol protocol() const override { return inner_->protocol(); }
  ByteView atr() const override { return inner_->atr(); }
  Result<void> begin() override { return told("begin", inner_->begin()); }
  Result<void> end(Leave leave) override {
    auto result = told("end", inner_->end(leave));
    if (leave == Leave::reset) {
      observer_->card_was_reset();
    }
    return result;
  }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    auto answer = inner_->transmit(command_apdu);
    observer_->exchanged(command_apdu, answer);
    return answer;
  }
  Result<void> reset() override {
    auto result = told("reset", inner_->reset());
    observer_->card_was_reset();
    return result;
  }

 private:
  Result<void> told(std::string_view call, Result<void> result) {
    observer_->called(call, result);
    return result;
  }

  std::unique_ptr<isim::CardTransport> inner_;
  std::unique_ptr<TransportObserver> observer_;
};

// `observe` is asked for the observer of each connection, made or failed; it may give nullptr.
using Observe = std::function<std::unique_ptr<TransportObserver>(
    const std::string& reader, const Result<std::unique_ptr<isim::CardTransport>>& connection)>;

inline Connect observed(Connect connect, Observe observe) {
  return [connect = std::move(connect), observe = std::move(observe)](
             const std::string& reader) -> Result<std::unique_ptr<isim::CardTransport>> {
    auto connection = connect(reader);
    auto observer = observe(reader, connection);
    if (!connection || observer == nullptr) {
      return connection;
    }
    return std::make_unique<ObservedTransport>(*std::move(connection), std::move(observer));
  };
}

}  // namespace ut::probe
