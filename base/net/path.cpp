#include "base/net/path.h"

#include "base/file_descriptor.h"

#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace ut::net {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;

udp::endpoint with_port(const tcp::endpoint& endpoint, std::uint16_t port) {
  return {endpoint.address(), port};
}

// A datagram socket of this family: connecting it asks for the route and sends nothing.
FileDescriptor datagram_socket(const tcp::endpoint& endpoint) {
  return FileDescriptor(
      ::socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool is_ours(const tcp::endpoint& local) {
  const auto socket = datagram_socket(local);
  const auto address = with_port(local, 0);
  return !socket ||
         ::bind(socket.get(), address.data(), static_cast<socklen_t>(address.size())) == 0 ||
         errno != EADDRNOTAVAIL;
}

}  // namespace

Path path_of(const tcp::endpoint& local, const tcp::endpoint& remote) {
  if (!is_ours(local)) {
    return Path::gone;
  }
  const auto socket = datagram_socket(remote);
  if (!socket) {
    return Path::same;
  }
  const auto to = with_port(remote, remote.port());
  if (::connect(socket.get(), to.data(), static_cast<socklen_t>(to.size())) != 0) {
    return Path::other;
  }
  udp::endpoint from;
  auto size = static_cast<socklen_t>(from.capacity());
  if (::getsockname(socket.get(), from.data(), &size) != 0) {
    return Path::same;
  }
  from.resize(size);
  return from.address() == local.address() ? Path::same : Path::other;
}

}  // namespace ut::net
