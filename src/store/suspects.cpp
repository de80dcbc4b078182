#include "store/suspects.hpp"

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {

Task<std::optional<Instant>> reserve_suspect(pg::Connection& connection, QueueNumber queue,
                                             WorkerNumber worker, std::optional<Instant> reserved) {
  pg::Params params;
  params.add(queue).add(worker).add(reserved).add(std::chrono::microseconds(limits::suspect_reserved_for));
  const auto result = co_await connection.run(sql::reserve_suspect, params);
  if (result.empty()) co_return std::nullopt;
  co_return result.only_row().get<Instant>(0);
}

}  // namespace bursar::store
