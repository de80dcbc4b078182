// The executor's side of the database: claim, finish, look-ups. Each function is one statement and one
// commit.
#pragma once
#include <vector>

#include "base/limits.hpp"
#include "pg/connection.hpp"
#include "store/low_water.hpp"
#include "store/work.hpp"

namespace bursar::store {

struct ExecuteBatch {
  std::vector<ExecuteItem> items;
};

/// As `worker` in execute queue `queue`, on a connection with the executor's role. One statement at a time.
class ExecuteQueue {
 public:
  ExecuteQueue(pg::Connection& connection, QueueNumber queue, WorkerNumber worker);

  /// At most `chunks` free chunks from the low-water mark on. Empty when paused or when the own beat is old.
  /// Locks the chunks it takes and skips locked ones.
  /// Ends with the chunk that reaches `items`.
  Task<ExecuteBatch> claim(int chunks, int items = static_cast<int>(limits::claim_items));
  /// Messages that are due, without suspects (crashes ≥ 2).
  Task<ExecuteBatch> claim_messages(int items);
  /// Keeps a suspect that is due, or the one reserved before, from other processes for
  /// limits::suspect_reserved_for, while this one runs empty. Nullopt: there is none.
  Task<std::optional<Instant>> reserve_suspect(std::optional<Instant> reserved);
  /// The one reserved until then, for a process that holds nothing else; none when it was not renewed.
  Task<ExecuteBatch> claim_suspect(Instant reserved);
  /// What this worker holds besides these chunks and message claims: claims that were committed although
  /// their answer was lost with the connection.
  Task<ExecuteBatch> held_besides(const std::vector<std::int64_t>& chunk_ids,
                                  const std::vector<std::int64_t>& message_claims);

  /// Outcome, fan-out and ack of chunk items in one commit; at most limits::batch_rows answers. Returns how
  /// many the database took; fewer than sent = those claims are not ours any more, or their parts were
  /// miscounted. 23505 and lost COMMITs are decided by reading what is there (review.hpp), never by running
  /// it again blindly. Relies on chunks_pkey (the fence) and events_pkey (one outcome).
  Task<std::int64_t> finish(const std::vector<ExecuteAnswer>& answers, const std::vector<ChunkPart>& parts);
  /// The same for messages. unknown and retry take the next step of the ladder, at its end the payment parks.
  Task<std::int64_t> finish_messages(const std::vector<ExecuteAnswer>& answers);

  /// Once a second: from where claims look.
  Task<> refresh_low_water();

 private:
  Task<ExecuteBatch> claim_due(int items, std::optional<Instant> suspect);

  pg::Connection* connection_;
  QueueNumber queue_;
  WorkerNumber worker_;
  LowWater low_water_;
};

}  // namespace bursar::store
