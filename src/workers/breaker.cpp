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
    const auto left = std::chrono::ceil<milliseconds>(open_until_ - now);
    co_await changed_.wait_for(std::clamp(left, milliseconds(1), milliseconds(1000)));
  }
  co_return false;
}

void Breaker::succeeded() {
  failures_ = 0;
  pause_ = milliseconds(0);
  probing_ = false;
  tell();
}

void Breaker::failed(milliseconds at_least) {
  ++failures_;
  if (!is_open()) return;
  pause_ = std::clamp(pause_ * 2, milliseconds(limits::breaker_pause_min),
                      milliseconds(limits::breaker_pause_max));
  open_until_ = clock_->monotonic() + std::max(pause_, at_least);
  probing_ = false;
  tell();
}

void Breaker::unclear() {
  probing_ = false;
  tell();
}

void Breaker::close() {
  leaving_ = true;
  tell();
}

// Everyone who waits looks again; whoever comes later waits for the next news.
void Breaker::tell() {
  changed_.set();
  changed_.reset();
}

}  // namespace bursar::workers
