// Suspends calls to a peer that is down, without counting attempts: after enough failures in a row callers
// wait, and after a pause one of them tries for all. Keeps the amplification of a dead gateway near 1. One
// loop.
#pragma once
#include "base/async.hpp"
#include "base/clock.hpp"

namespace bursar::workers {

class Breaker {
 public:
  Breaker(Executor executor, const Clock& clock) : clock_(&clock), changed_(std::move(executor)) {}

  /// Waits while the peer counts as down. False: the process is leaving, start nothing.
  Task<bool> enter();
  /// After every entered call. A decline or a bounce is a success here: the peer could serve.
  void succeeded();
  /// The peer could not be reached or could not serve; `at_least` is its Retry-After.
  void failed(milliseconds at_least = milliseconds(0));
  /// Entered, but nothing can be said of the peer.
  void unclear();

  bool is_open() const;
  /// Wakes all who wait and lets nobody in any more.
  void close();

 private:
  void tell();

  const Clock* clock_;
  Event changed_;
  int failures_ = 0;
  milliseconds pause_{0};
  Monotonic open_until_{};
  bool probing_ = false;
  bool leaving_ = false;
};

}  // namespace bursar::workers
