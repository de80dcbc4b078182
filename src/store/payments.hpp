// Reading payments for their owners and for staff. Every query is a key range of an index; none counts.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "domain/payment.hpp"
#include "pg/pool.hpp"

namespace bursar::store {

/// Who asks: staff see everything (nullopt), everyone else what they created or pay.
using Viewer = std::optional<PrincipalId>;

struct PaymentFilter {
  std::optional<PaymentStatus> status;
  std::optional<UserId> user_id;
  std::optional<std::string> reference;
  std::optional<Currency> currency;
  std::optional<Instant> created_after;
};

/// Newest first. `next` is the id below which the next page starts; without it this was the end. A page looks
/// at ≤ limits::page_entries_looked_at entries and may be short.
struct PaymentPage {
  std::vector<Payment> payments;
  std::optional<PaymentId> next;
};

struct TimelineEntry {
  Instant at;
  /// "accepted", a journal entry, an event type, a delivery state.
  std::string what;
  std::optional<std::int16_t> sequence;
  std::optional<std::string> queue;  // its name
  std::optional<std::int32_t> target;
  std::optional<std::string> detail;
  /// Of the request that created the payment; with the first entry only.
  std::optional<Uuid> trace_id;
};

class Payments {
 public:
  explicit Payments(pg::Pool& pool) : pool_(&pool) {}

  /// Not yours and not there are the same nullopt.
  Task<std::optional<Payment>> find(PaymentId id, Viewer viewer);
  /// The filters must be a set that an index serves: see PaymentFilter combinations in the API's listing
  /// rules.
  Task<PaymentPage> list(PaymentFilter filter, Viewer viewer, std::optional<PaymentId> below,
                         std::size_t limit);
  /// Whether there is a payment of this key, whatever its body.
  Task<bool> is_stored(KeyDigest digest);
  /// Oldest first; empty when not visible to the viewer.
  Task<std::vector<TimelineEntry>> timeline(PaymentId id, Viewer viewer);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
