#include "api/api.hpp"

#include <algorithm>

#include "api/openapi.hpp"

namespace bursar::api {

Api::Api(Services services) : services_(std::move(services)), router_(make_routes(&services_, &document_)) {
  document_ = openapi(router_.routes());
}

http::Handler Api::handler() {
  return [this](const http::Request& request) { return answer(request); };
}

namespace {

using auth::RoleName;

bool is_allowed(Policy policy, const auth::Caller& caller) {
  switch (policy) {
    case Policy::undecided:
      return false;
    case Policy::open:
      return true;
    case Policy::caller:
      return true;
    case Policy::payer:
      return caller.has(RoleName::customer) || caller.has(RoleName::service);
    case Policy::analyst:
      return caller.is_staff();
  }
  return false;
}

std::string_view roles_of(Policy policy) {
  return policy == Policy::payer ? "customer or service" : "support, analyst, operator or admin";
}

http::Response refuse_token(const http::Request& request, std::string_view why) {
  return refuse(request, problems::unauthenticated, why);
}

// Fills in who calls; the refusal when it may not.
std::optional<http::Response> refuse_caller(Call& call, Policy policy, auth::Verifier& verifier) {
  if (policy == Policy::open) return std::nullopt;
  const auto field = call.request.header("Authorization");
  if (!field) return refuse_token(call.request, "Send an access token: Authorization: Bearer <token>.");
  if (call.request.count("Authorization") > 1)
    return refuse_token(call.request, "There is more than one Authorization field; send one.");
  auto verified = verifier.verify(*field);
  if (!verified) return refuse_token(call.request, verified.error().reason);
  call.caller = std::move(*verified);
  if (is_allowed(policy, *call.caller)) return std::nullopt;
  return refuse(call.request, problems::forbidden,
                fmt::format("This needs one of the roles {}.", roles_of(policy)));
}

}  // namespace

http::Response Api::without_route(const http::Request& request, const Router::Match& match) const {
  http::Response response;
  const bool whole_server = request.path == "*";
  if (match.allow.empty() && !whole_server)
    return refuse(request, problems::no_such_route, "There is no such path; /openapi.json lists every one.");
  const std::string allow = whole_server ? "GET, HEAD, OPTIONS, POST, PUT" : match.allow;
  if (request.method == "OPTIONS")
    response.status = 204;
  else
    response = refuse(request, problems::method_not_allowed,
                      fmt::format("{} is none of the methods of this path: {}.", request.method, allow));
  return response.with("Allow", allow);
}

Task<http::Response> Api::answer(const http::Request& request) {
  auto match = router_.find(request.method, request.path);
  if (match.route == nullptr) co_return without_route(request, match);
  Call call{request, std::move(match.id), std::nullopt};
  if (auto refusal = refuse_caller(call, match.route->policy, services_.verifier))
    co_return std::move(*refusal);
  co_return co_await match.route->action(call);
}

std::string openapi_document() {
  const Router router(make_routes(nullptr, nullptr));
  return openapi(router.routes());
}

}  // namespace bursar::api
