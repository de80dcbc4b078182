-- Of intent i, all that a charge or a look-up needs, as store/execute_queue.cpp reads them by name.
i.payment_id, i.created_by, i.user_id, i.amount, i.currency, i.payment_method, i.description, i.metadata,
  i.request_id, i.trace_id, i.span_id
