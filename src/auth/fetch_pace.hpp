// When a foreign issuer's keys are fetched: regularly, soon after a failure but ever less often, and early
// when a token names a key that is not there, but never more often than limits allow, whatever tokens say.
// Pure; for IssuerKeys.
#pragma once
#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace bursar::auth {

/// The times of limits.hpp; tests shorten them.
struct FetchTimes {
  std::chrono::milliseconds refresh_every = limits::key_set_refresh_every;
  std::chrono::milliseconds deadline = limits::key_set_deadline;
  std::chrono::milliseconds retry_min = limits::key_set_retry_min;
  std::chrono::milliseconds retry_max = limits::key_set_retry_max;
  std::chrono::milliseconds kept_for = limits::key_set_kept_for;
  std::chrono::milliseconds wanted_every = limits::unknown_key_refresh_every;
};

class FetchPace {
 public:
  /// The first fetch is due at once.
  FetchPace(FetchTimes times, Monotonic now) : times_(times), due_(now), begun_(now - times.wanted_every) {}

  Monotonic due() const { return due_; }
  void begin(Monotonic now) { begun_ = now; }
  /// `fraction` in [0, 1) spreads the processes of an installation: the next fetch comes up to a fifth
  /// earlier.
  void succeed(Monotonic now, double fraction);
  void fail(Monotonic now, double fraction);
  /// A key is missing: the next fetch comes as soon as the last one began long enough ago.
  void want();
  /// No fetch has succeeded for so long that the last good set must not count any more.
  bool is_out_of_date(Monotonic now) const { return !last_good_ || now - *last_good_ > times_.kept_for; }

 private:
  FetchTimes times_;
  Monotonic due_;
  Monotonic begun_;
  std::optional<Monotonic> last_good_;
  std::chrono::milliseconds retry_{0};
};

}  // namespace bursar::auth
