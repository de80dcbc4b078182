// A clock that moves when the test says so.
#pragma once
#include "base/clock.hpp"

namespace bursar::testing {

class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  Monotonic monotonic() const override { return monotonic_; }
  void advance(std::chrono::microseconds time) {
    now_ += time;
    monotonic_ += time;
  }

 private:
  Instant now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)};
  Monotonic monotonic_{std::chrono::seconds(1'000'000)};
};

}  // namespace bursar::testing
