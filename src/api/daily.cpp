#include "api/daily.hpp"

#include <algorithm>
#include <cmath>

#include "base/limits.hpp"

namespace bursar::api {
namespace {

DailyFiguresBody figures_body(const store::DailyFigures& figures) {
  DailyFiguresBody body;
  body.day = figures.day;
  body.currency = figures.currency;
  body.accepted = figures.accepted;
  body.succeeded = figures.succeeded;
  body.failed = figures.failed;
  body.still_pending = figures.still_pending;
  body.amount_accepted = figures.amount_accepted;
  body.amount_succeeded = figures.amount_succeeded;
  body.amount_failed = figures.amount_failed;
  body.failure_rate = figures.failure_rate;
  body.mean_ms = figures.mean_milliseconds;
  // JSON has no infinity.
  if (figures.p95_milliseconds && std::isfinite(*figures.p95_milliseconds))
    body.p95_ms = figures.p95_milliseconds;
  body.restated_at = figures.restated_at;
  return body;
}

}  // namespace

Task<http::Response> show_daily(const Call& call, DailyQuery query, pg::Pool& analytics, const Clock& clock) {
  using std::chrono::days;
  constexpr days shown_by_default(30);
  constexpr Day first(std::chrono::year(1) / 1 / 1);  // that can be written
  DailyPageBody body;
  body.to = query.to.value_or(std::chrono::floor<days>(clock.now()));
  body.from = query.from.value_or(std::max(first, body.to - shown_by_default + days(1)));
  Faults faults;
  if (body.from > body.to) faults.add(Part::query, "from", faults::too_large, "must not be after `to`");
  if (body.to - body.from >= days(limits::analytics_days))
    faults.add(
        Part::query, "from", faults::too_small,
        fmt::format("must be less than {} days before `to`; ask year by year", limits::analytics_days));
  if (!faults.empty()) co_return refuse(call.request, faults);
  const auto connection = co_await analytics.lease(limits::statement_deadline);
  store::Daily daily(*connection);
  const auto figures = co_await daily.show(body.from, body.to);
  body.figures.reserve(figures.size());
  for (const auto& entry : figures) body.figures.push_back(figures_body(entry));
  co_return answer(body);
}

}  // namespace bursar::api
