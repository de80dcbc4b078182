#include "workers/breaker.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"

namespace bursar::workers {

using events::Appetite;

Breaker::Pass::Pass(Pass&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)), trial_(std::exchange(other.trial_, false)) {}

// A trial that called nobody leaves the next one its turn.
Breaker::Pass::~Pass() {
  if (trial_) breaker_->trying_ = false;
}

void Breaker::Pass::succeeded() {
  if (breaker_->is_open()) log::info("breaker_closed", {{"peer", breaker_->peer_}});
  breaker_->failures_ = 0;
  breaker_->backoff_.reset();
  if (std::exchange(trial_, false)) breaker_->trying_ = false;
}

void Breaker::Pass::failed(milliseconds at_least) {
  breaker_->failed(std::exchange(trial_, false), at_least);
}

bool Breaker::is_open() const { return failures_ >= limits::breaker_failures; }

Appetite Breaker::appetite() const {
  if (leaving_) return Appetite::none;
  if (!is_open()) return Appetite::full;
  return may_try() ? Appetite::trial : Appetite::none;
}

Task<Breaker::Pass> Breaker::enter() {
  while (!leaving_) {
    if (!is_open()) co_return Pass(this, false);
    if (may_try()) {
      trying_ = true;
      co_return Pass(this, true);
    }
    if (!trying_) break;
    // Looks again soon rather than being told: many may wait, and each has its own turn.
    co_await pause(limits::breaker_look_every);
  }
  co_return Pass(nullptr, false);
}

// Only a trial that failed makes the pause longer: what was under way when the peer went down says nothing
// new.
void Breaker::failed(bool trial, milliseconds at_least) {
  const bool was_open = is_open();
  ++failures_;
  if (trial) trying_ = false;
  if (!is_open()) return;
  if (trial || !was_open) next_pause_ = backoff_.next();
  open_until_ = std::max(open_until_, clock_->monotonic() + std::max(next_pause_, at_least));
  if (!was_open) log::warning("breaker_opened", {{"peer", peer_}, {"failures", failures_}});
}

}  // namespace bursar::workers
