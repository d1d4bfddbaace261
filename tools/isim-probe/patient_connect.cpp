#include "tools/isim-probe/patient_connect.h"

#include <future>
#include <thread>
#include <type_traits>
#include <utility>

namespace ut::probe {
namespace {

using std::chrono::milliseconds;

// Runs `work` in a thread of its own; card_mute when it takes too long. It may then still run, so
// it may refer to nothing but what it holds.
template <class Work>
std::invoke_result_t<Work> within(milliseconds limit, std::string_view where, Work work) {
  std::packaged_task<std::invoke_result_t<Work>()> task(std::move(work));
  auto future = task.get_future();
  std::thread(std::move(task)).detach();
  if (future.wait_for(limit) != std::future_status::ready) {
    return fail(ErrorCode::card_mute, where);
  }
  return future.get();
}

class PatientTransport final : public isim::CardTransport {
 public:
  PatientTransport(std::unique_ptr<isim::CardTransport> inner, milliseconds limit)
      : protocol_(inner->protocol()),
        atr_(to_bytes(inner->atr())),
        limit_(limit),
        shared_(std::make_shared<Shared>(std::move(inner))) {}
  ~PatientTransport() override {
    if (!mute_) {
      shared_->inner.reset();  // here, and not when a thread of the past lets go of it
    }
  }
  PatientTransport(const PatientTransport&) = delete;
  PatientTransport& operator=(const PatientTransport&) = delete;

  isim::CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override { return atr_; }
  Result<void> begin() override {
    return run("begin", [](CardTransport& card) { return card.begin(); });
  }
  Result<void> end(Leave leave) override {
    return run("end", [leave](CardTransport& card) { return card.end(leave); });
  }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    return run("transmit", [command = SecretBytes::copy_of(command_apdu)](CardTransport& card) {
      return card.transmit(command.expose());
    });
  }
  Result<void> reset() override {
    return run("reset", [](CardTransport& card) { return card.reset(); });
  }

 private:
  struct Shared {
    std::unique_ptr<isim::CardTransport> inner;
  };

  template <class Use>
  auto run(std::string_view where, Use use) -> std::invoke_result_t<Use, CardTransport&> {
    if (mute_) {
      return fail(ErrorCode::card_mute, where);
    }
    auto done = within(limit_, where, [shared = shared_, use = std::move(use)]() mutable {
      return use(*shared->inner);
    });
    mute_ = !done && done.error().code == ErrorCode::card_mute;
    return done;
  }

  const isim::CardProtocol protocol_;
  const Bytes atr_;
  const milliseconds limit_;
  std::shared_ptr<Shared> shared_;
  bool mute_ = false;
};

}  // namespace

Connect patient(Connect connect, milliseconds limit) {
  return [connect = std::move(connect),
          limit](const std::string& reader) -> Result<std::unique_ptr<isim::CardTransport>> {
    TRY(auto card, within(limit, "connect", [connect, reader] { return connect(reader); }));
    return std::make_unique<PatientTransport>(std::move(card), limit);
  };
}

}  // namespace ut::probe
