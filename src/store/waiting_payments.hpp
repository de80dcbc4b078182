// What people, or a gateway's callback, decide about payments that wait in an execute queue, parked or not.
// Nothing here touches what a worker holds. Each function is one statement. Nobody calls it until operators
// have their routes and gateways their callbacks.
#pragma once
#include <string>
#include <vector>

#include "pg/pool.hpp"
#include "store/work.hpp"

namespace bursar::store {

class WaitingPayments {
 public:
  /// With the executor's or the operator's role.
  explicit WaitingPayments(pg::Pool& pool) : pool_(&pool) {}

  /// The next look-up is now. Parked payments are resumed only as the decision of a principal, on record;
  /// their ladder starts anew. `reason` ≤ 2000. At most limits::batch_rows. Returns how many were.
  Task<std::int64_t> resume(QueueNumber queue, std::vector<PaymentId> payments, std::string reason,
                            std::optional<PrincipalId> decided_by);

  /// Ends payments that nobody holds by what `decided_by` found out. Only answers with a definite result and
  /// evidence are taken. Returns how many were.
  Task<std::int64_t> resolve(QueueNumber queue, std::vector<ExecuteAnswer> answers, PrincipalId decided_by);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
