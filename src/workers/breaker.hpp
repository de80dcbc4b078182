// Suspends calls to a peer that is down, without counting attempts: after enough failures in a row nothing is claimed
// for a while, then one try decides. Keeps the amplification of a dead gateway near 1. Pure; time is passed in.
#pragma once
#include <algorithm>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace bursar::workers {

class Breaker {
 public:
  /// True when a call may be started now.
  bool allows(Monotonic now) const { return failures_ < limits::breaker_failures || now >= open_until_; }
  bool is_open(Monotonic now) const { return !allows(now); }

  void succeeded() {
    failures_ = 0;
    pause_ = limits::breaker_pause_min;
  }
  /// The peer could not be reached, or could not serve; a decline or a bounce is a success here. `at_least` is its
  /// Retry-After.
  void failed(Monotonic now, std::chrono::milliseconds at_least = {}) {
    ++failures_;
    if (failures_ < limits::breaker_failures) return;
    open_until_ = now + std::max(pause_, at_least);
    pause_ = std::min(pause_ * 2, std::chrono::milliseconds(limits::breaker_pause_max));
  }

 private:
  int failures_ = 0;
  std::chrono::milliseconds pause_ = limits::breaker_pause_min;
  Monotonic open_until_{};
};

}  // namespace bursar::workers
