#include "store/payment_rows.hpp"

#include "base/check.hpp"

namespace bursar::store {
namespace {

using Text = std::optional<std::string>;

PaymentStatus read_status(std::string_view text) {
  const auto status = parse_payment_status(text);
  CHECK(status.has_value());
  return *status;
}

std::optional<PendingReason> read_reason(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  if (*text == "parked") return PendingReason::parked;
  if (*text == "outcome unknown") return PendingReason::outcome_unknown;
  return PendingReason::queued;
}

}  // namespace

pg::Params accept_params(const std::vector<RowToAccept>& rows) {
  pg::Params params;
  params.array<Uuid>(rows, [](const RowToAccept& r) { return r.id.value; });
  params.array<Uuid>(rows, [](const RowToAccept& r) { return r.payment->key_digest.value; });
  params.array<Uuid>(rows, [](const RowToAccept& r) { return r.payment->created_by.value; });
  params.array<Uuid>(rows, [](const RowToAccept& r) { return r.payment->user_id.value; });
  params.array<std::int16_t>(rows, [](const RowToAccept& r) { return r.payment->gateway; });
  params.array<std::int64_t>(rows, [](const RowToAccept& r) { return r.payment->money.minor; });
  params.array<std::string_view>(rows, [](const RowToAccept& r) { return r.payment->money.currency.code(); });
  params.array<std::vector<std::uint8_t>>(rows, [](const RowToAccept& r) { return r.payment->fingerprint; });
  params.array<std::string>(
      rows, [](const RowToAccept& r) { return std::string_view(r.payment->idempotency_key); });
  params.array<std::string>(rows, [](const RowToAccept& r) -> const Text& { return r.payment->request_id; });
  params.array<std::string>(rows, [](const RowToAccept& r) -> const Text& { return r.payment->description; });
  params.array<std::string>(rows, [](const RowToAccept& r) -> const Text& { return r.payment->reference; });
  params.array<std::string>(rows,
                            [](const RowToAccept& r) -> const Text& { return r.payment->payment_method; });
  params.array<pg::Jsonb>(rows, [](const RowToAccept& r) {
    return r.payment->metadata ? std::optional(pg::Jsonb{*r.payment->metadata}) : std::nullopt;
  });
  params.array<Uuid>(rows, [](const RowToAccept& r) {
    return r.payment->trace ? std::optional(r.payment->trace->trace_id) : std::nullopt;
  });
  params.array<std::int64_t>(rows, [](const RowToAccept& r) {
    return r.payment->trace ? std::optional(static_cast<std::int64_t>(r.payment->trace->span_id))
                            : std::nullopt;
  });
  params.array<Instant>(rows, [](const RowToAccept& r) { return r.created_at; });
  return params;
}

Payment payment_of(const NewPayment& asked, PaymentId id, Instant created_at) {
  Payment payment{.id = id,
                  .created_at = created_at,
                  .created_by = asked.created_by,
                  .user_id = asked.user_id,
                  .money = asked.money};
  payment.description = asked.description;
  payment.reference = asked.reference;
  payment.payment_method = asked.payment_method;
  payment.metadata = asked.metadata;
  payment.request_id = asked.request_id;
  payment.pending_reason = PendingReason::queued;
  return payment;
}

Payment read_payment(const pg::Row& row) {
  const auto currency = Currency::from_code(row.get<std::string_view>("currency"));
  CHECK(currency.has_value());  // accepted by this table, and the table only grows
  Payment payment{.id = PaymentId(row.get<Uuid>("payment_id")),
                  .created_at = row.get<Instant>("created_at"),
                  .created_by = PrincipalId(row.get<Uuid>("created_by")),
                  .user_id = UserId(row.get<Uuid>("user_id")),
                  .money = {row.get<std::int64_t>("amount"), *currency}};
  payment.status = read_status(row.get<std::string_view>("status"));
  payment.description = row.get_optional<std::string>("description");
  payment.reference = row.get_optional<std::string>("reference");
  payment.payment_method = row.get_optional<std::string>("payment_method");
  payment.metadata = row.get_optional<std::string>("metadata");
  payment.request_id = row.get_optional<std::string>("request_id");
  payment.finished_at = row.get_optional<Instant>("finished_at");
  payment.gateway_reference = row.get_optional<std::string>("gateway_reference");
  payment.failure_code = row.get_optional<std::string>("failure_code");
  payment.pending_reason = read_reason(row.get_optional<std::string>("pending_reason"));
  // Parked = due at infinity: no next step is scheduled.
  const auto next = row.get_optional<Instant>("next_step_at");
  if (next && *next != Instant::max()) payment.next_step_at = next;
  return payment;
}

StoredPayment read_stored_payment(const pg::Row& row) {
  return {read_payment(row), row.get<std::vector<std::uint8_t>>("fingerprint")};
}

}  // namespace bursar::store
