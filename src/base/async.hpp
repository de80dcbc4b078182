// The vocabulary of everything that waits: one single-threaded event loop per thread, coroutines that never
// leave their loop. Business code therefore needs no mutex. What is spawned goes through a TaskGroup
// (task_group.hpp).
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace bursar {

namespace asio = boost::asio;

/// A coroutine that yields T. Parameters that are references or views need a caller that awaits at once.
template <class T = void>
using Task = asio::awaitable<T>;

/// The event loop of one thread.
using Loop = asio::io_context;
using Executor = asio::any_io_executor;

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Waits for a time; ends early with an exception when the task is cancelled.
Task<> pause(milliseconds time);

/// Something one coroutine waits for and another brings about, on the same loop. Once set it stays set until
/// reset.
class Event {
 public:
  explicit Event(const Executor& executor);

  void set();
  void reset() { set_ = false; }
  bool is_set() const { return set_; }

  /// Returns when the event is set; throws operation_aborted when the waiting task is cancelled. Any number
  /// may wait.
  Task<> wait();
  /// True when the event was set before the time was over. Only for an event that nobody else waits for.
  Task<bool> wait_for(milliseconds time);

 private:
  asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace bursar
