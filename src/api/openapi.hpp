// The specification (OpenAPI 3.1) out of the route table.
#pragma once
#include <string>
#include <vector>

#include "api/route.hpp"

namespace bursar::api {

/// As JSON text. Runs once, at the start.
std::string openapi(const std::vector<Route>& routes);

}  // namespace bursar::api
