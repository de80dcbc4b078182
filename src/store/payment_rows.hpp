// Payments to and from rows: the parameters of `accept` and the columns of the view `payments`. A new member
// of a payment is bound here and in sql/accept.sql. For store/ only.
#pragma once
#include "domain/payment.hpp"
#include "pg/params.hpp"
#include "pg/result.hpp"

namespace bursar::store {

struct RowToAccept {
  const NewPayment* payment;
  PaymentId id;
  Instant created_at;
};

/// $1…$17 of sql/accept.sql, in the order of `rows`.
pg::Params accept_params(const std::vector<RowToAccept>& rows);

template <class Batch, class AsRow>
pg::Params accept_params(const Batch& batch, AsRow as_row) {
  std::vector<RowToAccept> rows;
  rows.reserve(batch.size());
  for (const auto& entry : batch) rows.push_back(as_row(entry));
  return accept_params(rows);
}

/// What a payment looks like to its owner the moment it is accepted.
Payment payment_of(const NewPayment& asked, PaymentId id, Instant created_at);

/// The columns of sql/shared/payment_columns.sql.
Payment read_payment(const pg::Row& row);

struct StoredPayment {
  Payment payment;
  Fingerprint fingerprint;
};
/// Of sql/losers.sql.
StoredPayment read_stored_payment(const pg::Row& row);

}  // namespace bursar::store
