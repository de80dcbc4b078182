// From where the claims of one queue look. A new connection starts at 0, because sequences can go back at a
// fail-over: whoever opens a connection makes new queues on it.
#pragma once
#include "pg/connection.hpp"
#include "store/work.hpp"

namespace bursar::store {

class LowWater {
 public:
  /// Call it once a second. A number is passed two calls after it was seen drawn: between drawing it and
  /// having a transaction number somebody may stand still for a moment, but not for the time between two
  /// calls.
  Task<> refresh(pg::Connection& connection, QueueNumber queue);
  std::int64_t mark() const { return mark_; }

 private:
  std::int64_t mark_ = 0;
  std::int64_t drawn_before_ = 0;  // of the call before the last
  std::int64_t drawn_ = 0;         // of the last call
  std::int64_t horizon_ = 0;       // of the last call; an xid8
};

}  // namespace bursar::store
