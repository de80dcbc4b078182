// What a lane does with its items.
#pragma once
#include <functional>

#include "base/async.hpp"

namespace bursar::events {

/// How much a lane should claim for its consumer.
enum class Appetite {
  none,   // calls are suspended: the peer is down
  trial,  // one item, to see whether the peer is back
  full
};

/// Asked right before each outbound call. False: by now another process may hold the item.
using MayCall = std::function<bool()>;

/// Two implementations: workers/executor and workers/notifier.
template <class Side>
class Consumer {
 public:
  virtual ~Consumer() = default;
  virtual Appetite appetite() const = 0;
  /// Never throws for what the outside does; only cancellation leaves it.
  virtual Task<typename Side::Answer> handle(typename Side::Item item, MayCall may_call) = 0;
};

}  // namespace bursar::events
