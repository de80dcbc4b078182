// analytics_daily: one row per day of creation and currency, restated until nothing of the day is pending.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

struct DailyFigures {
  std::chrono::sys_days day;
  std::string currency;
  std::int64_t accepted = 0, succeeded = 0, failed = 0, still_pending = 0;
  // numeric in the database: exact beyond 64 bits, so they travel as decimal text
  std::string amount_accepted, amount_succeeded, amount_failed;
  std::optional<double> failure_rate;        // failed / (succeeded + failed)
  std::optional<double> mean_milliseconds;   // creation to outcome
  std::optional<double> p95_milliseconds;    // upper bound of its histogram bucket; infinity above the last
  Instant restated_at;
};

class Daily {
 public:
  explicit Daily(pg::Connection& connection) : connection_(&connection) {}
  /// Recomputes one day (UTC unless another IANA zone is configured). Idempotent; an older run never overwrites.
  /// Cost follows the day, not the table. Returns the rows that changed.
  Task<std::vector<DailyFigures>> roll_up(std::chrono::sys_days day, std::string time_zone);
  /// Days at or before `today` that need a roll-up: today, yesterday, and every day with still_pending > 0.
  Task<std::vector<std::chrono::sys_days>> open_days(std::chrono::sys_days today);
  Task<std::vector<DailyFigures>> show(std::chrono::sys_days from, std::chrono::sys_days to);

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
