#include "agent/ua/channel_pool.h"

#include "agent/ua/fair_share.h"
#include "base/log.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace ut::ua {
namespace asio = boost::asio;

namespace {

using Answer = std::move_only_function<void(Result<Lease>)>;

// A request that waits for a channel.
struct Waiter {
  std::string application;
  ports::Cause cause;
  SteadyTime deadline;
  Answer answer;               // resumes it
  bool connected_for = false;  // a connection was begun for it
};

// Those of one application, who came first at the front.
struct Queue {
  std::deque<Waiter> waiters{};
  std::uint64_t last_turn = 0;
};

struct Naf {
  explicit Naf(const UaConfig& config)
      : places(config.channels_per_naf), waiting_places(config.waiting_per_naf) {}

  std::vector<std::shared_ptr<PooledChannel>> idle;  // the last used one at the end
  std::vector<std::shared_ptr<PooledChannel>> in_use;
  std::size_t connecting = 0;
  FairShare places;  // taken by the channels in use
  std::map<std::string, Queue, std::less<>> queues;
  FairShare waiting_places;  // taken by those in the queues
  std::uint64_t turns = 0;

  std::size_t channels() const { return idle.size() + in_use.size() + connecting; }
  std::size_t waiting() const { return waiting_places.taken(); }

  void queue_up(Waiter waiter);
  // How many of those who wait may have a channel now.
  std::size_t entitled() const;
  // Takes out whose turn it is: of the application that has the fewest channels, among equals the
  // one whose last turn is the longest ago. nullopt when nobody waits who may have one.
  std::optional<Waiter> next();
  std::optional<Waiter> any();
  // One whose deadline has passed.
  std::optional<Waiter> overdue(SteadyTime now);

 private:
  Waiter take_first(Queue& queue);
};

void Naf::queue_up(Waiter waiter) {
  waiting_places.take(waiter.application);
  queues[waiter.application].waiters.push_back(std::move(waiter));
}

std::size_t Naf::entitled() const {
  std::size_t sum = 0;
  for (const auto& [application, queue] : queues) {
    sum += std::min(queue.waiters.size(), places.room_for(application));
  }
  return sum;
}

std::optional<Waiter> Naf::next() {
  Queue* best = nullptr;
  std::pair<std::size_t, std::uint64_t> best_rank;
  for (auto& [application, queue] : queues) {
    if (!queue.waiters.empty() && places.may_take(application)) {
      const std::pair rank(places.taken_by(application), queue.last_turn);
      if (best == nullptr || rank < best_rank) {
        best = &queue;
        best_rank = rank;
      }
    }
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  best->last_turn = ++turns;
  return take_first(*best);
}

std::optional<Waiter> Naf::any() {
  return overdue(SteadyTime::max());
}

std::optional<Waiter> Naf::overdue(SteadyTime now) {
  for (auto& [application, queue] : queues) {
    if (!queue.waiters.empty() && queue.waiters.front().deadline <= now) {
      return take_first(queue);
    }
  }
  return std::nullopt;
}

Waiter Naf::take_first(Queue& queue) {
  Waiter waiter = std::move(queue.waiters.front());
  queue.waiters.pop_front();
  waiting_places.give_back(waiter.application);
  return waiter;
}

void log_channel(const NafAddress& naf, const ChannelFacts& facts, const ports::Cause& cause) {
  log::info("ua.channel", {{"request_id", cause.id.view()},
                           {"naf", naf.fqdn},
                           {"port", naf.port},
                           {"version", facts.tls_version},
                           {"suite", facts.suite_name},
                           {"group", facts.group},
                           {"psk", facts.psk.has_value()},
                           {"resumed", facts.resumed}});
}

// Of a request for which the next connection is: one that none was begun for.
ports::Cause cause_of_next(Naf& naf) {
  for (auto& [application, queue] : naf.queues) {
    const auto found = std::ranges::find(queue.waiters, false, &Waiter::connected_for);
    if (found != queue.waiters.end() && naf.places.may_take(application)) {
      found->connected_for = true;
      return found->cause;
    }
  }
  return {};
}

}  // namespace

struct ChannelPool::State {
  State(asio::any_io_executor on, Connector& with, const UaConfig& settings, const Clock& time)
      : executor(std::move(on)), connector(with), config(settings), clock(time), timer(executor) {}

  asio::any_io_executor executor;
  Connector& connector;
  const UaConfig& config;
  const Clock& clock;
  std::map<NafAddress, Naf> nafs;
  UaCounters counters;
  Naf& naf(const NafAddress& address) { return nafs.try_emplace(address, config).first->second; }
  // Rises with close_all and with other CAs: what was being connected before is unwanted.
  std::uint64_t generation = 0;
  asio::steady_timer timer;
  bool sweeping = false;

  void acquire(const std::shared_ptr<ChannelPool>& pool, const NafAddress& address,
               ChannelWanted wanted, Waiter waiter);
  void answer(Answer waiting, Result<Lease> with);
  void connect_for_waiters(const std::shared_ptr<ChannelPool>& pool, const NafAddress& address,
                           Naf& to);
  static Lease lease(const std::shared_ptr<ChannelPool>& pool, Naf& naf,
                     std::shared_ptr<PooledChannel> channel, std::string application);
  void offer(const std::shared_ptr<ChannelPool>& pool, Naf& naf,
             std::shared_ptr<PooledChannel> channel);
  void serve_waiters(const std::shared_ptr<ChannelPool>& pool, const NafAddress& address, Naf& to);
  void schedule_sweep(const std::shared_ptr<ChannelPool>& pool);
  bool anything() const;
  void sweep_one(Naf& naf);
  template <class Mark>
  static void retire(Naf& naf, const Mark& mark);
  void refresh_trust();

  static ports::Task<void> connect(std::shared_ptr<ChannelPool> pool, NafAddress naf,
                                   std::uint64_t generation, ports::Cause cause);
};

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    drop();
    pool_ = std::move(other.pool_);
    channel_ = std::move(other.channel_);
  }
  return *this;
}

void Lease::drop() {
  if (!channel_) {
    return;
  }
  auto channel = std::exchange(channel_, nullptr);
  if (auto pool = pool_.lock()) {
    pool->released(std::move(channel), false);
  } else {
    channel->channel->close();
  }
}

void Lease::give_back() {
  if (!channel_) {
    return;
  }
  auto channel = std::exchange(channel_, nullptr);
  if (auto pool = pool_.lock()) {
    pool->released(std::move(channel), true);
  } else {
    channel->channel->close();
  }
}

std::shared_ptr<ChannelPool> ChannelPool::create(asio::any_io_executor executor,
                                                 Connector& connector, const UaConfig& config,
                                                 const Clock& clock) {
  return std::shared_ptr<ChannelPool>(
      new ChannelPool(std::move(executor), connector, config, clock));
}

ChannelPool::ChannelPool(asio::any_io_executor executor, Connector& connector,
                         const UaConfig& config, const Clock& clock)
    : state_(std::make_unique<State>(std::move(executor), connector, config, clock)) {}
ChannelPool::~ChannelPool() = default;

// Not before whoever calls has come to an end: what it resumes may do anything.
void ChannelPool::State::answer(Answer waiting, Result<Lease> with) {
  asio::post(executor, [waiting = std::move(waiting), with = std::move(with)]() mutable {
    waiting(std::move(with));
  });
}

Lease ChannelPool::take_kept(const NafAddress& naf, const std::string& application) {
  auto& from = state_->naf(naf);
  while (!from.idle.empty() && from.places.may_take(application)) {
    auto channel = std::move(from.idle.back());
    from.idle.pop_back();
    if (channel->channel->still_idle()) {
      return State::lease(shared_from_this(), from, std::move(channel), application);
    }
    channel->channel->close();
  }
  return {};
}

ports::Task<Result<Lease>> ChannelPool::acquire(NafAddress naf, std::string application,
                                                ChannelWanted wanted, ports::Cause cause) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Result<Lease>)>(
      [self = shared_from_this(), naf = std::move(naf), wanted](auto answer, std::string whose,
                                                                ports::Cause for_whom) {
        const auto& config = self->state_->config;
        self->state_->acquire(self, naf, wanted,
                              {.application = std::move(whose),
                               .cause = std::move(for_whom),
                               .deadline = self->state_->clock.steady() + config.connect_timeout +
                                           config.answer_timeout,
                               .answer = std::move(answer)});
      },
      asio::use_awaitable, std::move(application), std::move(cause));
}

void ChannelPool::State::acquire(const std::shared_ptr<ChannelPool>& pool,
                                 const NafAddress& address, ChannelWanted wanted, Waiter waiter) {
  auto& to = naf(address);
  if (wanted == ChannelWanted::any) {
    if (auto kept = pool->take_kept(address, waiter.application)) {
      answer(std::move(waiter.answer), std::move(kept));
      return;
    }
  } else {
    // A fresh one is wanted because an idle one was dead; its neighbours are likely to be.
    while (!to.idle.empty() && to.places.may_take(waiter.application)) {
      to.idle.back()->channel->close();
      to.idle.pop_back();
    }
  }
  if (!to.waiting_places.may_take(waiter.application)) {
    answer(std::move(waiter.answer), fail(ErrorCode::limit_queue, "wait for a channel"));
    return;
  }
  to.queue_up(std::move(waiter));
  connect_for_waiters(pool, address, to);
  schedule_sweep(pool);
}

// As many connections as there are requests that no connection under way is for.
void ChannelPool::State::connect_for_waiters(const std::shared_ptr<ChannelPool>& pool,
                                             const NafAddress& address, Naf& to) {
  const auto more = [&] {
    return to.channels() < config.channels_per_naf && to.connecting < to.entitled();
  };
  if (more()) {
    refresh_trust();
  }
  while (more()) {
    ++to.connecting;
    asio::co_spawn(executor, connect(pool, address, generation, cause_of_next(to)), asio::detached);
  }
}

ports::Task<void> ChannelPool::State::connect(std::shared_ptr<ChannelPool> pool, NafAddress naf,
                                              std::uint64_t generation, ports::Cause cause) {
  auto& state = *pool->state_;
  auto connected = co_await state.connector.connect(naf, cause);
  auto& to = state.naf(naf);
  --to.connecting;
  if (generation != state.generation) {
    // Those who wait now came after close_all, or wait for a channel under the new CAs.
    state.connect_for_waiters(pool, naf, to);
    co_return;
  }
  if (!connected) {
    const Error error = std::move(connected).error();
    state.counters.not_opened(bounded_name(state.config, naf.fqdn), error.code);
    log::info("ua.channel_failed",
              {{"request_id", cause.id.view()}, {"naf", naf.fqdn}, {"error", to_text(error)}});
    // Others would fail alike; only those that a living channel will serve go on waiting.
    const bool hopeless = to.in_use.empty() && to.connecting == 0;
    while (auto waiter = hopeless ? to.any() : to.next()) {
      state.answer(std::move(waiter->answer), std::unexpected(error));
      if (!hopeless) {
        break;
      }
    }
    co_return;
  }
  log_channel(naf, (*connected)->facts(), cause);
  state.counters.opened(bounded_name(state.config, naf.fqdn), (*connected)->facts());
  state.offer(pool, to,
              std::make_shared<PooledChannel>(
                  naf, std::move(*connected),
                  ResponseLimits{state.config.header_limit, state.config.body_limit}));
  state.schedule_sweep(pool);
}

Lease ChannelPool::State::lease(const std::shared_ptr<ChannelPool>& pool, Naf& naf,
                                std::shared_ptr<PooledChannel> channel, std::string application) {
  channel->deadline = SteadyTime::max();
  naf.places.take(application);
  channel->application = std::move(application);
  naf.in_use.push_back(channel);
  return {pool, std::move(channel)};
}

// To the request whose turn it is, else among the idle ones.
void ChannelPool::State::offer(const std::shared_ptr<ChannelPool>& pool, Naf& naf,
                               std::shared_ptr<PooledChannel> channel) {
  auto waiter = naf.next();
  if (!waiter) {
    channel->deadline = clock.steady() + config.idle_timeout;
    naf.idle.push_back(std::move(channel));
    return;
  }
  answer(std::move(waiter->answer),
         lease(pool, naf, std::move(channel), std::move(waiter->application)));
}

// A place that became free may entitle several who wait.
void ChannelPool::State::serve_waiters(const std::shared_ptr<ChannelPool>& pool,
                                       const NafAddress& address, Naf& to) {
  while (!to.idle.empty() && to.entitled() > 0) {
    auto channel = std::move(to.idle.back());
    to.idle.pop_back();
    if (channel->channel->still_idle()) {
      offer(pool, to, std::move(channel));
    } else {
      channel->channel->close();
    }
  }
  connect_for_waiters(pool, address, to);
}

void ChannelPool::released(std::shared_ptr<PooledChannel> channel, bool usable) {
  auto& to = state_->naf(channel->naf);
  const bool known = std::erase(to.in_use, channel) > 0;
  if (known) {
    to.places.give_back(channel->application);
  }
  if (known && usable && !channel->overdue && !channel->unfounded &&
      channel->reader.may_continue()) {
    state_->offer(shared_from_this(), to, channel);
  } else {
    channel->channel->close();
  }
  if (to.waiting() > 0) {
    state_->serve_waiters(shared_from_this(), channel->naf, to);
  }
}

void ChannelPool::close_all(const Error& reason) {
  ++state_->generation;
  for (auto& [address, naf] : state_->nafs) {
    for (const auto& channel : naf.idle) {
      channel->lane.forget();
      channel->channel->close();
    }
    naf.idle.clear();
    for (const auto& channel : naf.in_use) {
      channel->lane.forget();
      channel->channel->close();
    }
    naf.in_use.clear();
    naf.places.give_back_all();
    while (auto waiter = naf.any()) {
      state_->answer(std::move(waiter->answer), std::unexpected(reason));
    }
  }
  state_->timer.cancel();
}

void ChannelPool::network_changed() {
  std::size_t closed = 0;
  for (auto& [address, naf] : state_->nafs) {
    closed += std::erase_if(naf.idle, [](const std::shared_ptr<PooledChannel>& channel) {
      if (channel->channel->path() == net::Path::same) {
        return false;
      }
      channel->channel->close();
      return true;
    });
    for (const auto& channel : naf.in_use) {
      if (channel->channel->path() == net::Path::gone) {
        channel->cut_off = true;
        channel->channel->close();
        ++closed;
      }
    }
  }
  if (closed > 0) {
    log::info("ua.channels_cut_off", {{"channels", closed}});
  }
}

// `mark` is shown every channel; idle ones that are unfounded then are closed.
template <class Mark>
void ChannelPool::State::retire(Naf& naf, const Mark& mark) {
  std::ranges::for_each(naf.in_use, mark);
  std::ranges::for_each(naf.idle, mark);
  std::erase_if(naf.idle, [](const std::shared_ptr<PooledChannel>& channel) {
    if (channel->unfounded) {
      channel->channel->close();
    }
    return channel->unfounded;
  });
}

void ChannelPool::forget_key(std::string_view b_tid) {
  for (auto& [address, naf] : state_->nafs) {
    const auto forget = [&](const std::shared_ptr<PooledChannel>& channel) {
      if (channel->lane.ready(Method::digest, b_tid)) {
        channel->lane.forget();
      }
      const auto& psk = channel->channel->facts().psk;
      channel->unfounded = channel->unfounded || (psk && psk->b_tid == b_tid);
    };
    State::retire(naf, forget);
  }
}

void ChannelPool::State::sweep_one(Naf& naf) {
  const auto now = clock.steady();
  for (const auto& channel : naf.in_use) {
    if (channel->deadline <= now && !channel->overdue) {
      channel->overdue = true;
      channel->channel->close();
    }
  }
  while (auto waiter = naf.overdue(now)) {
    answer(std::move(waiter->answer), fail(ErrorCode::network_timeout, "wait for a channel"));
  }
  std::erase_if(naf.idle, [&](const std::shared_ptr<PooledChannel>& channel) {
    if (channel->deadline > now && channel->channel->still_idle()) {
      return false;
    }
    channel->channel->close();
    return true;
  });
}

void ChannelPool::State::refresh_trust() {
  if (!connector.refresh_trust()) {
    return;
  }
  ++generation;
  for (auto& [address, naf] : nafs) {
    // PSK proved the NAF without a CA.
    retire(naf, [](const std::shared_ptr<PooledChannel>& channel) {
      channel->unfounded = channel->unfounded || !channel->channel->facts().psk;
    });
  }
}

void ChannelPool::sweep() {
  state_->refresh_trust();
  for (auto& [address, naf] : state_->nafs) {
    state_->sweep_one(naf);
  }
}

bool ChannelPool::State::anything() const {
  return std::ranges::any_of(
      nafs, [](const auto& entry) { return entry.second.channels() + entry.second.waiting() > 0; });
}

void ChannelPool::State::schedule_sweep(const std::shared_ptr<ChannelPool>& pool) {
  if (sweeping || !anything()) {
    return;
  }
  sweeping = true;
  timer.expires_after(config.sweep_period);
  timer.async_wait([weak = std::weak_ptr(pool)](const boost::system::error_code&) {
    if (auto alive = weak.lock()) {
      alive->state_->sweeping = false;
      alive->sweep();
      alive->state_->schedule_sweep(alive);
    }
  });
}

UaCounters& ChannelPool::counters() {
  return state_->counters;
}

ChannelPool::Counts ChannelPool::counts() const {
  Counts counts;
  for (const auto& [address, naf] : state_->nafs) {
    counts.idle += naf.idle.size();
    counts.in_use += naf.in_use.size();
    counts.connecting += naf.connecting;
    counts.waiting += naf.waiting();
  }
  return counts;
}

}  // namespace ut::ua
