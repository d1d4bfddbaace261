#include "tools/soft-isim/card_slot.h"

#include <sys/eventfd.h>

#include <numeric>
#include <utility>

namespace ut::isim::soft {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

SlotCard::SlotCard(std::string profile_name, CardProfile profile, SqnArray sqns,
                   std::unique_ptr<SqnStore> sqn_store, AuthenticateObserver observer)
    : profile_file(std::move(profile_name)),
      sqn_file(profile.sqn_file),
      store(std::move(sqn_store)),
      uicc(std::move(profile), std::move(sqns), *store, std::move(observer)) {}

Result<std::unique_ptr<SlotCard>> load_slot_card(const std::string& profile_file,
                                                 AuthenticateObserver observer) {
  TRY(auto profile, load_card_profile(profile_file));
  auto file = std::make_unique<SqnFile>(profile.sqn_file);
  TRY(const auto sqns, file->load(SqnArray::used_up_to(profile.sqn_start, profile.sqn_age_limit)));
  auto card = std::make_unique<SlotCard>(profile_file, std::move(profile), sqns, std::move(file),
                                         std::move(observer));
  TRY_VOID(card->uicc.keep_pins());
  return card;
}

CardSlot::CardSlot(std::unique_ptr<SlotCard> card, unsigned number, milliseconds absence)
    : number_(number),
      absence_(absence),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      card_(std::move(card)) {}

void CardSlot::tell() {
  ::eventfd_write(event_.get(), 1);
}

void CardSlot::take_event() {
  eventfd_t ignored = 0;
  ::eventfd_read(event_.get(), &ignored);
}

std::optional<milliseconds> CardSlot::time_to_presence() const {
  const std::lock_guard lock(mutex_);
  if (!inserted_) {
    return std::nullopt;
  }
  const auto rest = std::chrono::ceil<milliseconds>(back_ - steady_clock::now());
  return std::max(rest, milliseconds(0));
}

std::uint64_t CardSlot::presence() const {
  const std::lock_guard lock(mutex_);
  return presence_;
}

std::uint64_t CardSlot::life() const {
  const std::lock_guard lock(mutex_);
  return life_;
}

void CardSlot::connected(bool yes) {
  const std::lock_guard lock(mutex_);
  connected_ = yes;
  card_->uicc.reset();
}

SecretBytes CardSlot::atr() const {
  const std::lock_guard lock(mutex_);
  return SecretBytes::copy_of(card_->uicc.atr());
}

bool CardSlot::power_up() {
  const std::lock_guard lock(mutex_);
  card_->uicc.reset();
  return answers_reset_;
}

void CardSlot::power_down() {
  const std::lock_guard lock(mutex_);
  card_->uicc.reset();
}

Reaction CardSlot::react(ByteView command_apdu) {
  const std::lock_guard lock(mutex_);
  if (command_apdu.size() >= 2) {
    ++commands_[command_apdu[1]];
  }
  return faults_.next(command_apdu);
}

bool CardSlot::is_mute() const {
  const std::lock_guard lock(mutex_);
  return faults_.is_mute();
}

SecretBytes CardSlot::exchange(ByteView command_apdu) {
  const std::lock_guard lock(mutex_);
  return card_->uicc.exchange(command_apdu);
}

void CardSlot::died(bool stays_away) {
  const std::lock_guard lock(mutex_);
  card_->uicc.reset();
  if (stays_away) {
    inserted_ = false;
    take_out();
  }
}

void CardSlot::take_out() {
  back_ = steady_clock::now() + absence_;
  ++presence_;
  ++life_;
  card_->uicc.reset();
  faults_.clear(FaultKind::mute);
  tell();
}

Result<void> CardSlot::set_fault(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  return faults_.set(fault);
}

void CardSlot::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  if (!std::exchange(answers_reset_, true) && inserted_) {
    take_out();
  }
  tell();
}

void CardSlot::reset() {
  const std::lock_guard lock(mutex_);
  ++life_;
  card_->uicc.reset();
  faults_.clear(FaultKind::mute);
  tell();
}

void CardSlot::remove() {
  const std::lock_guard lock(mutex_);
  inserted_ = false;
  take_out();
}

bool CardSlot::insert() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(inserted_, true)) {
    return false;
  }
  tell();
  return true;
}

void CardSlot::reinsert() {
  const std::lock_guard lock(mutex_);
  inserted_ = true;
  take_out();
}

void CardSlot::refuse_power() {
  const std::lock_guard lock(mutex_);
  answers_reset_ = false;
  inserted_ = true;
  take_out();
}

void CardSlot::refresh(RefreshMode mode, std::span<const FilePath> files) {
  const std::lock_guard lock(mutex_);
  card_->uicc.refresh(mode, files);
}

bool CardSlot::update_file(const FilePath& path, ByteView content) {
  const std::lock_guard lock(mutex_);
  return card_->uicc.update_file(path, content);
}

void CardSlot::queue_proactive(Bytes command) {
  const std::lock_guard lock(mutex_);
  card_->uicc.queue_proactive(std::move(command));
}

Result<void> CardSlot::swap(const std::function<Result<std::unique_ptr<SlotCard>>()>& make,
                            bool silent) {
  const std::lock_guard lock(mutex_);
  TRY(card_, make());
  faults_.clear();
  answers_reset_ = true;
  if (silent) {
    ++life_;
    tell();
  } else {
    inserted_ = true;
    take_out();
  }
  return {};
}

CardSlot::State CardSlot::state() const {
  const std::lock_guard lock(mutex_);
  return {
      .profile_file = card_->profile_file,
      .inserted = inserted_,
      .connected = connected_,
      .answers_reset = answers_reset_,
      .faults = faults_.active(),
      .commands = std::accumulate(commands_.begin(), commands_.end(), std::uint64_t{0}),
      .proactive = card_->uicc.proactive_waiting(),
  };
}

std::array<std::uint64_t, 256> CardSlot::commands_by_ins() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::filesystem::path CardSlot::sqn_file() const {
  const std::lock_guard lock(mutex_);
  return card_->sqn_file;
}

}  // namespace ut::isim::soft
