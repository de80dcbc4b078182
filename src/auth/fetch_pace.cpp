#include "auth/fetch_pace.hpp"

#include <algorithm>

namespace bursar::auth {
namespace {

Monotonic::duration shortened(std::chrono::milliseconds time, double fraction) {
  constexpr double most = 0.2;
  return std::chrono::duration_cast<Monotonic::duration>(time * (1 - most * fraction));
}

}  // namespace

void FetchPace::succeed(Monotonic now, double fraction) {
  last_good_ = now;
  retry_ = std::chrono::milliseconds(0);
  due_ = now + shortened(times_.refresh_every, fraction);
}

void FetchPace::fail(Monotonic now, double fraction) {
  retry_ = std::clamp(retry_ * 2, times_.retry_min, times_.retry_max);
  due_ = now + shortened(retry_, fraction);
}

void FetchPace::want() { due_ = std::min(due_, begun_ + times_.wanted_every); }

}  // namespace bursar::auth
