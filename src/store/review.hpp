// After a finish or a delivery whose answer was lost, or which the database took only in part: how does each
// answer stand? Read, then decide; never run blindly again.
#pragma once
#include <vector>

#include "pg/connection.hpp"
#include "store/work.hpp"

namespace bursar::store {

enum class Standing {
  settled,  // written; count it as settled
  held,     // not written, still mine; write it again
  lost      // not mine any more, or decided as a whole; forget its chunk
};

/// One Standing per answer, in their order. `worker` is the one that claimed.
Task<std::vector<Standing>> review(pg::Connection& connection, QueueNumber queue, WorkerNumber worker,
                                   const std::vector<ExecuteAnswer>& answers);
Task<std::vector<Standing>> review(pg::Connection& connection, QueueNumber queue, WorkerNumber worker,
                                   const std::vector<DeliveryAnswer>& answers);

}  // namespace bursar::store
