// The names of things. Each is its own type, so that a user is never passed where a principal is meant.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace bursar {

/// UUIDv7; its instant is the payment's created_at on the database's clock.
using PaymentId = StrongUuid<struct PaymentTag>;
/// The payer.
using UserId = StrongUuid<struct UserTag>;
/// The caller: a customer (then equal to its UserId), a service or staff.
using PrincipalId = StrongUuid<struct PrincipalTag>;

/// `<payment_id>.<sequence>`, the same however often the event is produced, so that every consumer can
/// dedupe.
struct EventId {
  PaymentId payment;
  /// 1 is the outcome, ≥ 2 what follows it.
  std::int16_t sequence = 1;

  auto operator<=>(const EventId&) const = default;
  std::string text() const { return payment.text() + "." + std::to_string(sequence); }
};
std::optional<EventId> parse_event_id(std::string_view text);

/// A queue's number: below 100 an execute queue (one per gateway), from 100 on a channel or router.
using QueueNumber = std::int16_t;
namespace queues {
inline constexpr QueueNumber simulator = 1;
inline constexpr QueueNumber stripe = 2;
inline constexpr QueueNumber email = 100;
inline constexpr QueueNumber sms = 101;
inline constexpr QueueNumber webhook = 102;
inline constexpr bool is_execute(QueueNumber queue) { return queue < 100; }
}  // namespace queues

}  // namespace bursar
