#include "base/net/path.h"

#include "tests/support/catch.h"

#include <boost/asio/io_context.hpp>

using namespace ut;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using net::Path;
using net::path_of;

namespace {

const tcp::endpoint kServer(make_address("127.0.0.1"), 443);

}  // namespace

TEST_CASE("a connection from the address that a new one would have can work", "[UT-1]") {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(make_address("127.0.0.1"), 0));
  tcp::socket socket(io);
  socket.connect(acceptor.local_endpoint());
  CHECK(path_of(socket.local_endpoint(), socket.remote_endpoint()) == Path::same);
}

TEST_CASE("one from another address of this machine begins elsewhere", "[UT-1]") {
  CHECK(path_of({make_address("127.0.0.2"), 40000}, kServer) == Path::other);
}

TEST_CASE("one to where no route leads begins elsewhere", "[UT-1]") {
  // Class E is routed nowhere.
  CHECK(path_of({make_address("127.0.0.1"), 40000}, {make_address("255.255.255.255"), 443}) ==
        Path::other);
}

TEST_CASE("one from an address that is not this machine's is cut off", "[UT-1]") {
  // TEST-NET-1 and the documentation prefix (RFC 5737, RFC 3849).
  CHECK(path_of({make_address("192.0.2.77"), 40000}, kServer) == Path::gone);
  CHECK(path_of({make_address("2001:db8::77"), 40000}, {make_address("2001:db8::1"), 443}) ==
        Path::gone);
}
