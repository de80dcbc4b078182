#include "store/database_clock.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {

using std::chrono::microseconds;

Task<> DatabaseClock::measure(pg::Connection& connection) {
  const pg::Params none;
  // Else the first round trip on a connection would be two, of which only the second reads the clock.
  co_await connection.prepare(sql::clock, none);
  const auto before = local_->monotonic();
  const auto result = co_await connection.run(sql::clock, none);
  const auto after = local_->monotonic();
  const auto error = std::chrono::ceil<microseconds>((after - before) / 2);
  const auto middle = before + error;
  const auto answered = result.only_row().get<Instant>(0);
  const auto measured =
      answered.time_since_epoch() - std::chrono::floor<microseconds>(middle.time_since_epoch());
  // A slow answer that does not contradict a better one says nothing new.
  const auto older_error = error_ + limits::clock_drift;
  const bool contradicts = std::chrono::abs(measured - offset_) > error + older_error;
  if (set_ && !contradicts && error > older_error) {
    error_ = older_error;
    co_return;
  }
  offset_ = measured;
  error_ = error;
  set_ = true;
}

Instant DatabaseClock::now() {
  if (!set_) throw Unavailable("the database's clock is not known yet; is the database up?");
  const auto monotonic = std::chrono::duration_cast<microseconds>(local_->monotonic().time_since_epoch());
  last_ = std::max(Instant(monotonic + offset_), last_ + microseconds(1));
  return last_;
}

}  // namespace bursar::store
