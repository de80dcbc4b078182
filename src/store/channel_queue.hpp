// The notifier's side of the database: one channel (e-mail, SMS, later webhooks). Each function is one statement.
#pragma once
#include <vector>

#include "pg/connection.hpp"
#include "store/work.hpp"

namespace bursar::store {

struct ChannelBatch {
  std::vector<ChannelItem> items;
};

class ChannelQueue {
 public:
  ChannelQueue(pg::Connection& connection, QueueNumber channel, WorkerNumber worker);

  Task<ChannelBatch> claim(int chunks);
  /// Messages that are due, with all that a notification needs. Items whose ledger row is final already are acked
  /// here and not returned.
  Task<ChannelBatch> claim_messages(int items, bool suspects);

  /// First-try `sent` and `suppressed` of chunk items: ledger row and ack in one commit. Throws StatementFailed with
  /// 23505 when the ledger has a row already: settle() them instead.
  Task<std::int64_t> deliver(const std::vector<DeliveryAnswer>& answers, const std::vector<ChunkPart>& parts);
  /// Any outcome of chunk items and messages. A retry beyond the ladder is dead.
  Task<std::int64_t> settle(const std::vector<DeliveryAnswer>& answers, const std::vector<ChunkPart>& parts);

  Task<> refresh_low_water();

 private:
  pg::Connection* connection_;
  QueueNumber channel_;
  WorkerNumber worker_;
  std::int64_t low_water_ = 0, drawn_ = 0;
  std::int64_t horizon_ = 0;
};

struct DeadLetter {
  QueueNumber queue = 0;
  EventId event;
  std::int32_t target = 0;
  std::int16_t tries = 0, crashes = 0;
  Instant dead_at;
  std::string reason;
};

class DeadLetters {
 public:
  explicit DeadLetters(pg::Pool& pool) : pool_(&pool) {}
  /// Newest first, at most `limit`, older than `before`.
  Task<std::vector<DeadLetter>> list(std::optional<QueueNumber> queue, std::optional<Instant> before, int limit);
  /// Tries start anew, on record as decided by `principal`. Returns how many were redriven.
  Task<std::int64_t> redrive(QueueNumber queue, const std::vector<DeadLetter>& letters, PrincipalId principal);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
