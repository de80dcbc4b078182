// What the queues hand out and take back; shared by the execute and the channel side. A claim is a fence:
// whatever a worker that lost its claim says changes 0 rows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"
#include "domain/payment.hpp"

namespace bursar::store {

/// One incarnation of a process, a random number per start (> 0).
using WorkerNumber = std::int64_t;

/// Where an item was claimed: a chunk (chunk_id > 0) or a message (chunk_id 0).
struct Claim {
  QueueNumber queue = 0;
  std::int64_t chunk_id = 0;
  std::int64_t number = 0;
  bool operator==(const Claim&) const = default;
};

/// A payment to be executed.
struct ExecuteItem {
  Claim claim;
  PaymentId payment;
  PrincipalId created_by;
  UserId user_id;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::optional<std::string> payment_method, description, metadata, request_id;
  std::optional<TraceContext> trace;
  /// Starts the life of the gateway's key.
  Instant first_claimed_at;
  // Of messages; a chunk's items are at their first try:
  bool unsure = false;  // an earlier try may have charged: look up before anything else
  std::int16_t tries = 0;
  std::int16_t crashes = 0;
  std::optional<std::string> gateway_reference;  // as an answer that decided nothing named it
};

enum class ExecuteResult {
  succeeded,  // definite: charged
  failed,     // definite: the gateway's own typed decline
  unknown,    // may have been charged: look up later
  retry,      // definitely not executed
  postponed   // not tried, not counted
};
/// As the statements, the journal and the timeline spell it.
std::string_view to_text(ExecuteResult result);

struct ExecuteAnswer {
  ExecuteItem item;
  ExecuteResult result = ExecuteResult::postponed;
  std::optional<std::string> failure_code;       // ≤ 100
  std::optional<std::string> gateway_reference;  // ≤ 255
  std::optional<std::string> evidence;           // ≤ 2000, why; made safe before it comes here
  std::optional<std::int32_t> milliseconds;
};

/// An event to be told to one channel (and target).
struct ChannelItem {
  Claim claim;
  EventId event;
  std::int32_t target = 0;
  std::string type;  // "succeeded", "failed"
  std::optional<std::string> failure_code, gateway_reference;
  Instant recorded_at;
  PrincipalId created_by;
  UserId user_id;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::optional<std::string> description, reference, metadata, request_id;
  std::optional<TraceContext> trace;
  std::optional<std::string> email, phone;
  std::string locale = "en";
  // Of messages:
  std::int16_t replay = 0;
  std::int16_t tries = 0;
  std::int16_t crashes = 0;
  bool unsure = false;
};

enum class DeliveryResult {
  sent,
  suppressed,  // nobody to send to, or not wanted
  ambiguous,   // may have been sent, and is not tried again
  retry,       // beyond the channel's ladder it is dead
  dead,        // will never work
  discarded,   // its endpoint is gone
  postponed    // not tried, not counted
};
std::string_view to_text(DeliveryResult result);

struct DeliveryAnswer {
  ChannelItem item;
  DeliveryResult result = DeliveryResult::postponed;
  std::optional<std::string> provider_reference;  // ≤ 255
  std::optional<std::string> answer;              // ≤ 2000
  std::optional<std::int32_t> retry_after_seconds;
};

/// How the items of the chunks of one answer stand: the statement checks settled + answered + remaining =
/// items.
struct ChunkPart {
  Claim claim;
  std::int32_t settled = 0;    // answered and taken before
  std::int32_t remaining = 0;  // still under way after this answer
};

}  // namespace bursar::store
