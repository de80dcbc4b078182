// Named places where a test can make this process die, stall or fail. Off unless BURSAR_FAULTS names them,
// which only a development or test configuration accepts. A point that is off costs one load of a flag.
//   BURSAR_FAULTS="executor.charged=crash@3,intake.committed=throw"   the third time / each time
#pragma once
#include <atomic>
#include <string_view>

namespace bursar::fault {

/// crash: SIGKILL to itself. throw: Unavailable. stall: sleeps for ever (only a kill ends it).
/// Throws UsageError when the specification names an unknown action or is malformed.
void arm(std::string_view specification);
void disarm();

namespace internal {
extern std::atomic<bool> armed;
void reach(std::string_view name);
}  // namespace internal

inline void point(std::string_view name) {
  if (internal::armed.load(std::memory_order_relaxed)) internal::reach(name);
}

}  // namespace bursar::fault
