// BOOST_ASIO_SEPARATE_COMPILATION: this is the one file that holds Asio's function bodies.
#include <boost/asio/impl/src.hpp>
