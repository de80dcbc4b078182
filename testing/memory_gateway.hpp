// A gateway in memory whose behaviour a test scripts: keeps calls and charges apart, honours the key, can
// hold calls back until the test lets them go. One loop.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/async.hpp"
#include "gateway/gateway.hpp"

namespace bursar::testing {

class MemoryGateway final : public gateway::Gateway {
 public:
  enum class Behaviour {
    succeed,
    decline,
    time_out_before_charge,
    time_out_after_charge,
    refuse_connection,
    process,  // names its reference and decides later
    hold,     // until release_held()
    stall     // until release_stalled()
  };

  explicit MemoryGateway(Executor executor) : released_(executor), stall_ended_(executor) {}

  /// What the next charge of a payment does; each later one succeeds. Without a script: succeed.
  std::function<Behaviour(PaymentId, int attempt)> script = [](PaymentId, int) { return Behaviour::succeed; };

  Task<gateway::Answer> charge(gateway::Charge charge) override {
    ++calls_[charge.payment];
    ++under_way_;
    const Behaviour behaviour = script(charge.payment, calls_[charge.payment]);
    if (behaviour == Behaviour::hold) co_await released_.wait();
    if (behaviour == Behaviour::stall) co_await stall_ended_.wait();
    --under_way_;
    gateway::Answer answer;
    answer.evidence = "memory gateway";
    switch (behaviour) {
      case Behaviour::succeed:
      case Behaviour::hold:
      case Behaviour::stall:
        charges_[charge.payment].insert(1);
        answer.verdict = gateway::Verdict::succeeded;
        answer.gateway_reference = "mem_" + charge.payment.text();
        break;
      case Behaviour::decline:
        answer.verdict = gateway::Verdict::declined;
        answer.failure_code = "card_declined";
        break;
      case Behaviour::time_out_after_charge:
        charges_[charge.payment].insert(1);
        [[fallthrough]];
      case Behaviour::time_out_before_charge:
        answer.unavailable = true;
        break;
      case Behaviour::refuse_connection:
        answer.verdict = gateway::Verdict::not_executed;
        answer.unavailable = true;
        break;
      case Behaviour::process:
        charges_[charge.payment].insert(1);
        answer.gateway_reference = "mem_" + charge.payment.text();
        break;
    }
    co_return answer;
  }

  Task<gateway::Answer> look_up(gateway::Charge charge, Instant) override {
    ++look_ups_[charge.payment];
    if (charge.gateway_reference) asked_for_.insert(*charge.gateway_reference);
    gateway::Answer answer;
    answer.evidence = "memory gateway look-up";
    const bool charged = charges_.contains(charge.payment);
    answer.verdict = charged ? gateway::Verdict::succeeded : gateway::Verdict::not_found;
    if (charged) answer.gateway_reference = "mem_" + charge.payment.text();
    co_return answer;
  }

  std::chrono::seconds key_life() const override { return std::chrono::hours(24); }

  void release_held() { released_.set(); }
  void release_stalled() { stall_ended_.set(); }
  int calls(PaymentId payment) const { return at(calls_, payment); }
  /// The references that look-ups named.
  const std::set<std::string>& asked_for() const { return asked_for_; }
  int look_ups(PaymentId payment) const { return at(look_ups_, payment); }
  /// Payments charged; the key makes a second charge of one payment impossible here, so calls are asserted
  /// apart.
  std::size_t charged() const { return charges_.size(); }
  std::size_t under_way() const { return under_way_; }

 private:
  static int at(const std::map<PaymentId, int>& counts, PaymentId payment) {
    const auto found = counts.find(payment);
    return found == counts.end() ? 0 : found->second;
  }

  Event released_, stall_ended_;
  std::map<PaymentId, int> calls_, look_ups_;
  std::set<std::string> asked_for_;
  std::map<PaymentId, std::set<int>> charges_;
  std::size_t under_way_ = 0;
};

}  // namespace bursar::testing
