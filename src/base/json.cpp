#include "base/json.hpp"

// Boost.JSON itself is linked as a library; only this unit includes its parser.
namespace bursar::json {}
