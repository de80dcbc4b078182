#include "store/router.hpp"

#include "sql.hpp"

namespace bursar::store {

Task<Router::Expanded> Router::expand(int chunks) {
  pg::Params params;
  params.add(queue_).add(std::int32_t{chunks}).add(low_water_.mark());
  const auto result = co_await connection_->run(sql::expand, params);
  const auto row = result.only_row();
  co_return Expanded{row.get<std::int64_t>("chunks"), row.get<std::int64_t>("items")};
}

Task<> Router::refresh_low_water() { return low_water_.refresh(*connection_, queue_); }

}  // namespace bursar::store
