// analytics_daily: one row per day of creation and currency, restated until nothing of the day is pending.
#pragma once
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "pg/connection.hpp"
#include "store/database.hpp"

namespace bursar::store {

struct DailyFigures {
  std::chrono::sys_days day;
  std::string currency;
  std::int64_t accepted = 0, succeeded = 0, failed = 0, still_pending = 0;
  // numeric in the database: exact beyond 64 bits, so they travel as decimal text
  std::string amount_accepted, amount_succeeded, amount_failed;
  std::optional<double> failure_rate;       // failed / (succeeded + failed)
  std::optional<double> mean_milliseconds;  // creation to outcome
  std::optional<double> p95_milliseconds;   // upper bound of its histogram bucket; infinity above the last
  Instant restated_at;
};

/// Orders roll-ups: an older run never overwrites a newer one.
using RunNumber = std::int64_t;

inline constexpr int every_day = std::numeric_limits<std::int32_t>::max();

/// A connection as the analytics role, with the server's patience for a roll-up.
pg::ConnectOptions connect_for_roll_ups(const DatabaseOptions& database);

/// On a connection with the analytics role. Each function is one statement; roll_up without a run is two.
class Daily {
 public:
  explicit Daily(pg::Connection& connection) : connection_(&connection) {}

  Task<RunNumber> draw_run();
  /// Recomputes one day of an IANA time zone. Idempotent. Cost follows the day, not the table; so its
  /// deadline is its own (limits::roll_up_deadline). Returns the day's rows as written, by currency; one that
  /// a newer run wrote is not among them.
  Task<std::vector<DailyFigures>> roll_up(std::chrono::sys_days day, std::string time_zone, RunNumber run);
  /// As a run of its own.
  Task<std::vector<DailyFigures>> roll_up(std::chrono::sys_days day, std::string time_zone);

  /// Days that need a roll-up, newest first, among those with payments: without the `skipped` newest of them,
  /// down to number `last`. A day that nobody rolled up since its last payment, its last outcome, or since an
  /// accept of it could still commit.
  Task<std::vector<std::chrono::sys_days>> open_days(std::string time_zone, int skipped = 0,
                                                     int last = every_day);

  /// Newest first, both ends included; at most limits::analytics_rows.
  Task<std::vector<DailyFigures>> show(std::chrono::sys_days from, std::chrono::sys_days to);

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
