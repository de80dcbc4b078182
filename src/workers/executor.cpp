#include "workers/executor.hpp"

#include "base/check.hpp"
#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace bursar::workers {
namespace {

using gateway::Verdict;
using store::ExecuteResult;

gateway::Charge charge_of(const store::ExecuteItem& item) {
  const auto currency = Currency::from_code(item.currency);
  CHECK(currency.has_value());  // accepted by this table, and the table only grows
  return {.payment = item.payment,
          .money = {item.amount_minor, *currency},
          .payment_method = item.payment_method,
          .description = item.description,
          .metadata = item.metadata,
          .request_id = item.request_id,
          .trace = item.trace,
          .gateway_reference = item.gateway_reference};
}

ExecuteResult result_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::succeeded:
      return ExecuteResult::succeeded;
    case Verdict::declined:
      return ExecuteResult::failed;
    case Verdict::not_executed:
      return ExecuteResult::retry;
    case Verdict::unknown:
    case Verdict::not_found:
      return ExecuteResult::unknown;
  }
  return ExecuteResult::unknown;
}

store::ExecuteAnswer answer_of(store::ExecuteItem item, const gateway::Answer& answer, Monotonic started,
                               Monotonic now) {
  store::ExecuteAnswer written;
  written.result = result_of(answer.verdict);
  written.failure_code = answer.failure_code;
  written.gateway_reference = answer.gateway_reference;
  // What went well at the first try needs no line in the journal.
  const bool plain = item.claim.chunk_id > 0 && !answer.alarm &&
                     (answer.verdict == Verdict::succeeded || answer.verdict == Verdict::declined);
  if (!plain) written.evidence = safe_text(answer.evidence, limits::peer_text_characters);
  written.milliseconds =
      static_cast<std::int32_t>(std::chrono::duration_cast<milliseconds>(now - started).count());
  written.item = std::move(item);
  return written;
}

void report(Breaker::Pass& pass, PaymentId payment, const gateway::Answer& answer) {
  if (answer.alarm)
    log::error("gateway_alarm", {{"payment_id", payment.text()}, {"evidence", answer.evidence}});
  if (answer.unavailable)
    pass.failed(answer.retry_after.value_or(seconds(0)));
  else
    pass.succeeded();
}

Task<gateway::Answer> call_charge(gateway::Gateway& gateway, gateway::Charge charge) {
  fault::point("executor.charging");
  gateway::Answer answer = co_await gateway.charge(std::move(charge));
  fault::point("executor.charged");
  co_return answer;
}

}  // namespace

PaymentExecutor::PaymentExecutor(std::string name, gateway::Gateway& gateway, const Clock& clock)
    : gateway_(gateway), clock_(clock), breaker_(std::move(name), clock) {}

Task<store::ExecuteAnswer> PaymentExecutor::handle(store::ExecuteItem item, events::MayCall may_call) {
  Breaker::Pass pass = co_await breaker_.enter();
  if (!pass.is_given() || !may_call()) co_return events::ExecuteSide::postponed(std::move(item));
  gateway::Charge charge = charge_of(item);
  const auto started = clock_.monotonic();
  // A first try needs no look-up. A message may have been charged by whoever held it before; and once the
  // gateway has forgotten the key, sending it again would be a second charge.
  if (item.unsure || !key_is_alive(item)) {
    co_return co_await look_up_first(std::move(item), std::move(charge), std::move(pass),
                                     std::move(may_call));
  }
  const gateway::Answer answer = co_await call_charge(gateway_, std::move(charge));
  report(pass, item.payment, answer);
  co_return answer_of(std::move(item), answer, started, clock_.monotonic());
}

Task<store::ExecuteAnswer> PaymentExecutor::look_up_first(store::ExecuteItem item, gateway::Charge charge,
                                                          Breaker::Pass pass, events::MayCall may_call) {
  const auto started = clock_.monotonic();
  gateway::Answer answer = co_await gateway_.look_up(charge, item.first_claimed_at);
  report(pass, item.payment, answer);
  fault::point("executor.looked_up");
  if (answer.verdict == Verdict::not_found && key_is_alive(item)) {
    if (!may_call()) co_return events::ExecuteSide::postponed(std::move(item));
    // The gateway knows nothing of it, and its key still protects: the same charge again.
    answer = co_await call_charge(gateway_, std::move(charge));
    report(pass, item.payment, answer);
  } else if (answer.verdict == Verdict::not_found) {
    answer.evidence = "the gateway knows no such payment, and its key may be forgotten: not charged again. " +
                      answer.evidence;
  }
  co_return answer_of(std::move(item), answer, started, clock_.monotonic());
}

bool PaymentExecutor::key_is_alive(const store::ExecuteItem& item) const {
  // A charge sent now must arrive while the key still counts: the deadline of the call is kept off its life.
  return clock_.now() + limits::outbound_deadline < item.first_claimed_at + gateway_.key_life();
}

}  // namespace bursar::workers
