// What a lane does with its items.
#pragma once
#include "base/async.hpp"

namespace bursar::events {

/// Two implementations: workers/executor and workers/notifier.
template <class Side>
class Consumer {
 public:
  virtual ~Consumer() = default;
  /// False while calls are suspended (a breaker is open): then nothing is claimed.
  virtual bool ready() const = 0;
  /// Never throws for what the outside does; only cancellation leaves it.
  virtual Task<typename Side::Answer> handle(typename Side::Item item) = 0;
};

}  // namespace bursar::events
