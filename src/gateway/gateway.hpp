// A payment gateway as the executor sees it. Two implementations exist: Stripe over HTTP (also pointed at the
// simulator), and the in-memory one of the workers' tests. Never throws for what the gateway or the network
// does: every outcome is a value, and "no FAILED without evidence" is decided here.
#pragma once
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "domain/payment.hpp"

namespace bursar::gateway {

/// What is charged. The same bytes are sent on every resend of the same payment.
struct Charge {
  PaymentId payment;
  Money money;
  std::optional<std::string> payment_method;
  std::optional<std::string> description;
  std::optional<std::string> metadata;  // JSON object as text
  std::optional<std::string> request_id;
  std::optional<TraceContext> trace;
  /// "pi_…" where an earlier answer named it: the look-up then asks for it directly.
  std::optional<std::string> gateway_reference = {};
};

enum class Verdict {
  succeeded,     // charged; the answer names our payment, amount and currency
  declined,      // the gateway's own typed decline, or a definite terminal failure it states
  not_executed,  // definitely no charge: connection refused, 401/403/429 before execution, our own refusal
  unknown,       // may have been charged: time-out, reset, 5xx, malformed or foreign answer, "processing"
  not_found      // look-up only: the gateway knows no such payment (yet)
};

struct Answer {
  Verdict verdict = Verdict::unknown;
  std::optional<std::string> gateway_reference;  // "pi_…"
  std::optional<std::string> failure_code;       // decline code
  /// For the journal and for people: status, code, message. ≤ limits::peer_text_characters, safe UTF-8.
  std::string evidence;
  /// From Retry-After, capped.
  std::optional<std::chrono::seconds> retry_after;
  /// An answer that contradicts the request (another amount, another payment), or refused credentials.
  bool alarm = false;
  /// The gateway could not serve (refused, time-out, 5xx, credentials, 429): counts for the breaker. An
  /// answer about the payment itself (declined, processing, not found) leaves it false.
  bool unavailable = false;
};

class Gateway {
 public:
  virtual ~Gateway() = default;

  /// One charge attempt with the payment's one idempotency key. At most limits::outbound_deadline.
  virtual Task<Answer> charge(Charge charge) = 0;
  /// What became of it, by retrieve or list; never a search index. Changes nothing. Says succeeded, declined,
  /// unknown or not_found, never not_executed; not_found covers what was looked at (`evidence` says how
  /// much), so that only a resend under the same living key may follow it.
  virtual Task<Answer> look_up(Charge charge, Instant first_claimed_at) = 0;
  /// How long after its first use the gateway still honours the key: resending later would be a new charge.
  virtual std::chrono::seconds key_life() const = 0;
};

/// The one key of a payment, never another, never shared: "bursar-<payment id>".
std::string idempotency_key_of(PaymentId payment);

}  // namespace bursar::gateway
