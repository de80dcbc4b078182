// Reserving a suspect, the same for both sides of the queues. Used by execute_queue and channel_queue.
#pragma once
#include "pg/connection.hpp"
#include "store/work.hpp"

namespace bursar::store {

/// Until when; sql/reserve_suspect.sql.
Task<std::optional<Instant>> reserve_suspect(pg::Connection& connection, QueueNumber queue,
                                             WorkerNumber worker, std::optional<Instant> reserved);

}  // namespace bursar::store
