-- Of event e, its intent i and its user's contact u, as store/channel_queue.cpp reads them by name.
e.payment_id, e.sequence, e.type::text AS type, e.failure_code, e.gateway_reference, e.recorded_at,
  i.created_by, i.user_id, i.amount, i.currency, i.description, i.reference, i.metadata, i.request_id,
  i.trace_id, i.span_id, u.email, u.phone, coalesce(u.locale, 'en') AS locale
