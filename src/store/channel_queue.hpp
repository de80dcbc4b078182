// The notifier's side of the database: one channel (e-mail, SMS, later webhooks). Each function is one
// statement.
#pragma once
#include <vector>

#include "base/limits.hpp"
#include "pg/connection.hpp"
#include "store/low_water.hpp"
#include "store/work.hpp"

namespace bursar::store {

struct ChannelBatch {
  std::vector<ChannelItem> items;
};

/// As `worker` in channel `channel`, on a connection with the notifier's role. One statement at a time.
class ChannelQueue {
 public:
  ChannelQueue(pg::Connection& connection, QueueNumber channel, WorkerNumber worker);

  /// At most `chunks` free chunks from the low-water mark on. Empty when paused or when the own beat is old.
  /// Ends with the chunk that reaches `items`.
  Task<ChannelBatch> claim(int chunks, int items = static_cast<int>(limits::claim_items));
  /// Messages that are due, without suspects, with all that a notification needs. Items whose ledger row is
  /// final already are acked here and not returned.
  Task<ChannelBatch> claim_messages(int items);
  /// Keeps a suspect that is due, or the one reserved before, from other processes for
  /// limits::suspect_reserved_for, while this one runs empty. Nullopt: there is none.
  Task<std::optional<Instant>> reserve_suspect(std::optional<Instant> reserved);
  /// The one reserved until then, for a process that holds nothing else; none when it was not renewed.
  Task<ChannelBatch> claim_suspect(Instant reserved);
  /// What this worker holds besides these chunks and message claims: claims that were committed although
  /// their answer was lost with the connection.
  Task<ChannelBatch> held_besides(const std::vector<std::int64_t>& chunk_ids,
                                  const std::vector<std::int64_t>& message_claims);

  /// Before a call whose repetition must not repeat its effect. `unsure` of what is returned: an earlier
  /// holder may have sent it. What is not returned must not be sent: it is final, or another living worker
  /// has it. Nobody calls it yet: it is for SMS, and for transports without our claims.
  Task<std::vector<ChannelItem>> reserve(std::vector<ChannelItem> items);

  /// First-try `sent` and `suppressed` of chunk items: ledger row and ack in one commit. Throws
  /// StatementFailed with 23505 when the ledger has a row already: settle() them instead. Returns how many
  /// the database took; fewer than sent = those claims are not ours any more. At most limits::batch_rows.
  Task<std::int64_t> deliver(const std::vector<DeliveryAnswer>& answers, const std::vector<ChunkPart>& parts);
  /// Any outcome of chunk items, messages and reservations (claim number 0). A retry beyond the ladder is
  /// dead; what the ledger calls final stays. Relies on chunks_pkey, messages_pkey (the fences) and
  /// deliveries_pkey.
  Task<std::int64_t> settle(const std::vector<DeliveryAnswer>& answers, const std::vector<ChunkPart>& parts);

  /// Once a second: from where claims look.
  Task<> refresh_low_water();

 private:
  Task<ChannelBatch> claim_due(int items, std::optional<Instant> suspect);

  pg::Connection* connection_;
  QueueNumber channel_;
  WorkerNumber worker_;
  LowWater low_water_;
};

}  // namespace bursar::store
