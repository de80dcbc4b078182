// Suspends calls to a peer that is down, without counting attempts: after enough failures in a row nobody
// calls, and after a pause one caller tries for all. Keeps the amplification of a dead gateway near 1. Nobody
// waits here longer than that one call takes, so that a dead peer holds no work that others could do. One
// loop.
#pragma once
#include <string>

#include "base/async.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "events/consumer.hpp"

namespace bursar::workers {

class Breaker {
 public:
  /// The right to call the peer, which ends with its owner. Each call is reported.
  class Pass {
   public:
    Pass(Pass&& other) noexcept;
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    /// False: the peer is down or the process is leaving; start nothing.
    bool is_given() const { return breaker_ != nullptr; }
    /// A decline or a bounce is a success here: the peer could serve.
    void succeeded();
    /// The peer could not be reached or could not serve; `at_least` is its Retry-After.
    void failed(milliseconds at_least = milliseconds(0));

   private:
    friend class Breaker;
    Pass(Breaker* breaker, bool trial) : breaker_(breaker), trial_(trial) {}
    Breaker* breaker_;
    bool trial_;  // until its first report
  };

  /// `peer` is for the log.
  Breaker(std::string peer, const Clock& clock) : peer_(std::move(peer)), clock_(&clock) {}

  /// Waits while somebody tries for all.
  Task<Pass> enter();

  bool is_open() const;
  /// What is worth claiming now.
  events::Appetite appetite() const;
  /// Turns away all who wait, and whoever comes later.
  void leave() { leaving_ = true; }

 private:
  bool may_try() const { return !trying_ && clock_->monotonic() >= open_until_; }
  void failed(bool trial, milliseconds at_least);

  std::string peer_;
  const Clock* clock_;
  int failures_ = 0;
  Backoff backoff_{limits::breaker_pause_min, limits::breaker_pause_max};
  milliseconds next_pause_{0};
  Monotonic open_until_{};
  bool trying_ = false;
  bool leaving_ = false;
};

}  // namespace bursar::workers
