// The routes about who may call: tokens for everybody, and for administrators principals and keys.
#pragma once
#include <vector>

#include "api/routes.hpp"

namespace bursar::api {

Route create_token_route(const Services* services);
Route key_set_route(const Services* services);

// Of the operations listener.
std::vector<Route> make_principal_routes(const Services* services);
std::vector<Route> make_key_routes(const Services* services);

}  // namespace bursar::api
