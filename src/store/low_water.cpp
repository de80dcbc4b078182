#include "store/low_water.hpp"

#include "sql.hpp"

namespace bursar::store {

Task<> LowWater::refresh(pg::Connection& connection, QueueNumber queue) {
  pg::Params params;
  params.add(queue).add(mark_).add(drawn_before_).add(horizon_);
  const auto result = co_await connection.run(sql::low_water, params);
  const auto row = result.only_row();
  mark_ = row.get<std::int64_t>("low_water");
  drawn_before_ = drawn_;
  drawn_ = row.get<std::int64_t>("drawn");
  horizon_ = row.get<std::int64_t>("horizon");
}

}  // namespace bursar::store
