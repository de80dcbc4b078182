#include "store/audit.hpp"

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {
namespace {

constexpr std::size_t offenders_shown = 20;
constexpr Uuid last_uuid{
    .bytes = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};

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

Task<> Audit::collect(Finding& finding, const pg::Statement& statement, pg::Params params) {
  const auto result = co_await connection_->run(statement, params, limits::audit_deadline);
  finding.count += result.rows();
  for (const auto row : result) {
    if (finding.offenders.size() >= offenders_shown) break;
    finding.offenders.push_back(row.get<std::string>(0));
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
  pg::Params zone;
  zone.add(std::string_view(time_zone));
  co_await collect(analytics, sql::audit_analytics, zone);
  Finding settings = finding("I-30", "the database keeps what it acknowledges");
  co_await collect(settings, sql::audit_settings, pg::Params());
  std::vector<Finding> findings;
  for (Finding* made : {&outcomes, &stuck, &conservation, &deliveries, &bounds, &analytics, &settings})
    findings.push_back(std::move(*made));
  co_return findings;
}

Task<> Audit::for_each_payment(Instant before, std::function<void(const AuditedPayment&)> visit, int page) {
  Uuid after{};
  for (auto end = co_await page_end(after, page); end; end = co_await page_end(after, page)) {
    pg::Params range;
    range.add(after).add(*end);
    const auto result = co_await connection_->run(sql::audit_payments, range, limits::audit_deadline);
    for (const auto row : result) {
      AuditedPayment payment;
      payment.id = PaymentId(row.get<Uuid>(0));
      if (instant_of(payment.id.value) >= before) co_return;
      payment.amount_minor = row.get<std::int64_t>(1);
      payment.currency = row.get<std::string>(2);
      payment.status = status_of(row.get_optional<std::string>(3));
      payment.gateway_reference = row.get_optional<std::string>(4);
      visit(payment);
    }
    after = *end;
  }
}

}  // namespace bursar::store
