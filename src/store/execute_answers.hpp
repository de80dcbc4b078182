// The arrays of an execute answer, as finish and finish_messages take them. Used by execute_queue and
// waiting_payments.
#pragma once
#include <vector>

#include "pg/params.hpp"
#include "store/work.hpp"

namespace bursar::store {

/// failure_code, gateway_reference, evidence, milliseconds.
inline void add_what_was_answered(pg::Params& params, const std::vector<ExecuteAnswer>& answers) {
  params.array<std::string>(answers, [](const ExecuteAnswer& a) { return a.failure_code; });
  params.array<std::string>(answers, [](const ExecuteAnswer& a) { return a.gateway_reference; });
  params.array<std::string>(answers, [](const ExecuteAnswer& a) { return a.evidence; });
  params.array<std::int32_t>(answers, [](const ExecuteAnswer& a) { return a.milliseconds; });
}

/// $1…$11 of finish_messages. `worker` and the claims are 0 where `decided_by` resolves what nobody holds.
inline pg::Params message_answers(QueueNumber queue, WorkerNumber worker,
                                  const std::vector<ExecuteAnswer>& answers,
                                  const std::optional<PrincipalId>& decided_by) {
  const bool decided = decided_by.has_value();
  pg::Params params;
  params.add(queue).add(worker);
  params.array<Uuid>(answers, [](const ExecuteAnswer& a) { return a.item.payment.value; });
  params.array<Uuid>(answers, [](const ExecuteAnswer& a) { return a.item.created_by.value; });
  params.array<std::int64_t>(answers,
                             [decided](const ExecuteAnswer& a) { return decided ? 0 : a.item.claim.number; });
  params.array<std::string_view>(answers, [](const ExecuteAnswer& a) { return to_text(a.result); });
  add_what_was_answered(params, answers);
  params.add(decided_by ? std::optional<Uuid>(decided_by->value) : std::nullopt);
  return params;
}

}  // namespace bursar::store
