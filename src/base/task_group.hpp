// The only place that starts a coroutine beside the running one. A group cancels and joins its children, so
// nothing outlives its owner. Owned by servers, consumer loops and app; lives on one loop.
#pragma once
#include <list>
#include <string_view>

#include "base/async.hpp"

namespace bursar {

class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Every child must have ended: call cancel() and await join() first.
  ~TaskGroup();

  /// Starts a child. Operational failures are the child's to catch; one that escapes is a bug and stops the
  /// process with the child's name. A cancelled child ends quietly.
  void spawn(std::string_view name, Task<> task);

  /// Asks every child to stop. Children spawned later are cancelled at once.
  void cancel();

  /// Returns when no child is left. Does not cancel by itself.
  Task<> join();

  std::size_t size() const { return children_.size(); }

 private:
  struct Child;
  Executor executor_;
  std::list<Child> children_;
  Event empty_;
  bool cancelled_ = false;
};

/// Runs a coroutine to its end on a loop of its own; for main() and tests. Rethrows what the coroutine threw.
void run_to_end(Task<> task);

}  // namespace bursar
