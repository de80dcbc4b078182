#include "store/database_clock.hpp"

#include <algorithm>

#include "sql.hpp"

namespace bursar::store {

using std::chrono::microseconds;

Task<> DatabaseClock::measure(pg::Connection& connection) {
  const auto before = local_->monotonic();
  const pg::Params none;
  const auto result = co_await connection.run(sql::clock, none);
  const auto after = local_->monotonic();
  const auto middle = before + (after - before) / 2;
  const auto answered = result.only_row().get<Instant>(0);
  offset_ = answered.time_since_epoch() - std::chrono::duration_cast<microseconds>(middle.time_since_epoch());
  set_ = true;
}

Instant DatabaseClock::now() {
  if (!set_) throw Unavailable("the database's clock is not known yet; is the database up?");
  const auto monotonic = std::chrono::duration_cast<microseconds>(local_->monotonic().time_since_epoch());
  last_ = std::max(Instant(monotonic + offset_), last_ + microseconds(1));
  return last_;
}

}  // namespace bursar::store
