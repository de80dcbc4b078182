// The routes that exist on the operations listener only, all under /ops/. For staff: their policies say so.
#pragma once
#include <vector>

#include "api/routes.hpp"

namespace bursar::api {

/// As make_routes().
std::vector<Route> make_operations_routes(const Services* services);

}  // namespace bursar::api
