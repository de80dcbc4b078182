#include "api/timeline.hpp"

#include "base/text.hpp"

namespace bursar::api {

std::string explain(const Payment& payment) {
  const auto when = [&](std::string_view what) {
    return payment.next_step_at ? fmt::format("{} at {}.", what, to_rfc3339(*payment.next_step_at))
                                : fmt::format("{} as soon as a worker is free.", what);
  };
  if (payment.status == PaymentStatus::success) return "The gateway took the money; nothing more comes.";
  if (payment.status == PaymentStatus::failed)
    return fmt::format("The gateway declined it ({}); no money moved and nothing more comes.",
                       payment.failure_code.value_or("no code given"));
  switch (payment.pending_reason.value_or(PendingReason::queued)) {
    case PendingReason::queued:
      return when("It waits for its turn at the gateway, which comes");
    case PendingReason::outcome_unknown:
      return when("The gateway's answer is not known yet; it is looked up, never guessed: next");
    case PendingReason::parked:
      return "The gateway could not be asked what became of it; it is parked until an operator decides.";
  }
  return {};
}

namespace {

// Of the payment itself (sequence 0) there is no event.
TimelineEntryBody entry_body(const store::TimelineEntry& entry, PaymentId payment) {
  TimelineEntryBody body;
  body.at = entry.at;
  body.what = entry.what;
  if (entry.sequence && *entry.sequence > 0) body.event_id = EventId{payment, *entry.sequence}.text();
  body.queue = entry.queue;
  if (entry.target && *entry.target > 0) body.endpoint = *entry.target;
  body.detail = entry.detail;
  return body;
}

}  // namespace

Task<http::Response> show_timeline(const Call& call, store::Payments& payments) {
  const auto id = parse_uuid(call.id);
  if (!id) co_return refuse_not_found(call.request);
  const auto payment = co_await payments.find(PaymentId(*id), call.viewer());
  if (!payment) co_return refuse_not_found(call.request);
  const auto entries = co_await payments.timeline(payment->id, call.viewer());
  TimelineBody body;
  body.payment = payment_body(*payment);
  body.explanation = explain(*payment);
  if (!entries.empty() && entries.front().trace_id) body.trace_id = to_hex(entries.front().trace_id->bytes);
  body.entries.reserve(entries.size());
  for (const auto& entry : entries) body.entries.push_back(entry_body(entry, payment->id));
  co_return answer(body);
}

}  // namespace bursar::api
