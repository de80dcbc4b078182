#include "api/operations_routes.hpp"

namespace bursar::api {

std::vector<Route> make_operations_routes(const Services*) { return {}; }

}  // namespace bursar::api
