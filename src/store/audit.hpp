// What the database alone can prove of the guarantees (docs/guarantees.md), read in settled id ranges, each
// in a short snapshot of its own, so that it runs on a live system. Called by `bursar audit`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "domain/payment.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

struct Finding {
  /// "I-17": the invariants of docs/guarantees.md.
  std::string invariant;
  /// The sentence that must hold.
  std::string sentence;
  std::int64_t count = 0;
  /// The first 20 offenders.
  std::vector<std::string> offenders;
};

inline constexpr std::size_t offenders_shown = 20;
inline constexpr Uuid last_uuid{
    .bytes = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};

/// One payment as a gateway's ledger is compared with it.
struct AuditedPayment {
  PaymentId id;
  std::int64_t amount_minor = 0;
  std::string currency;
  PaymentStatus status = PaymentStatus::pending;
};

class Audit {
 public:
  /// Needs to see everything: the owner of the schema.
  explicit Audit(pg::Connection& connection) : connection_(&connection) {}

  /// One Finding per invariant, also of those that hold (count 0). `stuck_after`: how long something may wait
  /// without a next step; `page` payments are looked at in one snapshot.
  Task<std::vector<Finding>> check(std::chrono::seconds stuck_after, std::string time_zone,
                                   int page = limits::audit_page_payments);

  /// The next payments behind `after`, in the order of ids, created before `before`; at most `most`. Empty at
  /// the end.
  Task<std::vector<AuditedPayment>> settled_payments(Uuid after, Instant before, std::size_t most,
                                                     int page = limits::audit_page_payments);

 private:
  Task<std::optional<Uuid>> page_end(Uuid after, int page);
  Task<> check_days(Finding& analytics, std::string time_zone);
  Task<> collect(Finding& finding, const pg::Statement& statement, pg::Params params);

  pg::Connection* connection_;
};

}  // namespace bursar::store
