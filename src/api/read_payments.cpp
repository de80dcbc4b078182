#include "api/read_payments.hpp"

#include "api/cursor.hpp"

namespace bursar::api {

Task<http::Response> show_payment(const Call& call, store::Payments& payments) {
  const auto id = parse_uuid(call.id);
  if (!id) co_return refuse_not_found(call.request);
  const auto payment = co_await payments.find(PaymentId(*id), call.viewer());
  if (!payment) co_return refuse_not_found(call.request);
  co_return answer(payment_body(*payment));
}

namespace {

// A user's and a reference's payments have an index each, and so have PENDING and FAILED ones. With a user or
// a reference everything else is a filter on few entries; without one, one filter on the newest payments is
// what a page can look through.
void check_filters(const ListPayments& query, Faults& faults) {
  constexpr std::string_view possible =
      "possible are: user_id or reference, each with any of status and currency; or status; or currency; all "
      "with "
      "created_after";
  if (query.user_id && query.reference)
    faults.add(Part::query, "reference", faults::unsupported_filter,
               fmt::format("cannot be combined with user_id; {}", possible));
  if (query.status && query.currency && !query.user_id && !query.reference)
    faults.add(Part::query, "currency", faults::unsupported_filter,
               fmt::format("cannot be combined with status alone; {}", possible));
}

// A customer's own payments are those of one user: its index serves them.
store::PaymentFilter filter_of(const Call& call, ListPayments& query) {
  store::PaymentFilter filter;
  filter.status = query.status;
  filter.user_id = query.user_id;
  filter.reference = std::move(query.reference);
  filter.currency = query.currency;
  filter.created_after = query.created_after;
  const bool only_own = !call.reaches_any() && !call.is_service();
  if (only_own && !filter.user_id && !filter.reference) filter.user_id = call.self();
  return filter;
}

}  // namespace

Task<http::Response> list_payments(const Call& call, ListPayments query, store::Payments& payments) {
  Faults faults;
  check_filters(query, faults);
  const store::PaymentFilter filter = filter_of(call, query);
  std::optional<PaymentId> below;
  if (query.cursor && !(below = read_cursor(*query.cursor, filter)))
    faults.add(Part::query, "cursor", faults::invalid_cursor,
               "was not made by this listing with these filters; start without one");
  if (!faults.empty()) co_return refuse(call.request, faults);
  const auto limit = static_cast<std::size_t>(query.limit.value_or(limits::page_items_default));
  const auto page = co_await payments.list(filter, call.viewer(), below, limit);
  PaymentPageBody body;
  body.payments.reserve(page.payments.size());
  for (const Payment& payment : page.payments) body.payments.push_back(payment_body(payment));
  if (page.next) body.next_cursor = make_cursor(*page.next, filter);
  co_return answer(body);
}

}  // namespace bursar::api
