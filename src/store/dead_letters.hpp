// What people decide about deliveries: dead letters redriven, deliveries discarded or sent once more.
// Everything is on record in the payment's journal and, in the same transaction, in the audit log of staff.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "pg/pool.hpp"
#include "store/staff_log.hpp"
#include "store/work.hpp"

namespace bursar::store {

/// One delivery of an event: to whom in a channel.
struct DeliveryKey {
  EventId event;
  std::int32_t target = 0;
  bool operator==(const DeliveryKey&) const = default;
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
  /// With the role operations.
  explicit DeadLetters(pg::Pool& pool) : pool_(&pool) {}

  /// Newest first, at most `limit`, dead before `before`.
  Task<std::vector<DeadLetter>> list(std::optional<QueueNumber> queue, std::optional<Instant> before,
                                     int limit);

  /// Tries start anew; suspects stay suspects. Returns how many letters were there to be redriven. At most
  /// limits::batch_rows letters, all of `queue`.
  Task<std::int64_t> redrive(QueueNumber queue, const std::vector<DeadLetter>& letters, StaffAction by);

  /// Dead letters, messages or chunk items of a channel will not be sent. What was sent stays sent; a worker
  /// that holds the item finds that it cannot settle it. Returns how many were discarded. `reason` ≤ 2000.
  Task<std::int64_t> discard(QueueNumber channel, std::vector<DeliveryKey> deliveries, std::string reason,
                             StaffAction by);

  /// Once more, as a new replay; false while an earlier one is under way, dead, or when there never was one.
  Task<bool> resend(QueueNumber channel, DeliveryKey delivery, std::string reason, StaffAction by);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
