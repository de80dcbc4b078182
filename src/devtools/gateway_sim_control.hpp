// The simulator's side door for tests and people: order faults and latency, see what was charged and called.
#pragma once
#include "base/async.hpp"
#include "devtools/gateway_sim_faults.hpp"
#include "devtools/gateway_sim_state.hpp"
#include "http/message.hpp"

namespace bursar::devtools {

class SimControl {
 public:
  /// Everything below /_sim/, and / with the table of amounts.
  http::Response answer(const http::Request& request, const GatewayState& state);

  FaultScript& faults() { return faults_; }
  milliseconds latency() const { return latency_; }
  void count_create() { ++creates_; }
  void count_look_up() { ++look_ups_; }

 private:
  http::Response order_fault(const http::Request& request);
  http::Response set_latency(const http::Request& request);
  http::Response show_faults() const;
  http::Response show_charges(const http::Request& request, const GatewayState& state) const;
  http::Response show_calls(const http::Request& request, const GatewayState& state) const;

  FaultScript faults_;
  milliseconds latency_{0};
  std::uint64_t creates_ = 0, look_ups_ = 0;
};

}  // namespace bursar::devtools
