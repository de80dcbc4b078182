#include "api/health.hpp"

namespace bursar::api {

Task<http::Response> show_live(const Call&) {
  const HealthBody body{"live"};
  co_return answer(body);
}

Task<http::Response> show_ready(const Call& call, const Readiness& not_ready) {
  const auto reason = not_ready ? not_ready() : std::nullopt;
  if (reason) co_return refuse(call.request, problems::not_ready, *reason);
  const HealthBody body{"ready"};
  co_return answer(body);
}

}  // namespace bursar::api
