#include "api/access_page.hpp"

#include <algorithm>

#include "api/operations_routes.hpp"

namespace bursar::api {
namespace {

constexpr std::string_view beginning =
    R"(# Who may do what

Made by `bursar access` out of the table that the server decides by (`src/auth/policy.cpp`); a test holds the
two together. What is not in the table is denied.

- **Customers** act for themselves, **services** for the users they name. **Staff** are `support` (reads),
  `analyst` (reads payments and figures, no contacts), `operator` (also changes) and `admin` (also principals,
  keys and the audit log). Staff make no payments. A caller with several roles may what any of them may.
- **own** reaches as far as the last column says, **any** reaches everything, **no** is 403 and names the
  roles that may.
- **On record**: what staff do there goes to the audit log (`GET /ops/audit`), a change in its own
  transaction, a read before its answer leaves. So does everything that staff are refused with 403.
  `bursar dlq`, which speaks to the database itself, is there as the principal
  00000000-0000-0000-0000-000000000000. Nothing is ever pruned; only the login that migrates could.
- What is not yours and what is not there give the same 404, byte for byte but for the request's id.
- A path that nobody knows is 404 before anybody asks for a token. The paths of operations are unknown on the
  public listener.
)";

std::string_view to_text(auth::Reach reach) {
  constexpr std::string_view names[] = {"no", "own", "any"};
  return names[static_cast<std::size_t>(reach)];
}

std::string row_of(const Route& route, const auth::Policy& policy) {
  std::string row = fmt::format("| `{} {}` | `{}` |", route.method, route.path, route.operation);
  for (const auth::RoleName role : auth::all_roles)
    row += fmt::format(" {} |", policy.open ? "open" : to_text(policy.grants.to(role)));
  constexpr std::string_view record[] = {"", "read", "change"};
  return row + fmt::format(" {} | {} |\n", record[static_cast<std::size_t>(policy.record)], policy.own);
}

std::string table_of(const std::vector<Route>& routes) {
  std::string head = "| Route | Operation |";
  std::string rule = "|---|---|";
  for (const auth::RoleName role : auth::all_roles) {
    head += fmt::format(" {} |", auth::to_text(role));
    rule += "---|";
  }
  std::string table = head + " On record | Own is |\n" + rule + "---|---|\n";
  for (const auth::Policy& policy : auth::policies()) {
    const auto route = std::ranges::find(routes, policy.operation, &Route::operation);
    if (route != routes.end()) table += row_of(*route, policy);
  }
  return table;
}

}  // namespace

std::string access_page() {
  return fmt::format(
      "{}\n## Both listeners\n\n{}\n## The operations listener only\n\n{}\n"
      "It answers to addresses, to `localhost` and to the names in `BURSAR_OPS_HOSTS`; other `Host` fields "
      "get "
      "421. "
      "`/metrics` is open to whoever reaches it.\n",
      beginning, table_of(make_routes(nullptr, nullptr)), table_of(make_operations_routes(nullptr)));
}

}  // namespace bursar::api
