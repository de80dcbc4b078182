// The two sides a lane can work for, with the same names: the execute queue of a gateway and a notification
// channel.
#pragma once
#include <string>
#include <vector>

#include "store/channel_queue.hpp"
#include "store/database.hpp"
#include "store/execute_queue.hpp"
#include "store/review.hpp"

namespace bursar::events {

struct ExecuteSide {
  using Item = store::ExecuteItem;
  using Answer = store::ExecuteAnswer;
  using Queue = store::ExecuteQueue;
  static constexpr store::Role role = store::Role::executor;
  static bool is_plain(const Answer&) { return true; }

  static Answer postponed(Item item);
  /// What is written instead of an answer that the database refuses: the outcome is looked up later.
  static void degrade(Answer& answer, const std::string& why);
  static Task<std::int64_t> write_chunks(Queue& queue, const std::vector<Answer>& answers,
                                         const std::vector<store::ChunkPart>& parts);
  static Task<std::int64_t> write_messages(Queue& queue, const std::vector<Answer>& answers);
};

struct ChannelSide {
  using Item = store::ChannelItem;
  using Answer = store::DeliveryAnswer;
  using Queue = store::ChannelQueue;
  static constexpr store::Role role = store::Role::notifier;
  /// Ended well: deliver() takes it. The others are settled, in statements of their own.
  static bool is_plain(const Answer& answer);

  static Answer postponed(Item item);
  static void degrade(Answer& answer, const std::string& why);
  /// `answers` are all plain or all not. Where the ledger has a row already, plain ones are settled too.
  static Task<std::int64_t> write_chunks(Queue& queue, const std::vector<Answer>& answers,
                                         const std::vector<store::ChunkPart>& parts);
  static Task<std::int64_t> write_messages(Queue& queue, const std::vector<Answer>& answers);
};

}  // namespace bursar::events
