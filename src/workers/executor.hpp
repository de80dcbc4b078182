// Executes payments: the only place where a gateway's answer becomes an outcome. PENDING → charge with the
// payment's one key → definite answer → finish; whatever is not definite is looked up on the ladder, and
// parks at its end.
#pragma once
#include "base/clock.hpp"
#include "events/lane.hpp"
#include "gateway/gateway.hpp"
#include "workers/breaker.hpp"

namespace bursar::workers {

class PaymentExecutor final : public events::Consumer<events::ExecuteSide> {
 public:
  /// `clock` is compared with first_claimed_at, which the database wrote: pass one that follows the database.
  PaymentExecutor(std::string name, gateway::Gateway& gateway, const Clock& clock);

  events::Appetite appetite() const override { return breaker_.appetite(); }
  Task<store::ExecuteAnswer> handle(store::ExecuteItem item, events::MayCall may_call) override;
  /// Nothing new is started; who waits for the gateway to come back is handed back.
  void leave() { breaker_.leave(); }

 private:
  Task<store::ExecuteAnswer> look_up_first(store::ExecuteItem item, gateway::Charge charge,
                                           Breaker::Pass pass, events::MayCall may_call);
  bool key_is_alive(const store::ExecuteItem& item) const;

  gateway::Gateway& gateway_;
  const Clock& clock_;
  Breaker breaker_;
};

}  // namespace bursar::workers
