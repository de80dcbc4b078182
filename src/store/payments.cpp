#include "store/payments.hpp"

#include "base/limits.hpp"
#include "sql.hpp"
#include "store/payment_rows.hpp"

namespace bursar::store {
namespace {

std::optional<Uuid> id_of(Viewer viewer) {
  if (!viewer) return std::nullopt;
  return viewer->value;
}

// The most selective index first: a user's or a reference's entries are few, failed and pending ones are few
// among all.
const pg::Statement& statement_for(const PaymentFilter& filter) {
  if (filter.user_id) return sql::list_payments_of_user;
  if (filter.reference) return sql::list_payments_by_reference;
  if (filter.status == PaymentStatus::failed) return sql::list_failed_payments;
  if (filter.status == PaymentStatus::pending) return sql::list_pending_payments;
  return sql::list_payments;
}

// Shared by all listings: sql/shared/page_of_entries.sql.
pg::Params list_params(const PaymentFilter& filter, Viewer viewer, std::optional<PaymentId> below,
                       std::size_t limit) {
  const auto below_id = below ? std::optional(below->value) : std::nullopt;
  const auto user = filter.user_id ? std::optional(filter.user_id->value) : std::nullopt;
  const auto status = filter.status ? std::optional(to_text(*filter.status)) : std::nullopt;
  const auto currency = filter.currency ? std::optional(filter.currency->code()) : std::nullopt;
  const auto reference = filter.reference ? std::optional(std::string_view(*filter.reference)) : std::nullopt;
  pg::Params params;
  params.add(id_of(viewer)).add(below_id).add(filter.created_after);
  params.add(static_cast<std::int32_t>(limit)).add(static_cast<std::int32_t>(limits::page_entries_looked_at));
  params.add(status).add(currency).add(user).add(reference);
  return params;
}

}  // namespace

Task<std::optional<Payment>> Payments::find(PaymentId id, Viewer viewer) {
  pg::Params params;
  params.add(id.value).add(id_of(viewer));
  const auto result = co_await pool_->run(sql::payment_by_id, params);
  if (result.empty()) co_return std::nullopt;
  co_return read_payment(result.only_row());
}

Task<PaymentPage> Payments::list(PaymentFilter filter, Viewer viewer, std::optional<PaymentId> below,
                                 std::size_t limit) {
  const auto params = list_params(filter, viewer, below, limit);
  const auto result = co_await pool_->run(statement_for(filter), params);
  PaymentPage page;
  for (const auto row : result) {
    if (const auto next = row.get_optional<Uuid>("next")) page.next = PaymentId(*next);
    if (!row.is_null(row.column("payment_id"))) page.payments.push_back(read_payment(row));
  }
  co_return page;
}

Task<bool> Payments::is_stored(KeyDigest digest) {
  const std::array one = {digest};
  pg::Params params;
  params.array<Uuid>(one, [](KeyDigest each) { return each.value; });
  const auto result = co_await pool_->run(sql::losers, params);
  co_return !result.empty();
}

Task<std::vector<TimelineEntry>> Payments::timeline(PaymentId id, Viewer viewer) {
  pg::Params params;
  params.add(id.value).add(id_of(viewer)).add(static_cast<std::int32_t>(limits::timeline_entries));
  const auto result = co_await pool_->run(sql::timeline, params);
  std::vector<TimelineEntry> entries;
  entries.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    TimelineEntry entry;
    entry.at = row.get<Instant>("at");
    entry.what = row.get<std::string>("what");
    entry.sequence = row.get_optional<std::int16_t>("sequence");
    entry.queue = row.get_optional<std::string>("queue");
    entry.target = row.get_optional<std::int32_t>("target");
    entry.detail = row.get_optional<std::string>("detail");
    entry.trace_id = row.get_optional<Uuid>("trace_id");
    entries.push_back(std::move(entry));
  }
  co_return entries;
}

}  // namespace bursar::store
