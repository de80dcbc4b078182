// A clock for limits that a server's thread asks while the test moves it.
#pragma once
#include <atomic>

#include "base/clock.hpp"

namespace bursar::api::test {

class SteppedClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  Monotonic monotonic() const override { return Monotonic(std::chrono::microseconds(time_us_)); }
  void advance(std::chrono::microseconds time) { time_us_ += time.count(); }

 private:
  std::atomic<std::int64_t> time_us_{1'000'000'000};
};

}  // namespace bursar::api::test
