#include "api/router.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "http/query.hpp"

namespace bursar::api {

Task<http::Response> answered(http::Response response) { co_return response; }

namespace {

void check_route(const Route& route, auth::Listener listener) {
  const auto check = [&](bool good, std::string_view what) {
    if (!good) fail_check(fmt::format("route {} {} {}", route.method, route.path, what));
  };
  check(!route.operation.empty() && !route.summary.empty(), "has no name or no summary");
  check(!route.answers.empty(), "says nothing about its answers");
  check(static_cast<bool>(route.action), "has no action");
  check(route.policy != nullptr, "has no policy: say in src/auth/policy.cpp who may call it");
  const bool is_of_operations = route.policy->listener == auth::Listener::operations;
  check(listener == auth::Listener::operations || !is_of_operations, "is no route of the public listener");
  check(is_of_operations == route.path.starts_with("/ops/"),
        "must start with /ops/ exactly when its policy is of the operations listener");
}

// Every policy is carried out, by one route.
void check_policies(const std::vector<Route>& routes, auth::Listener listener) {
  for (const auth::Policy& policy : auth::policies()) {
    const bool belongs = policy.listener == auth::Listener::everywhere || listener == policy.listener;
    const auto found = std::ranges::count(routes, policy.operation, &Route::operation);
    if (found != (belongs ? 1 : 0))
      fail_check(fmt::format("the policy of {} has {} routes on this listener", policy.operation, found));
  }
}

// The variable's value when the path is of this form. Literal segments are compared after decoding, so that
// every spelling of a path is the same path (RFC 3986 §6.2.2.2).
std::optional<std::string> match(std::string_view form, std::string_view path) {
  std::string variable;
  while (!form.empty()) {
    if (path.empty() || path[0] != '/') return std::nullopt;
    form.remove_prefix(1);
    path.remove_prefix(1);
    const std::string_view wanted = form.substr(0, form.find('/'));
    const std::string_view segment = path.substr(0, path.find('/'));
    form.remove_prefix(wanted.size());
    path.remove_prefix(segment.size());
    if (wanted == segment) continue;
    auto decoded = http::decode_segment(segment);
    if (!decoded) return std::nullopt;
    const bool is_variable = wanted.starts_with('{') && !decoded->empty();
    if (is_variable)
      variable = std::move(*decoded);
    else if (*decoded != wanted)
      return std::nullopt;
  }
  return path.empty() ? std::optional(std::move(variable)) : std::nullopt;
}

std::optional<std::string> match(const Route& route, std::string_view path) {
  auto variable = match(route.path, path);
  if (!variable && !route.also.empty()) variable = match(route.also, path);
  return variable;
}

std::string join(const std::set<std::string_view>& methods) {
  std::string text;
  for (const auto method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
  }
  return text;
}

}  // namespace

Router::Router(std::vector<Route> routes, auth::Listener listener) : routes_(std::move(routes)) {
  for (Route& route : routes_) {
    route.policy = auth::find_policy(route.operation);
    check_route(route, listener);
  }
  check_policies(routes_, listener);
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  std::set<std::string_view> allowed;
  for (const Route& route : routes_) {
    auto variable = match(route, path);
    if (!variable) continue;
    const bool as_head = method == "HEAD" && route.method == "GET";
    if (route.method == method || as_head) return {&route, std::move(*variable), {}};
    allowed.insert({route.method, "OPTIONS"});
    if (route.method == "GET") allowed.insert("HEAD");
  }
  return {nullptr, {}, join(allowed)};
}

}  // namespace bursar::api
