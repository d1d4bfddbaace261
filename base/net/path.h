// Whether a connection that was made a while ago can still work.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>

namespace ut::net {

enum class Path : std::uint8_t {
  same,   // a new connection would start from the same address; or nobody can tell
  other,  // a new one would start from another address, or find no way at all
  gone,   // the address that this one starts from is this machine's no longer: nothing comes back
};

// What the routes and addresses of this moment make of a connection from `local` to `remote`.
// Nothing is sent.
Path path_of(const boost::asio::ip::tcp::endpoint& local,
             const boost::asio::ip::tcp::endpoint& remote);

}  // namespace ut::net
