#include "api/router.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "http/query.hpp"

namespace bursar::api {

Task<http::Response> answered(http::Response response) { co_return response; }

namespace {

void check_route(const Route& route) {
  const auto check = [&](bool good, std::string_view what) {
    if (!good) fail_check(fmt::format("route {} {} {}", route.method, route.path, what));
  };
  check(route.policy != Policy::undecided, "has no policy: say who may call it");
  check(!route.operation.empty() && !route.summary.empty(), "has no name or no summary");
  check(!route.answers.empty(), "says nothing about its answers");
  check(static_cast<bool>(route.action), "has no action");
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

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::ranges::for_each(routes_, check_route);
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
