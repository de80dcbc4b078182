// What happens by the clock: the day's figures are restated until nothing of a day is pending, and rows of
// processes long gone are forgotten. Several schedulers may run: an older run never overwrites a newer one.
#pragma once
#include <string>

#include "base/clock.hpp"
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

  /// Until cancelled; survives every outage of the database.
  Task<> run();
  /// One restatement of all open days. Returns the number of rows that changed.
  Task<std::size_t> roll_up_once();

 private:
  Task<> forget_once();

  SchedulerOptions options_;
  const Clock& clock_;
  store::Link analytics_;
  store::Link operations_;
};

}  // namespace bursar::workers
