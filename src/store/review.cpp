#include "store/review.hpp"

#include "sql.hpp"

namespace bursar::store {
namespace {

std::vector<Standing> read_standings(const pg::Result& result) {
  std::vector<Standing> standings;
  standings.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    const auto text = row.get<std::string_view>(0);
    standings.push_back(text == "settled" ? Standing::settled
                        : text == "held"  ? Standing::held
                                          : Standing::lost);
  }
  return standings;
}

}  // namespace

Task<std::vector<Standing>> review(pg::Connection& connection, QueueNumber queue, WorkerNumber worker,
                                   const std::vector<ExecuteAnswer>& answers) {
  pg::Params params;
  params.add(queue).add(worker);
  params.array<Uuid>(answers, [](const ExecuteAnswer& a) { return a.item.payment.value; });
  params.array<std::int64_t>(answers, [](const ExecuteAnswer& a) { return a.item.claim.chunk_id; });
  params.array<std::int64_t>(answers, [](const ExecuteAnswer& a) { return a.item.claim.number; });
  const auto result = co_await connection.run(sql::review_execute, params);
  co_return read_standings(result);
}

Task<std::vector<Standing>> review(pg::Connection& connection, QueueNumber queue, WorkerNumber worker,
                                   const std::vector<DeliveryAnswer>& answers) {
  pg::Params params;
  params.add(queue).add(worker);
  params.array<Uuid>(answers, [](const DeliveryAnswer& a) { return a.item.event.payment.value; });
  params.array<std::int16_t>(answers, [](const DeliveryAnswer& a) { return a.item.event.sequence; });
  params.array<std::int32_t>(answers, [](const DeliveryAnswer& a) { return a.item.target; });
  params.array<std::int64_t>(answers, [](const DeliveryAnswer& a) { return a.item.claim.chunk_id; });
  params.array<std::int64_t>(answers, [](const DeliveryAnswer& a) { return a.item.claim.number; });
  const auto result = co_await connection.run(sql::review_channel, params);
  co_return read_standings(result);
}

}  // namespace bursar::store
