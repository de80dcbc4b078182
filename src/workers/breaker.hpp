// Suspends calls to a peer that is down, without counting attempts: after enough failures in a row callers
// wait, and after a pause one of them tries for all. Keeps the amplification of a dead gateway near 1. One
// loop.
#pragma once
#include "base/async.hpp"
#include "base/clock.hpp"

namespace bursar::workers {

class Breaker {
 public:
  explicit Breaker(const Clock& clock) : clock_(&clock) {}

  /// Waits while the peer counts as down. False: the process is leaving, start nothing.
  Task<bool> enter();
  /// After every entered call. A decline or a bounce is a success here: the peer could serve.
  void succeeded();
  /// The peer could not be reached or could not serve; `at_least` is its Retry-After.
  void failed(milliseconds at_least = milliseconds(0));

  bool is_open() const;
  /// Turns away all who wait, and whoever comes later.
  void close() { leaving_ = true; }

 private:
  const Clock* clock_;
  int failures_ = 0;
  milliseconds next_pause_{0};
  Monotonic open_until_{};
  bool probing_ = false;
  bool leaving_ = false;
};

}  // namespace bursar::workers
