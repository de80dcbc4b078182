#include "store/worker_registry.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {
namespace {

WorkerRegistry::Registration read_registration(const pg::Row& row) {
  return {row.get<std::int64_t>("worker"), row.get<std::string>("timeline")};
}

pg::Params taker_and_leaving(WorkerNumber taker, WorkerNumber leaving) {
  CHECK(leaving == 0 || leaving == taker);
  pg::Params params;
  params.add(taker).add(leaving);
  return params;
}

WorkerRegistry::TakenOver read_taken_over(const pg::Row& row) {
  return {row.get<std::int64_t>("workers"), row.get<std::int64_t>("chunks"),
          row.get<std::int64_t>("exploded"), row.get<std::int64_t>("freed")};
}

}  // namespace

Task<WorkerRegistry::Registration> WorkerRegistry::register_worker(WorkerNumber random_number,
                                                                   std::string name) {
  pg::Params params;
  params.add(random_number).add(std::string_view(name));
  const auto result = co_await connection_->run(sql::register_worker, params);
  co_return read_registration(result.only_row());
}

Task<std::optional<WorkerRegistry::Registration>> WorkerRegistry::beat(WorkerNumber worker) {
  pg::Params params;
  params.add(worker);
  const auto result = co_await connection_->run(sql::beat, params);
  if (result.empty()) co_return std::nullopt;
  co_return read_registration(result.only_row());
}

Task<WorkerRegistry::TakenOver> WorkerRegistry::take_over_execute(WorkerNumber taker, WorkerNumber leaving) {
  const auto params = taker_and_leaving(taker, leaving);
  const auto result = co_await connection_->run(sql::take_over_execute, params);
  co_return read_taken_over(result.only_row());
}

Task<WorkerRegistry::TakenOver> WorkerRegistry::take_over_channel(WorkerNumber taker, WorkerNumber leaving) {
  const auto params = taker_and_leaving(taker, leaving);
  const auto result = co_await connection_->run(sql::take_over_channel, params);
  co_return read_taken_over(result.only_row());
}

Task<WorkerRegistry::Lost> WorkerRegistry::lost(WorkerNumber self) {
  pg::Params params;
  params.add(self);
  const auto result = co_await connection_->run(sql::lost_workers, params);
  const auto row = result.only_row();
  co_return Lost{row.get<std::int64_t>("workers"), row.get<Instant>("last_seen")};
}

Task<> WorkerRegistry::forget() {
  pg::Params params;
  params.add(std::chrono::microseconds(limits::worker_row_kept));
  co_await connection_->run(sql::forget, params);
}

}  // namespace bursar::store
