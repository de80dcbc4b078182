// The executor's side of the database: claim, finish, look-ups. Each function is one statement and one commit.
#pragma once
#include <vector>

#include "store/work.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

/// What was claimed together; for chunk claims also how many items each chunk has.
struct ExecuteBatch {
  std::vector<ExecuteItem> items;
};

class ExecuteQueue {
 public:
  ExecuteQueue(pg::Connection& connection, QueueNumber queue, WorkerNumber worker);

  /// At most `chunks` free chunks from the low-water mark on. Empty when paused or when the own beat is old.
  Task<ExecuteBatch> claim(int chunks);
  /// Messages that are due. Suspects (crashes ≥ 2) come one at a time, to a process that holds nothing else.
  Task<ExecuteBatch> claim_messages(int items, bool suspects);

  /// Outcome, fan-out and ack of chunk items in one commit. Returns how many answers the database took; fewer than
  /// sent = those claims are not ours any more (the caller forgets them). 23505 and lost COMMITs are decided by
  /// reading what is there (`settled`), never by running it again blindly.
  Task<std::int64_t> finish(const std::vector<ExecuteAnswer>& answers, const std::vector<ChunkPart>& parts);
  Task<std::int64_t> finish_messages(const std::vector<ExecuteAnswer>& answers);

  /// Which of these payments have an outcome event or have left their chunk for a message: after a lost answer.
  Task<std::vector<PaymentId>> settled(const std::vector<PaymentId>& payments);

  /// Once a second: from where claims look.
  Task<> refresh_low_water();

 private:
  pg::Connection* connection_;
  QueueNumber queue_;
  WorkerNumber worker_;
  std::int64_t low_water_ = 0, drawn_ = 0;
  std::int64_t horizon_ = 0;  // xid8
};

}  // namespace bursar::store
