// What was asked (NewPayment) and what its owner sees (Payment). Neither is serialisable: API bodies and
// event payloads are types of their own. A new member of a payment starts here: ARCHITECTURE.md lists where
// it goes next.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"

namespace bursar {

/// W3C Trace Context: what a caller sent in `traceparent`.
struct TraceContext {
  Uuid trace_id;
  std::uint64_t span_id = 0;
  bool operator==(const TraceContext&) const = default;
};

/// The first 16 bytes of SHA-256 over (principal, route, key): the scope of an idempotency key
/// (idempotency.hpp).
using KeyDigest = StrongUuid<struct KeyDigestTag>;
/// A version byte and the digest of the members present in the body. At most 64 bytes.
using Fingerprint = std::vector<std::uint8_t>;

/// A payment to be accepted. Everything is validated and bounded (limits.hpp); the database repeats the
/// checks.
struct NewPayment {
  KeyDigest key_digest;
  std::string idempotency_key;
  Fingerprint fingerprint;
  PrincipalId created_by;
  UserId user_id;
  Money money;
  /// The execute queue.
  QueueNumber gateway = queues::simulator;
  std::optional<std::string> description;
  std::optional<std::string> reference;
  std::optional<std::string> payment_method;
  /// A JSON object as text.
  std::optional<std::string> metadata;
  std::optional<std::string> request_id;
  std::optional<TraceContext> trace;
};

enum class PaymentStatus { pending, success, failed };
/// "PENDING", "SUCCESS", "FAILED".
std::string_view to_text(PaymentStatus status);
std::optional<PaymentStatus> parse_payment_status(std::string_view text);

/// Why a payment is still PENDING.
enum class PendingReason { queued, outcome_unknown, parked };
std::string_view to_text(PendingReason reason);

struct Payment {
  PaymentId id;
  Instant created_at;
  PrincipalId created_by;
  UserId user_id;
  Money money;
  PaymentStatus status = PaymentStatus::pending;
  std::optional<std::string> description;
  std::optional<std::string> reference;
  std::optional<std::string> payment_method;
  std::optional<std::string> metadata;
  std::optional<std::string> request_id;
  std::optional<Instant> finished_at;
  std::optional<std::string> gateway_reference;
  std::optional<std::string> failure_code;
  // While PENDING:
  std::optional<PendingReason> pending_reason;
  std::optional<Instant> next_step_at;
};

}  // namespace bursar
