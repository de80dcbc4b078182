// How long to wait before the next try: doubled at each failure in a row, up to a limit.
#pragma once
#include <algorithm>

#include "base/async.hpp"

namespace bursar {

class Backoff {
 public:
  constexpr Backoff(milliseconds least, milliseconds most) : least_(least), most_(most) {}

  /// Behind a failure.
  milliseconds next() {
    pause_ = std::clamp(pause_ * 2, least_, most_);
    return pause_;
  }
  /// Behind a success.
  void reset() { pause_ = milliseconds(0); }

 private:
  milliseconds least_, most_, pause_{0};
};

}  // namespace bursar
