#include "api/payment_body.hpp"

namespace bursar::api {

PaymentBody payment_body(const Payment& payment) {
  PaymentBody body;
  body.id = payment.id;
  body.status = payment.status;
  body.user_id = payment.user_id;
  body.amount = payment.money.minor;
  body.currency = payment.money.currency.code();
  body.description = payment.description;
  body.reference = payment.reference;
  body.payment_method = payment.payment_method;
  if (payment.metadata) body.metadata = JsonText{*payment.metadata};
  body.created_by = payment.created_by;
  body.created_at = payment.created_at;
  body.finished_at = payment.finished_at;
  body.failure_code = payment.failure_code;
  body.gateway_reference = payment.gateway_reference;
  body.pending_reason = payment.pending_reason;
  body.next_step_at = payment.next_step_at;
  body.request_id = payment.request_id;
  return body;
}

}  // namespace bursar::api
