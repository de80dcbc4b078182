-- Of the view payments p, as store/payment_rows.cpp reads them by name.
p.payment_id, p.created_at, p.created_by, p.user_id, p.amount, p.currency, p.status, p.description,
  p.reference, p.payment_method, p.metadata, p.request_id, p.finished_at, p.gateway_reference, p.failure_code,
  p.pending_reason, p.next_step_at
