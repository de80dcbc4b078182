#include "api/api.hpp"

#include <algorithm>

#include "api/openapi.hpp"
#include "api/operations_routes.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace bursar::api {

namespace {

std::vector<Route> routes_of(auth::Listener listener, const Services* services, const std::string* document) {
  auto routes = make_routes(services, document);
  if (listener == auth::Listener::operations)
    std::ranges::move(make_operations_routes(services), std::back_inserter(routes));
  return routes;
}

}  // namespace

Api::Api(Services services, auth::Listener listener)
    : services_(std::move(services)), router_(routes_of(listener, &services_, &document_), listener) {
  document_ = openapi(router_.routes());
}

http::Handler Api::handler() {
  return [this](const http::Request& request) { return answer(request); };
}

namespace {

http::Response refuse_token(const http::Request& request, std::string_view why) {
  return refuse(request, problems::unauthenticated, why);
}

// The one Authorization field, or the refusal.
std::expected<std::string_view, http::Response> credentials_of(const http::Request& request) {
  const auto field = request.header("Authorization");
  if (!field)
    return std::unexpected(refuse_token(request, "Send an access token: Authorization: Bearer <token>."));
  if (request.count("Authorization") > 1)
    return std::unexpected(refuse_token(request, "There is more than one Authorization field; send one."));
  return *field;
}

// A change that was made is on record with the change.
bool is_for_the_record(const Call& call, int status) {
  constexpr int forbidden = 403;
  if (!call.caller || !call.caller->is_staff() || status >= 500) return false;
  if (status == forbidden || call.policy->record == auth::Record::read) return true;
  return call.policy->record == auth::Record::change && status >= 400;
}

}  // namespace

http::Response Api::without_route(const http::Request& request, const Router::Match& match) const {
  http::Response response;
  if (match.allow.empty())
    return refuse(request, problems::no_such_route, "There is no such path; /openapi.json lists every one.");
  if (request.method == "OPTIONS")
    response.status = 204;
  else
    response =
        refuse(request, problems::method_not_allowed,
               fmt::format("{} is none of the methods of this path: {}.", request.method, match.allow));
  return response.with("Allow", match.allow);
}

// What libpq and the server say names hosts, users and roles, and anonymous callers come as far as the
// database: for the log alone.
Task<http::Response> Api::answer(const http::Request& request) {
  try {
    co_return co_await authorise_and_answer(request);
  } catch (const pg::ConnectionLost& lost) {
    log::warning("request_without_database", {{"request_id", request.request_id}, {"reason", lost.what()}});
    throw Unavailable("The database did not answer; try again.");
  }
}

// What nobody can decide right now counts for its address like what is wrong; else it would be free.
Task<std::expected<auth::Caller, http::Response>> Api::verify(const http::Request& request,
                                                              std::string_view credentials,
                                                              Admission& admission) {
  if (auto refusal = admission.admit_token()) co_return std::unexpected(std::move(*refusal));
  try {
    auto verified = co_await services_.authenticator.verify(credentials);
    if (verified) co_return std::move(*verified);
    co_return std::unexpected(admission.answer_stranger(refuse_token(request, verified.error().reason)));
  } catch (const Unavailable&) {
    if (auto refusal = admission.admit_stranger()) co_return std::unexpected(std::move(*refusal));
    throw;
  }
}

Task<http::Response> Api::authorise_and_answer(const http::Request& request) {
  auto match = router_.find(request.method, request.path);
  Admission admission(services_.limiter, request);
  if (match.route == nullptr) co_return admission.answer_stranger(without_route(request, match));
  const auth::Policy& policy = *match.route->policy;
  Call call{.request = request,
            .id = std::move(match.id),
            .policy = &policy,
            .kept_of = match.route->kept_of,
            .admission = &admission};
  std::optional<http::Response> refusal;
  if (policy.open) {
    refusal = admission.admit_stranger(policy.traffic);
  } else {
    const auto credentials = credentials_of(request);
    if (!credentials) co_return admission.answer_stranger(credentials.error());
    if (const auth::Caller* known = services_.authenticator.find(*credentials)) {
      call.caller = *known;
    } else {
      auto verified = co_await verify(request, *credentials, admission);
      if (!verified) co_return std::move(verified.error());
      call.caller = std::move(*verified);
    }
    refusal = admission.admit_caller(policy.traffic, *call.caller);
    call.reach = auth::reach_of(policy, *call.caller);
  }
  if (refusal) co_return std::move(*refusal);
  auto response = co_await carry_out(*match.route, call);
  // Nobody sees what is not on record. When nothing is known of the outcome (5xx), nothing was shown.
  if (is_for_the_record(call, response.status)) {
    auto action = call.staff_action(response.status);
    co_await services_.staff_log.record(std::move(action));
  }
  co_return admission.finish(std::move(response));
}

Task<http::Response> Api::carry_out(const Route& route, const Call& call) {
  if (!route.policy->open && call.reach == auth::Reach::none) {
    const std::string roles = auth::name_roles(*route.policy);
    return answered(refuse(call.request, problems::forbidden, fmt::format("This needs the role {}.", roles)));
  }
  return route.action(call);
}

std::string openapi_document(auth::Listener listener) {
  const Router router(routes_of(listener, nullptr, nullptr), listener);
  return openapi(router.routes());
}

}  // namespace bursar::api
