#include "api/operations_routes.hpp"

#include <algorithm>

#include "api/access_routes.hpp"
#include "api/route_examples.hpp"
#include "api/staff_actions.hpp"

namespace bursar::api {
namespace {

Route staff_actions_route(const Services* services) {
  Route route{.method = "GET", .path = "/ops/audit", .operation = "listStaffActions"};
  route.tag = "Operations";
  route.summary = "What staff did, read and were refused, newest first";
  route.description =
      "The audit log. Filters that an index serves: one of `principal_id`, `target`, `operation` and `only`, "
      "each "
      "with `from` and `before`. Looking here is on record too.";
  describe_query<ListStaffActions>(route);
  route.answers = {{.status = 200,
                    .meaning = "One page.",
                    .schema = &body_schema<StaffActionPageBody>,
                    .examples = {{"page", examples::staff_actions}}}};
  route.action = with_query<ListStaffActions>([services](const Call& call, ListStaffActions query) {
    return list_staff_actions(call, std::move(query), store::StaffLog(services->operations->pool));
  });
  return route;
}

}  // namespace

std::vector<Route> make_operations_routes(const Services* services) {
  std::vector<Route> routes{staff_actions_route(services)};
  std::ranges::move(make_principal_routes(services), std::back_inserter(routes));
  std::ranges::move(make_key_routes(services), std::back_inserter(routes));
  return routes;
}

}  // namespace bursar::api
