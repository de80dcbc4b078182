// One row per process incarnation, one beat a second. A worker unseen for 4 s loses what it holds; only a
// worker whose own beats were unbroken takes over. Each function is one statement.
#pragma once
#include <optional>
#include <string>

#include "pg/connection.hpp"
#include "store/work.hpp"

namespace bursar::store {

class WorkerRegistry {
 public:
  explicit WorkerRegistry(pg::Connection& connection) : connection_(&connection) {}

  struct Registration {
    WorkerNumber worker = 0;
    /// Of the database's WAL; another one (fail-over, restore) = register anew.
    std::string timeline;
  };
  /// `random_number` > 0, drawn anew at each start. `name` is for people, ≤ 100.
  Task<Registration> register_worker(WorkerNumber random_number, std::string name);
  /// nullopt: this worker is not known any more; register anew. Locks its row.
  Task<std::optional<Registration>> beat(WorkerNumber worker);

  struct TakenOver {
    /// Dead workers this call had to itself; fewer than lost() counted = another taker is at work on the
    /// others.
    std::int64_t workers = 0;
    std::int64_t chunks = 0, exploded = 0, freed = 0;
  };
  /// What dead workers hold becomes messages. `leaving` = this worker itself on SIGTERM (counts no crash),
  /// else 0. The connection's role decides which: the executor's execute queues, the notifier's channels.
  Task<TakenOver> take_over_execute(WorkerNumber taker, WorkerNumber leaving);
  Task<TakenOver> take_over_channel(WorkerNumber taker, WorkerNumber leaving);

  /// The dead besides `self`, by the rule of the take-over. Dead rows stay for a day, and a take-over walks
  /// the chunks: remember what the last one settled, and take over again when this changes, and once a minute
  /// for what a claim committed late.
  struct Lost {
    std::int64_t workers = 0;
    Instant last_seen{};
    bool operator==(const Lost&) const = default;
  };
  Task<Lost> lost(WorkerNumber self);

  /// Removes rows unseen for a day that hold nothing. With the operator's role: it sees all queues.
  Task<> forget();

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
