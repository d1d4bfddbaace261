// The Authentication Proxy's side of the connections to its application servers: plain HTTP, one
// connection for each request.
#pragma once

#include "tools/ut-lab/http.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <set>

namespace ut::lab {

class ProxyClient {
 public:
  // The server's answer, of which a body that HEAD leaves out is filler of its size; 502 when
  // there is none. This must outlive it.
  boost::asio::awaitable<Response> ask(boost::asio::ip::tcp::endpoint server, Request request);

  // Whether a connection that a server accepted is of this proxy: on loopback an address says
  // nothing, but a port is one socket's alone.
  bool owns(const boost::asio::ip::tcp::endpoint& peer) const {
    return ports_.contains(peer.port());
  }

 private:
  std::set<std::uint16_t> ports_;  // of connections that are open
};

}  // namespace ut::lab
