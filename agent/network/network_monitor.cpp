#include "agent/network/network_monitor.h"

#include "agent/network/network_state.h"
#include "base/log.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace ut::network {
namespace asio = boost::asio;

namespace {

// As many as are read before others on the loop get their turn.
constexpr int kDatagramsAtOnce = 64;
// Of the kernel's messages; see netlink(7).
constexpr std::size_t kLongestDatagram = 32'768;

constexpr std::array<std::uint16_t, 3> kDumps = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE};

std::unexpected<Error> failed(std::string_view where) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno});
}

bool came_from_the_kernel(const sockaddr_nl& from, socklen_t size) {
  return size != sizeof from || from.nl_family != AF_NETLINK || from.nl_pid == 0;
}

}  // namespace

class NetworkMonitor::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::any_io_executor executor, FileDescriptor socket, MonitorSettings settings,
        std::function<void()> changed)
      : fd_(std::move(socket)),
        socket_(executor, fd_.get()),
        report_(executor),
        settings_(settings),
        changed_(std::move(changed)) {}
  ~State() { (void)socket_.release(); }

  void start() {
    ask_for_all();
    listen();
  }

 private:
  void listen() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                         const auto self = weak.lock();
                         if (self && !error && self->read()) {
                           self->listen();
                         }
                       });
  }

  // False when there will be nothing more.
  bool read() {
    for (int i = 0; i < kDatagramsAtOnce; ++i) {
      sockaddr_nl from{};
      socklen_t size = sizeof from;
      const auto count = ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &size);
      if (count > 0 && came_from_the_kernel(from, size)) {
        take(ByteView(buffer_).first(static_cast<std::size_t>(count)));
      } else if (count < 0 && errno == ENOBUFS) {
        // Messages were lost: what is known may be wrong, and something did change.
        state_.clear();
        ask_for_all();
        note();
      } else if (count == 0 || (count < 0 && errno != EINTR)) {
        const bool goes_on = count < 0 && errno == EAGAIN;
        if (!goes_on) {
          log::warning("network.unwatched", {{"reason", count == 0 ? "closed" : "read failed"}});
        }
        return goes_on;
      }
    }
    return true;
  }

  void take(ByteView datagram) {
    const auto told = state_.take(datagram);
    const bool learning = next_dump_ <= kDumps.size();
    if (told.dump_done && learning) {
      ask_for_next();
    }
    // What was there from the beginning is no change.
    if (told.changed && !learning) {
      note();
    }
  }

  // The kernel answers one such request at a time.
  void ask_for_all() {
    next_dump_ = 0;
    ask_for_next();
  }
  void ask_for_next() {
    // One that cannot be asked for is not waited for.
    while (next_dump_++ < kDumps.size() && !ask_for(kDumps[next_dump_ - 1])) {
    }
  }
  bool ask_for(std::uint16_t kind) {
    struct {
      nlmsghdr header;
      rtgenmsg body;
    } request{};
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
    request.header.nlmsg_type = kind;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    return ::send(fd_.get(), &request, request.header.nlmsg_len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  }

  void note() {
    if (reporting_) {
      return;
    }
    reporting_ = true;
    report_.expires_at(std::max(asio::steady_timer::clock_type::now() + settings_.settle,
                                last_report_ + settings_.least_interval));
    report_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) {
        self->reporting_ = false;
        self->last_report_ = asio::steady_timer::clock_type::now();
        log::info("network.changed");
        self->changed_();
      }
    });
  }

  FileDescriptor fd_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer report_;
  MonitorSettings settings_;
  std::function<void()> changed_;
  NetworkState state_;
  std::size_t next_dump_ = 0;
  bool reporting_ = false;
  asio::steady_timer::time_point last_report_{};
  std::array<std::uint8_t, kLongestDatagram> buffer_;
};

Result<std::unique_ptr<NetworkMonitor>> NetworkMonitor::open(asio::any_io_executor executor,
                                                             MonitorSettings settings,
                                                             std::function<void()> changed) {
  FileDescriptor socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) {
    return failed("open a netlink socket");
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("bind a netlink socket");
  }
  return std::make_unique<NetworkMonitor>(std::move(executor), std::move(socket), settings,
                                          std::move(changed));
}

NetworkMonitor::NetworkMonitor(asio::any_io_executor executor, FileDescriptor socket,
                               MonitorSettings settings, std::function<void()> changed)
    : state_(std::make_shared<State>(std::move(executor), std::move(socket), settings,
                                     std::move(changed))) {
  state_->start();
}

NetworkMonitor::~NetworkMonitor() = default;

}  // namespace ut::network
