// BOOST_ASIO_SEPARATE_COMPILATION: this is the one file that holds asio::ssl's function bodies.
#include <boost/asio/ssl/impl/src.hpp>
