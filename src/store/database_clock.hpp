// The database's clock without asking it each time: monotonic clock plus an offset measured at connect and
// every 10 s. Never goes back. One per loop; ids and created_at of payments come from here.
#pragma once
#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/ids.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

class DatabaseClock {
 public:
  explicit DatabaseClock(const Clock& local) : local_(&local) {}

  /// Asks the server (statement `clock`) and keeps offset = its answer − the middle of the round trip, unless
  /// an earlier answer was quicker and agrees within the uncertainty of both.
  Task<> measure(pg::Connection& connection);
  bool is_set() const { return set_; }

  /// Throws Unavailable before the first measurement. Strictly increasing, so that ids of one loop are in
  /// order.
  Instant now();

 private:
  const Clock* local_;
  bool set_ = false;
  std::chrono::microseconds offset_{0};  // database time − monotonic time
  std::chrono::microseconds error_{0};   // of the offset, at most
  Instant last_{};
};

}  // namespace bursar::store
