#include "tests/support/fake_card_source.h"

#include <utility>

namespace ut::test {

struct FakeCardSource::State {
  mutable std::mutex mutex;
  std::condition_variable changed;
  isim::ReaderPicture picture{true, {}};
  std::map<std::string, std::shared_ptr<FakeUicc>> cards;
  std::function<std::optional<ErrorCode>(ByteView)> disturb;
  struct Swap {
    std::uint8_t ins;
    std::string reader;
    std::shared_ptr<FakeUicc> next;
  };
  std::optional<Swap> swap;
  bool hanging = false;
  unsigned blocked = 0;
  bool nudged = false;
  bool cancelled = false;
  unsigned authentications = 0;
  unsigned connections = 0;
  unsigned open_connections = 0;

  isim::ReaderState& reader(const std::string& name) {
    for (auto& reader : picture.readers) {
      if (reader.name == name) {
        return reader;
      }
    }
    picture.readers.push_back({});
    picture.readers.back().name = name;
    return picture.readers.back();
  }
};

namespace {

using State = FakeCardSource::State;

class Connection : public isim::CardTransport {
 public:
  // Under the lock of `state`.
  Connection(std::shared_ptr<State> state, std::string reader)
      : state_(std::move(state)), reader_(std::move(reader)) {
    ++state_->open_connections;
  }
  ~Connection() override {
    const std::lock_guard lock(state_->mutex);
    --state_->open_connections;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  isim::CardProtocol protocol() const override { return isim::CardProtocol::t1; }
  ByteView atr() const override { return {}; }

  Result<void> begin() override {
    TRY(const auto card, find());
    return card->begin();
  }

  Result<void> end(Leave leave) override {
    TRY(const auto card, find());
    return card->end(leave);
  }

  Result<void> reset() override {
    TRY(const auto card, find());
    return card->reset();
  }

  Result<SecretBytes> transmit(ByteView command_apdu) override {
    {
      std::unique_lock lock(state_->mutex);
      ++state_->blocked;
      state_->changed.wait(lock, [&] { return !state_->hanging; });
      --state_->blocked;
    }
    TRY(const auto card, find());
    const std::lock_guard lock(state_->mutex);
    if (const auto& swap = state_->swap; swap && swap->reader == reader_ &&
                                         command_apdu.size() > 1 && command_apdu[1] == swap->ins) {
      state_->cards[reader_] = swap->next;
      state_->swap.reset();
      return fail(ErrorCode::card_transport, "fake card");
    }
    if (state_->disturb) {
      if (const auto code = state_->disturb(command_apdu)) {
        return fail(*code, "fake card");
      }
    }
    if (command_apdu.size() > 1 && command_apdu[1] == 0x88) {
      ++state_->authentications;
    }
    return card->transmit(command_apdu);
  }

 private:
  Result<std::shared_ptr<FakeUicc>> find() {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->cards.find(reader_);
    if (!state_->picture.service) {
      return fail(ErrorCode::card_service_unavailable, "fake card");
    }
    if (found == state_->cards.end()) {
      return fail(ErrorCode::card_removed, "fake card");
    }
    return found->second;
  }

  std::shared_ptr<State> state_;
  std::string reader_;
};

class Watch : public isim::ReaderWatch {
 public:
  explicit Watch(std::shared_ptr<State> state) : state_(std::move(state)) {}

  Result<isim::ReaderPicture> wait(const isim::ReaderPicture& known,
                                   std::chrono::milliseconds limit) override {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, limit, [&] {
      return state_->cancelled || state_->nudged || state_->picture != known;
    });
    state_->nudged = false;
    if (state_->cancelled) {
      return fail(ErrorCode::shutting_down, "fake watch");
    }
    return state_->picture;
  }

  void nudge() override {
    const std::lock_guard lock(state_->mutex);
    state_->nudged = true;
    state_->changed.notify_all();
  }

  void cancel() override {
    const std::lock_guard lock(state_->mutex);
    state_->cancelled = true;
    state_->changed.notify_all();
  }

 private:
  std::shared_ptr<State> state_;
};

std::shared_ptr<FakeUicc> make_card(FakeUiccProfile profile) {
  if (!profile.authenticate) {
    profile.authenticate = [](ByteView) { return std::pair(Bytes{}, isim::StatusWord{0x9862}); };
  }
  return std::make_shared<FakeUicc>(std::move(profile));
}

}  // namespace

FakeCardSource::FakeCardSource() : state_(std::make_shared<State>()) {}

void FakeCardSource::insert(const std::string& reader, FakeUiccProfile profile, bool silently) {
  const auto card = make_card(std::move(profile));
  const std::lock_guard lock(state_->mutex);
  state_->cards[reader] = card;
  auto& state = state_->reader(reader);
  state.card = true;
  if (!silently) {
    ++state.event_counter;
  }
  state_->changed.notify_all();
}

void FakeCardSource::remove(const std::string& reader) {
  const std::lock_guard lock(state_->mutex);
  state_->cards.erase(reader);
  auto& state = state_->reader(reader);
  state.card = false;
  ++state.event_counter;
  state_->changed.notify_all();
}

void FakeCardSource::add_empty_reader(const std::string& reader) {
  const std::lock_guard lock(state_->mutex);
  state_->reader(reader);
  state_->changed.notify_all();
}

void FakeCardSource::unplug(const std::string& reader) {
  const std::lock_guard lock(state_->mutex);
  state_->cards.erase(reader);
  std::erase_if(state_->picture.readers, [&](const auto& one) { return one.name == reader; });
  state_->changed.notify_all();
}

void FakeCardSource::stop_service() {
  const std::lock_guard lock(state_->mutex);
  state_->picture = {};
  state_->changed.notify_all();
}

void FakeCardSource::start_service() {
  const std::lock_guard lock(state_->mutex);
  state_->picture.service = true;
  for (const auto& [reader, card] : state_->cards) {
    state_->reader(reader).card = true;
  }
  state_->changed.notify_all();
}

void FakeCardSource::swap_under(std::uint8_t ins, const std::string& reader, FakeUiccProfile next) {
  const auto card = make_card(std::move(next));
  const std::lock_guard lock(state_->mutex);
  state_->swap = State::Swap{ins, reader, card};
}

void FakeCardSource::disturb(std::function<std::optional<ErrorCode>(ByteView command)> disturb) {
  const std::lock_guard lock(state_->mutex);
  state_->disturb = std::move(disturb);
}

void FakeCardSource::hang(bool on) {
  const std::lock_guard lock(state_->mutex);
  state_->hanging = on;
  state_->changed.notify_all();
}

bool FakeCardSource::hangs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->hanging && state_->blocked > 0;
}

std::function<Result<std::unique_ptr<isim::CardTransport>>(const std::string& reader)>
FakeCardSource::connect() {
  return
      [state = state_](const std::string& reader) -> Result<std::unique_ptr<isim::CardTransport>> {
        const std::lock_guard lock(state->mutex);
        ++state->connections;
        if (!state->picture.service) {
          return fail(ErrorCode::card_service_unavailable, "fake card");
        }
        if (!state->cards.contains(reader)) {
          return fail(ErrorCode::card_absent, "fake card");
        }
        return std::make_unique<Connection>(state, reader);
      };
}

std::unique_ptr<isim::ReaderWatch> FakeCardSource::watch() {
  return std::make_unique<Watch>(state_);
}

std::shared_ptr<FakeUicc> FakeCardSource::card(const std::string& reader) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->cards.find(reader);
  return found == state_->cards.end() ? nullptr : found->second;
}

unsigned FakeCardSource::authentications() const {
  const std::lock_guard lock(state_->mutex);
  return state_->authentications;
}

unsigned FakeCardSource::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

unsigned FakeCardSource::open_connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->open_connections;
}

}  // namespace ut::test
