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
  PaymentExecutor(gateway::Gateway& gateway, const Clock& clock);

  bool ready() const override { return !breaker_.is_open(); }
  Task<store::ExecuteAnswer> handle(store::ExecuteItem item) override;
  /// Nothing new is started; who waits for the gateway to come back is handed back.
  void leave() { breaker_.close(); }

 private:
  Task<store::ExecuteAnswer> look_up_first(store::ExecuteItem item, gateway::Charge charge);
  Task<gateway::Answer> call_charge(gateway::Charge charge);
  bool key_is_alive(const store::ExecuteItem& item) const;
  void report(PaymentId payment, const gateway::Answer& answer);

  gateway::Gateway& gateway_;
  const Clock& clock_;
  Breaker breaker_;
};

}  // namespace bursar::workers
