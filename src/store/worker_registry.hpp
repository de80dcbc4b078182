// One row per process incarnation, one beat a second. A worker unseen for 4 s loses what it holds; only a worker whose
// own beats were unbroken takes over.
#pragma once
#include <string>

#include "store/database.hpp"
#include "store/work.hpp"

namespace bursar::store {

class WorkerRegistry {
 public:
  WorkerRegistry(pg::Connection& connection) : connection_(&connection) {}

  struct Registration {
    WorkerNumber worker = 0;
    /// Of the database's WAL; another one (fail-over, restore) = register anew.
    std::string timeline;
  };
  Task<Registration> register_worker(WorkerNumber random_number, std::string name);
  /// nullopt: this worker is not known any more; register anew.
  Task<std::optional<Registration>> beat(WorkerNumber worker);

  struct TakenOver {
    std::int64_t chunks = 0, exploded = 0, freed = 0;
  };
  /// What dead workers hold becomes messages. `leaving` = this worker itself on SIGTERM (counts no crash), else 0.
  /// The connection's role decides which: the executor's execute queues, the notifier's channels.
  Task<TakenOver> take_over_execute(WorkerNumber taker, WorkerNumber leaving);
  Task<TakenOver> take_over_channel(WorkerNumber taker, WorkerNumber leaving);
  /// True when a worker other than `self` is unseen for 4 s and still holds something.
  Task<bool> somebody_is_lost(WorkerNumber self);
  /// Removes rows unseen for a day that hold nothing.
  Task<> forget();

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
