// What happens by the clock: the days' figures are restated until nothing of a day can change any more, and
// rows of processes long gone are forgotten. The newest days are looked at once a second, apart from the
// others, so that nothing old delays what people watch. Several schedulers may run: an older run never
// overwrites a newer one.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "store/database.hpp"
#include "store/link.hpp"

namespace bursar::workers {

struct SchedulerOptions {
  store::DatabaseOptions database;
  /// IANA name; days of analytics begin there.
  std::string time_zone = "UTC";
};

class Scheduler {
 public:
  Scheduler(Executor executor, SchedulerOptions options, const Clock& clock);

  /// Until cancelled; both survive every outage of the database.
  Task<> keep_recent_days();
  Task<> keep_older_days();

  /// One round over all open days, without rests. A day that fails costs no other day; it is left out of the
  /// next rounds for a while. Throws Unavailable when the database is away.
  struct Round {
    std::size_t rows = 0;  // written
    std::vector<std::chrono::sys_days> failed;
  };
  Task<Round> roll_up_open_days();

 private:
  struct Failure {
    Monotonic again{};
    Backoff backoff{limits::roll_up_every, limits::roll_up_retry_max};
  };
  // Days by their place among those with payments, newest first.
  struct Days {
    Days(Executor executor, const SchedulerOptions& options, int skip, int until, int rest_factor);
    store::Link link;
    int skipped, last, rest;
    Monotonic rests_until{};
    std::map<std::chrono::sys_days, Failure> failing = {};
  };

  Task<> keep(Days& days, milliseconds every);
  Task<Round> round(Days& days);
  Task<std::size_t> roll_up(Days& days, std::chrono::sys_days day);
  void put_off(Days& days, std::chrono::sys_days day);
  Task<> forget_when_due();

  SchedulerOptions options_;
  const Clock& clock_;
  Days recent_, older_, all_;
  store::Link operations_;
  Monotonic next_forget_{};
};

}  // namespace bursar::workers
