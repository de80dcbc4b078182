// What the database alone can prove of the guarantees (docs/guarantees.md), read in settled id ranges, each
// in a short snapshot of its own, so that it runs on a live system. Called by `bursar audit`.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

/// One payment as a gateway's ledger is compared with it.
struct AuditedPayment {
  PaymentId id;
  std::int64_t amount_minor = 0;
  std::string currency;
  PaymentStatus status = PaymentStatus::pending;
  std::optional<std::string> gateway_reference;
};

class Audit {
 public:
  /// Needs to see everything: the owner of the schema.
  explicit Audit(pg::Connection& connection) : connection_(&connection) {}

  /// One Finding per invariant, also of those that hold (count 0). `stuck_after`: how long something may wait
  /// without a next step; `page` payments are looked at in one snapshot.
  Task<std::vector<Finding>> check(std::chrono::seconds stuck_after, std::string time_zone,
                                   int page = 20'000);

  /// Every payment created before `before`, in the order of ids.
  Task<> for_each_payment(Instant before, std::function<void(const AuditedPayment&)> visit,
                          int page = 20'000);

 private:
  Task<std::optional<Uuid>> page_end(Uuid after, int page);
  Task<> collect(Finding& finding, const pg::Statement& statement, pg::Params params);

  pg::Connection* connection_;
};

}  // namespace bursar::store
