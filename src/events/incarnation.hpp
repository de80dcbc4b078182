// This process among the workers: one row with a random number per start, one beat a second, and the
// take-over of those that are gone. A process whose own last beat is 3 s old starts no outbound call, because
// at 4 s another one may take what it holds. One per worker loop.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "events/holdings.hpp"
#include "store/database.hpp"
#include "store/database_clock.hpp"
#include "store/link.hpp"
#include "store/worker_registry.hpp"

namespace bursar::events {

struct IncarnationOptions {
  store::DatabaseOptions database;
  /// For people: host and pid.
  std::string name;
  bool executes = true;
  bool notifies = true;
};

class Incarnation {
 public:
  Incarnation(Executor executor, IncarnationOptions options, const Clock& clock, Random& random);

  /// Registers and beats until cancelled. Survives every outage of the database.
  Task<> beat();
  /// Takes over until cancelled: a task of its own, because a slow take-over must not cost a beat.
  Task<> watch();

  /// 0 while not registered. A new number (another timeline, or the row is gone) means: what was held is
  /// lost.
  store::WorkerNumber worker() const { return worker_; }
  bool may_call() const;
  /// Throws Unavailable before the first beat.
  Instant database_now() { return database_clock_.now(); }

  /// On SIGTERM, after the lanes stopped: what is still held becomes messages at once, without counting a
  /// crash.
  Task<> leave();

  Holdings& holdings() { return holdings_; }

  /// How long a beat or a take-over took to be noticed; for metrics and tests.
  struct Counters {
    std::uint64_t beats = 0, registrations = 0, take_overs = 0, items_taken_over = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  Task<> beat_once();
  Task<> look_for_the_lost();
  Task<> repeat(std::string what, milliseconds every, Task<> (Incarnation::*once)());
  Task<std::int64_t> take_over(store::WorkerNumber leaving);

  IncarnationOptions options_;
  const Clock& clock_;
  Random& random_;
  store::Link beats_;
  store::Link looks_;
  store::Link execute_;
  store::Link channel_;
  store::DatabaseClock database_clock_;
  Monotonic next_measurement_{};
  Holdings holdings_;
  store::WorkerNumber worker_ = 0;
  std::string timeline_;
  Monotonic last_beat_{};
  Monotonic last_full_check_{};
  store::WorkerRegistry::Lost settled_;
  Counters counters_;
};

}  // namespace bursar::events
