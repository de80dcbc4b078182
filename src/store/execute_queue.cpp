#include "store/execute_queue.hpp"

#include "sql.hpp"
#include "store/execute_answers.hpp"
#include "store/fence.hpp"
#include "store/suspects.hpp"

namespace bursar::store {
namespace {

ExecuteItem read_item(QueueNumber queue, const pg::Row& row) {
  ExecuteItem item;
  item.claim.queue = queue;
  item.claim.number = row.get<std::int64_t>("claim");
  item.payment = PaymentId(row.get<Uuid>("payment_id"));
  item.created_by = PrincipalId(row.get<Uuid>("created_by"));
  item.user_id = UserId(row.get<Uuid>("user_id"));
  item.amount_minor = row.get<std::int64_t>("amount");
  item.currency = row.get<std::string>("currency");
  item.payment_method = row.get_optional<std::string>("payment_method");
  item.description = row.get_optional<std::string>("description");
  item.metadata = row.get_optional<std::string>("metadata");
  item.request_id = row.get_optional<std::string>("request_id");
  item.trace = read_trace(row);
  item.first_claimed_at = row.get<Instant>("first_claimed_at");
  return item;
}

void read_history(ExecuteItem& item, const pg::Row& row) {
  item.unsure = row.get<bool>("unsure");
  item.tries = row.get<std::int16_t>("tries");
  item.crashes = row.get<std::int16_t>("crashes");
  item.gateway_reference = row.get_optional<std::string>("gateway_reference");
}

}  // namespace

ExecuteQueue::ExecuteQueue(pg::Connection& connection, QueueNumber queue, WorkerNumber worker)
    : connection_(&connection), queue_(queue), worker_(worker) {
  CHECK(queues::is_execute(queue));
}

Task<ExecuteBatch> ExecuteQueue::claim(int chunks, int items) {
  pg::Params params;
  params.add(queue_).add(worker_).add(std::int32_t{chunks}).add(low_water_.mark()).add(std::int32_t{items});
  const auto result = co_await connection_->run(sql::claim_execute, params);
  ExecuteBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(queue_, row));
    batch.items.back().claim.chunk_id = row.get<std::int64_t>("chunk_id");
  }
  co_return batch;
}

Task<ExecuteBatch> ExecuteQueue::claim_messages(int items) { return claim_due(items, std::nullopt); }

Task<ExecuteBatch> ExecuteQueue::claim_suspect(Instant reserved) { return claim_due(1, reserved); }

Task<ExecuteBatch> ExecuteQueue::claim_due(int items, std::optional<Instant> suspect) {
  pg::Params params;
  params.add(queue_).add(worker_).add(std::int32_t{items}).add(suspect);
  const auto result = co_await connection_->run(sql::claim_execute_messages, params);
  ExecuteBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(queue_, row));
    read_history(batch.items.back(), row);
  }
  co_return batch;
}

Task<ExecuteBatch> ExecuteQueue::held_besides(const std::vector<std::int64_t>& chunk_ids,
                                              const std::vector<std::int64_t>& message_claims) {
  const auto self = [](std::int64_t number) { return number; };
  pg::Params params;
  params.add(queue_)
      .add(worker_)
      .array<std::int64_t>(chunk_ids, self)
      .array<std::int64_t>(message_claims, self);
  const auto result = co_await connection_->run(sql::held_execute, params);
  ExecuteBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(queue_, row));
    batch.items.back().claim.chunk_id = row.get<std::int64_t>("chunk_id");
    read_history(batch.items.back(), row);
  }
  co_return batch;
}

Task<std::optional<Instant>> ExecuteQueue::reserve_suspect(std::optional<Instant> reserved) {
  return store::reserve_suspect(*connection_, queue_, worker_, reserved);
}

Task<std::int64_t> ExecuteQueue::finish(const std::vector<ExecuteAnswer>& answers,
                                        const std::vector<ChunkPart>& parts) {
  CHECK(answers.size() <= limits::batch_rows);
  pg::Params params;
  add_fence(params, queue_, worker_, parts);
  params.array<Uuid>(answers, [](const ExecuteAnswer& a) { return a.item.payment.value; });
  params.array<Uuid>(answers, [](const ExecuteAnswer& a) { return a.item.created_by.value; });
  params.array<std::string_view>(answers, [](const ExecuteAnswer& a) { return to_text(a.result); });
  params.array<std::int64_t>(answers, [](const ExecuteAnswer& a) { return a.item.claim.chunk_id; });
  add_what_was_answered(params, answers);
  const auto result = co_await connection_->run(sql::finish, params);
  co_return result.only_row().get<std::int64_t>("items");
}

Task<std::int64_t> ExecuteQueue::finish_messages(const std::vector<ExecuteAnswer>& answers) {
  CHECK(answers.size() <= limits::batch_rows);
  const auto params = message_answers(queue_, worker_, answers, std::nullopt);
  const auto result = co_await connection_->run(sql::finish_messages, params);
  co_return result.only_row().get<std::int64_t>(0);
}

Task<> ExecuteQueue::refresh_low_water() { return low_water_.refresh(*connection_, queue_); }

}  // namespace bursar::store
