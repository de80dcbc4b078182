#include "workers/breaker.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bursar::workers {

bool Breaker::is_open() const { return failures_ >= limits::breaker_failures; }

Task<bool> Breaker::enter() {
  while (!leaving_) {
    if (!is_open()) co_return true;
    const auto now = clock_->monotonic();
    if (now >= open_until_ && !probing_) {
      probing_ = true;
      co_return true;
    }
    // Looks again soon rather than being told: many may wait, and each has its own turn.
    const auto left = std::chrono::ceil<milliseconds>(open_until_ - now);
    co_await pause(std::clamp(left, milliseconds(1), milliseconds(limits::breaker_look_every)));
  }
  co_return false;
}

void Breaker::succeeded() {
  failures_ = 0;
  next_pause_ = milliseconds(0);
  probing_ = false;
}

void Breaker::failed(milliseconds at_least) {
  ++failures_;
  if (!is_open()) return;
  next_pause_ = std::clamp(next_pause_ * 2, milliseconds(limits::breaker_pause_min),
                           milliseconds(limits::breaker_pause_max));
  open_until_ = clock_->monotonic() + std::max(next_pause_, at_least);
  probing_ = false;
}

}  // namespace bursar::workers
