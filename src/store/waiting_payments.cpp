#include "store/waiting_payments.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "sql.hpp"
#include "store/execute_answers.hpp"

namespace bursar::store {

Task<std::int64_t> WaitingPayments::resume(QueueNumber queue, std::vector<PaymentId> payments,
                                           std::string reason, std::optional<PrincipalId> decided_by) {
  CHECK(payments.size() <= limits::batch_rows);
  pg::Params params;
  params.add(queue);
  params.array<Uuid>(payments, [](const PaymentId& id) { return id.value; });
  params.add(std::string_view(reason));
  params.add(decided_by ? std::optional<Uuid>(decided_by->value) : std::nullopt);
  const auto result = co_await pool_->run(sql::resume, params);
  co_return result.only_row().get<std::int64_t>(0);
}

Task<std::int64_t> WaitingPayments::resolve(QueueNumber queue, std::vector<ExecuteAnswer> answers,
                                            PrincipalId decided_by) {
  CHECK(answers.size() <= limits::batch_rows);
  const auto params = message_answers(queue, 0, answers, decided_by);
  const auto result = co_await pool_->run(sql::finish_messages, params);
  co_return result.only_row().get<std::int64_t>(0);
}

}  // namespace bursar::store
