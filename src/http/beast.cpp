// The one unit that compiles Beast's own code (BOOST_BEAST_SEPARATE_COMPILATION), slow and for ever unchanged.
#include <boost/beast/src.hpp>
