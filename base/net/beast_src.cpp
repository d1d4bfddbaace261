// BOOST_BEAST_SEPARATE_COMPILATION: this is the one file that holds Beast's function bodies.
#include <boost/beast/src.hpp>
