// The channels to each NAF: kept alive between requests, bounded in number and shared fairly by the
// applications, with a queue of requests that wait for one. A handshake costs as much as some 40
// requests, so channels are used again before new ones are made.
#pragma once

#include "agent/ua/channel.h"
#include "agent/ua/config.h"
#include "agent/ua/nonce_lane.h"
#include "agent/ua/response_reader.h"
#include "agent/ua/ua_counters.h"
#include "base/clock.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace ut::ua {

class ChannelPool;

// A channel with what belongs to it for its life.
struct PooledChannel {
  PooledChannel(NafAddress to, std::unique_ptr<Channel> connected, ResponseLimits limits)
      : naf(std::move(to)), channel(std::move(connected)), reader(*channel, limits) {}

  NafAddress naf;
  std::unique_ptr<Channel> channel;
  ResponseReader reader;
  NonceLane lane{};
  std::string out{};                        // the request being sent
  std::string application{};                // whose request it is
  unsigned exchanges = 0;                   // answers read so far
  SteadyTime deadline = SteadyTime::max();  // of what the channel does now
  bool overdue = false;                     // closed by the sweep because of the deadline
  bool cut_off = false;                     // closed as its network is not there any more
  // The key of its PSK, or the CAs that vouched for the NAF, have gone: closed when the request on
  // it is over.
  bool unfounded = false;
};

// The right to use a channel. Without give_back() the channel is closed with the lease.
class Lease {
 public:
  Lease() = default;
  Lease(std::weak_ptr<ChannelPool> pool, std::shared_ptr<PooledChannel> channel)
      : pool_(std::move(pool)), channel_(std::move(channel)) {}
  ~Lease() { drop(); }
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  explicit operator bool() const { return channel_ != nullptr; }
  PooledChannel* operator->() const { return channel_.get(); }
  PooledChannel& operator*() const { return *channel_; }

  void drop();
  // For the next request; only when reader.may_continue().
  void give_back();

 private:
  std::weak_ptr<ChannelPool> pool_;
  std::shared_ptr<PooledChannel> channel_;
};

enum class ChannelWanted : std::uint8_t { any, fresh };

class ChannelPool : public std::enable_shared_from_this<ChannelPool> {
 public:
  // `connector`, `config` and `clock` must outlive the pool. It owns the coroutines that wait in
  // acquire(): where they own the pool in turn, only close_all() parts them.
  static std::shared_ptr<ChannelPool> create(boost::asio::any_io_executor executor,
                                             Connector& connector, const UaConfig& config,
                                             const Clock& clock);
  ~ChannelPool();

  // A channel that is alive as far as can be seen; waits when the limit of this NAF is reached, or
  // `application` has its share of what there may be (FairShare). Who has the fewest is served
  // first. `fresh`: a new one, after a used one turned out dead. `cause` is told in the log of a
  // channel that is made for it. limit_queue, network_timeout, and the errors of the connector.
  ports::Task<Result<Lease>> acquire(NafAddress naf, std::string application, ChannelWanted wanted,
                                     ports::Cause cause = {});

  // What acquire() for any channel would give at once: one that is kept, and alive as far as can be
  // seen. Without a channel when there is none, or `application` has its share.
  Lease take_kept(const NafAddress& naf, const std::string& application);

  // Closes every channel, those in use too, and fails whoever waits with `reason` [KEY-3].
  void close_all(const Error& reason);
  // This machine is in another network: closes idle channels that begin where no new one would, and
  // those in use by which no answer can come.
  void network_changed();
  // Wipes what the lanes hold of this B-TID; their TLS channels stay. Channels of PSK TLS with its
  // key are closed, those in use after the answer [KEY-3].
  void forget_key(std::string_view b_tid);
  // Closes what is overdue, dead, idle for too long or made under CAs that are others now, and
  // refuses whoever has waited for too long. Called by itself every sweep_period while there are
  // channels or somebody waits.
  void sweep();

  struct Counts {
    std::size_t idle = 0;
    std::size_t in_use = 0;
    std::size_t connecting = 0;
    std::size_t waiting = 0;
  };
  Counts counts() const;
  UaCounters& counters();

 private:
  friend class Lease;
  struct State;

  ChannelPool(boost::asio::any_io_executor executor, Connector& connector, const UaConfig& config,
              const Clock& clock);
  void released(std::shared_ptr<PooledChannel> channel, bool usable);

  std::unique_ptr<State> state_;
};

}  // namespace ut::ua
