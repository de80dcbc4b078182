#include "store/audit.hpp"

#include <algorithm>
#include <utility>

#include "sql.hpp"

namespace bursar::store {
namespace {

Finding finding(std::string invariant, std::string sentence) {
  Finding made;
  made.invariant = std::move(invariant);
  made.sentence = std::move(sentence);
  return made;
}

PaymentStatus status_of(const std::optional<std::string>& event_type) {
  if (!event_type) return PaymentStatus::pending;
  return *event_type == "succeeded" ? PaymentStatus::success : PaymentStatus::failed;
}

}  // namespace

// The statement says how many there are, and shows as many as its last parameter asks for.
Task<> Audit::collect(Finding& finding, const pg::Statement& statement, pg::Params params) {
  params.add(static_cast<std::int32_t>(offenders_shown));
  const auto result = co_await connection_->run(statement, params, limits::audit_deadline);
  bool counted = false;
  for (const auto row : result) {
    if (!std::exchange(counted, true)) finding.count += row.get<std::int64_t>("found");
    if (finding.offenders.size() < offenders_shown) finding.offenders.push_back(row.get<std::string>("id"));
  }
}

Task<std::optional<Uuid>> Audit::page_end(Uuid after, int page) {
  pg::Params params;
  params.add(after).add(page);
  const auto result = co_await connection_->run(sql::audit_page, params, limits::audit_deadline);
  if (result.empty()) co_return std::nullopt;
  co_return result.only_row().get<Uuid>(0);
}

Task<std::vector<Finding>> Audit::check(std::chrono::seconds stuck_after, std::string time_zone, int page) {
  Finding outcomes = finding("I-11, I-13", "an outcome event belongs to one payment and its principal");
  Finding conservation = finding("I-14, I-17", "everything pending or to be told is in exactly one place");
  Finding deliveries = finding("I-16", "one recorded effect per event, channel, target and replay");
  Uuid after{};
  for (bool more = true; more;) {
    const auto end = co_await page_end(after, page);
    more = end.has_value();
    pg::Params range;
    // Behind the last payment there may still be what has none.
    range.add(after).add(end.value_or(last_uuid));
    co_await collect(outcomes, sql::audit_outcomes, range);
    co_await collect(conservation, sql::audit_conservation, range);
    co_await collect(deliveries, sql::audit_deliveries, range);
    after = end.value_or(last_uuid);
  }
  Finding stuck = finding("I-12", "nothing waits without a next step");
  pg::Params patience;
  patience.add(std::chrono::microseconds(stuck_after));
  co_await collect(stuck, sql::audit_stuck, patience);
  Finding bounds =
      finding("I-18, I-19", "retries end: over the limit is parked or a dead letter with its reason");
  co_await collect(bounds, sql::audit_bounds, pg::Params());
  Finding analytics = finding("I-21", "closed days equal a recomputation");
  co_await check_days(analytics, std::move(time_zone));
  Finding settings = finding("I-30", "the database keeps what it acknowledges");
  co_await collect(settings, sql::audit_settings, pg::Params());
  std::vector<Finding> findings;
  for (Finding* made : {&outcomes, &stuck, &conservation, &deliveries, &bounds, &analytics, &settings})
    findings.push_back(std::move(*made));
  co_return findings;
}

Task<> Audit::check_days(Finding& analytics, std::string time_zone) {
  pg::Params closed;
  closed.add(std::string_view(time_zone)).add(std::chrono::microseconds(limits::accepts_commit_within));
  const auto days = co_await connection_->run(sql::audit_days, closed, limits::audit_deadline);
  for (const auto row : days) {
    const std::chrono::sys_days day(std::chrono::days(row.get<std::int32_t>("days_since_1970")));
    const std::string date = to_rfc3339(Instant(day)).substr(0, 10);
    pg::Params params;
    params.add(std::string_view(date)).add(std::string_view(time_zone));
    co_await collect(analytics, sql::audit_analytics, std::move(params));
  }
}

Task<std::vector<AuditedPayment>> Audit::settled_payments(Uuid after, Instant before, std::size_t most,
                                                          int page) {
  std::vector<AuditedPayment> payments;
  while (payments.size() < most) {
    const auto wanted = std::min<std::size_t>(most - payments.size(), static_cast<std::size_t>(page));
    const auto end = co_await page_end(after, static_cast<int>(wanted));
    if (!end) break;
    pg::Params range;
    range.add(after).add(*end);
    const auto result = co_await connection_->run(sql::audit_payments, range, limits::audit_deadline);
    for (const auto row : result) {
      AuditedPayment payment;
      payment.id = PaymentId(row.get<Uuid>("payment_id"));
      if (instant_of(payment.id.value) >= before) co_return payments;
      payment.amount_minor = row.get<std::int64_t>("amount");
      payment.currency = row.get<std::string>("currency");
      payment.status = status_of(row.get_optional<std::string>("type"));
      payments.push_back(std::move(payment));
    }
    after = *end;
  }
  co_return payments;
}

}  // namespace bursar::store
